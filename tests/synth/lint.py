"""Run two linters that know nothing of the CDK over templates: cfn-lint and checkov, each in its own environment."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from tests.synth.assemblies import ROOT

VENVS = ROOT / ".slipway" / "venvs"
HASH = re.compile(r"[0-9A-F]{8}$")
"""What the CDK puts behind the path of a construct to make a logical id of it."""


class Finding(NamedTuple):
    """What a linter minds.

    :param rule: id of its rule.
    :param place: short name of the stack, and logical id without hash: `storage/Cache`.
    """

    rule: str
    place: str


def unlike(templates: Sequence[Path], folder: Path) -> list[Path]:
    """Copy templates that differ by more than the name of their environment, so that none is looked at twice.

    :param templates: files named `<project>-<environment>-<stack>.template.json`.
    :param folder: where the copies go, in a folder each; an environment is called `any` in them.
    """
    kept: dict[str, Path] = {}
    for path in templates:
        project, environment, rest = path.name.split("-", 2)
        text = re.sub(rf"\b{environment}\b", "any", path.read_text(encoding="utf-8"))
        kept.setdefault(text, folder / str(len(kept)) / f"{project}-any-{rest}")
    for text, path in kept.items():
        path.parent.mkdir(parents=True)
        path.write_text(text, encoding="utf-8")
    return list(kept.values())


class LinterMissingError(Exception):
    """A linter is not installed, or did not do its work; the message says what to do."""


def cfn_lint(templates: Sequence[Path]) -> set[Finding]:
    """Return every error and warning of cfn-lint.

    :raises LinterMissingError: if it cannot be run.
    """
    found = _run("emulator", "cfn-lint", "--format", "json", "--template", *map(str, templates))
    return {
        Finding(each["Rule"]["Id"], _place(each["Filename"], next(iter(each["Location"]["Path"][1:]), "")))
        for each in found
    }


def checkov(templates: Sequence[Path]) -> set[Finding]:
    """Return every check of checkov that failed. It asks nobody on the network.

    :raises LinterMissingError: if it cannot be run.
    """
    files = [part for path in templates for part in ("--file", str(path))]
    options = ("--framework", "cloudformation", "--output", "json", "--quiet", "--compact", "--skip-download")
    report = _run("checkov", "checkov", *options, *files)
    if report["summary"]["parsing_errors"] or not report["summary"]["passed"]:
        raise LinterMissingError(f"checkov did not read the templates: {report['summary']}")
    failed = report["results"]["failed_checks"]
    return {
        Finding(each["check_id"], _place(each["file_path"], each["resource"].rpartition(".")[2])) for each in failed
    }


def _place(file: str, logical_id: str) -> str:
    stack = Path(file).name.removesuffix(".template.json").split("-", 2)[2]
    return f"{stack}/{HASH.sub('', str(logical_id))}"


def _run(environment: str, command: str, *arguments: str) -> Any:
    executable = VENVS / environment / "bin" / command
    if not executable.exists():
        raise LinterMissingError(f"{executable} is missing; next: ./local/python local/setup.py for-tests")
    result = subprocess.run([str(executable), *arguments], capture_output=True, text=True, check=False)
    try:
        return json.loads(result.stdout)
    except ValueError as error:
        raise LinterMissingError(f"{command} ended with {result.returncode}: {result.stderr[-2000:]}") from error
