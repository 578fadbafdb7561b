"""Synthesise an environment as `cdk synth` does, and read what came out. Used by the tests and by `accept`."""

from __future__ import annotations

import copy
import json
import os
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from constructs_lib.policy.memory import Memory

ROOT = Path(__file__).parents[2]
SNAPSHOTS = Path(__file__).parent / "snapshots"
ENVIRONMENTS = ("local", "development", "staging", "production", "test")
COMPONENTS = (
    "identity",
    "storage",
    "network",
    "image",
    "functions",
    "dns",
    "fleet",
    "records",
    "observability",
)

ALL_RULES = ("CloudFormation Validate", "AwsSolutions", "NIST.800.53.R5", "PCI.DSS.321", "HIPAA.Security")
"""For tests that are about templates, not about what the rules find in them, and need not wait for that."""

# The Node.js of the virtual environment: jsii would take the first one on the path, which may be too old.
os.environ.setdefault("JSII_NODE", str(Path(sys.prefix) / "bin" / "node"))


@dataclass(frozen=True)
class Template:
    """One synthesised template.

    :param body: the parsed JSON.
    """

    body: dict[str, Any]

    def resources(self, kind: str) -> dict[str, dict[str, Any]]:
        """Return the resources of one type, by logical id."""
        return {name: entry for name, entry in self.body.get("Resources", {}).items() if entry["Type"] == kind}

    def properties(self, kind: str) -> list[dict[str, Any]]:
        """Return the properties of all resources of one type."""
        return [entry.get("Properties", {}) for entry in self.resources(kind).values()]

    def only(self, kind: str) -> dict[str, Any]:
        """Return the properties of the one resource of a type."""
        (found,) = self.properties(kind)
        return found

    def outputs(self) -> dict[str, Any]:
        """Return the values of the outputs that are for people and tools, by key; other stacks read the rest."""
        outputs = self.body.get("Outputs", {})
        return {key: output["Value"] for key, output in outputs.items() if not key.startswith("PublishOutput")}


@dataclass(frozen=True)
class Assembly:
    """What one synthesis wrote."""

    environment: str
    folder: Path

    def template(self, component: str) -> Template:
        """Return one stack's template."""
        path = self.folder / f"slipway-{self.environment}-{component}.template.json"
        return Template(json.loads(path.read_text(encoding="utf-8")))

    def manifest(self) -> dict[str, Any]:
        """Return the assembly's artifacts, by id."""
        artifacts: dict[str, Any] = json.loads((self.folder / "manifest.json").read_text())["artifacts"]
        return artifacts

    def parents(self, component: str) -> set[str]:
        """Return the short names of the stacks that have to be deployed before one."""
        prefix = f"slipway-{self.environment}-"
        names = self.manifest()[f"{prefix}{component}"].get("dependencies", [])
        return {name.removeprefix(prefix) for name in names if not name.endswith(".assets")}


def synthesise(
    environment: str,
    folder: Path,
    *,
    overrides: tuple[str, ...] = (),
    root: Path = ROOT,
    without: tuple[str, ...] = ("CloudFormation Validate",),
    memory: Memory | None = None,
) -> Assembly:
    """Synthesise an environment in this process, with the rule packs.

    :param without: rule packs to leave out; the CDK's own linter starts a WebAssembly machine for every process.
    :param memory: what the rules found before; none to examine everything.
    """
    from aws_cdk import App

    import app as application
    import config

    context = json.loads((ROOT / "cdk.json").read_text())["context"]
    app = App(
        outdir=str(folder),
        context=context,
        analytics_reporting=False,
        tree_metadata=False,
        builtin_cloud_formation_validation=False,
    )
    application.build(app, config.load(environment, overrides=overrides), root=root, memory=memory, without=without)
    app.synth()
    return Assembly(environment, folder)


def normalised(body: Mapping[str, Any]) -> str:
    """Return a template as stable text: what only the contents of assets decide is replaced by a word."""
    copied = copy.deepcopy(dict(body))
    versions = [
        resource["Properties"]["Version"]
        for resource in copied["Resources"].values()
        if resource["Type"] == "AWS::ImageBuilder::ImageRecipe"
    ]
    for resource in copied["Resources"].values():
        if resource["Type"] == "AWS::ImageBuilder::Component":
            resource["Properties"] |= {"Data": "<document>", "Version": "<content>"}
    text = json.dumps(copied, indent=1, sort_keys=True)
    for version in versions:
        text = text.replace(version, "<content>")
    # The fleet names it too, in a parameter whose logical id is made of the parameter's name.
    text = re.sub(r"(/imagebuilder/[\w-]+/[\w-]+/)[\d.]+/", r"\1<content>/", text)
    text = re.sub(r"(SsmParameterValueimagebuilder[a-z]+)\d+(amiid)", r"\1<content>\2", text)
    text = re.sub(r"\b[0-9a-f]{64}\b", "<asset>", text)
    # A published version's logical id ends with a hash of the function, its code included.
    text = re.sub(r"(CurrentVersion[0-9A-F]{8})[0-9a-f]{32}", r"\1<version>", text)
    return text + "\n"


def snapshots(assembly: Assembly) -> Iterator[tuple[Path, str]]:
    """Yield where the snapshot of each stack stands, and what it should say."""
    for component in COMPONENTS:
        path = SNAPSHOTS / assembly.environment / f"{component}.template.json"
        yield path, normalised(assembly.template(component).body)
