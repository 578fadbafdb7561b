"""What is deployed for each function: its own code, the layer and its settings, as a synthesis leaves them.

So nothing is measured here that would not go to AWS: byte code, where it travels, and what else lies in the folders.
"""

from __future__ import annotations

import json
import tempfile
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from bench.report import Figure, Section
from bench.synthesis import environment, synthesise
from contract import outputs
from contract.components import Function
from local.setup import FUNCTION_RUNTIMES, PLATFORMS, layer_folder

DEPLOYED = "local"
"""The environment whose functions are measured."""

ANYWHERE = "http://127.0.0.1:9/"
"""Stands for what only a deployment knows, such as another function's URL."""

ASSET = "aws:asset:path"


@dataclass(frozen=True)
class Package:
    """One function as it is deployed.

    :param code: folder of what Lambda unpacks as its code.
    :param variables: the environment variables that its stack gives it.
    """

    function: Function
    code: Path
    variables: Mapping[str, str]


@contextmanager
def deployed(inherited: Mapping[str, str]) -> Iterator[list[Package]]:
    """Synthesise, and give each function's package as long as it is needed.

    :param inherited: environment variables of the user.
    :raises BenchmarkError: if the synthesis fails.
    """
    with tempfile.TemporaryDirectory(prefix="slipway-bench-") as folder:
        out = Path(folder)
        synthesise(environment(inherited), ("-c", f"env={DEPLOYED}"), out)
        template = json.loads((out / f"slipway-{DEPLOYED}-functions.template.json").read_text(encoding="utf-8"))
        names = {entry["Value"]["Ref"]: name for name, entry in template["Outputs"].items() if "Ref" in entry["Value"]}
        by_output = {outputs.function_name(function): function for function in Function}
        yield [
            _package(by_output[names[name]], entry, out)
            for name, entry in template["Resources"].items()
            if entry["Type"] == "AWS::Lambda::Function" and names.get(name) in by_output
        ]


def _package(function: Function, resource: Mapping[str, Any], out: Path) -> Package:
    told = cast("Mapping[str, object]", resource["Properties"]["Environment"]["Variables"])
    variables = {name: value if isinstance(value, str) else ANYWHERE for name, value in told.items()}
    return Package(function, out / resource["Metadata"][ASSET], variables)


def sizes(packages: Sequence[Package]) -> Section:
    """Return how large what Lambda unpacks is, and how large what is uploaded."""
    folders = {
        f"layer, Python {runtime}, {architecture}": layer_folder(runtime, architecture)
        for runtime in FUNCTION_RUNTIMES
        for architecture in PLATFORMS
    }
    folders |= {package.function.value: package.code for package in packages}
    figures = []
    for name, folder in folders.items():
        unpacked, packed = size(folder)
        figures += [Figure(f"{name}, unpacked", 0, unpacked), Figure(f"{name}, as ZIP archive", 0, packed)]
    return Section("Packages of the functions", "With byte code. The code of a function has no compiled parts.", (),
                   tuple(figures))  # fmt: skip


def size(folder: Path) -> tuple[float, float]:
    """Return how many megabytes a folder has, and as an archive as the CDK makes it."""
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    with tempfile.TemporaryFile() as archive:
        with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
            for path in files:
                packed.write(path, path.relative_to(folder))
        return sum(path.stat().st_size for path in files) / 1e6, archive.tell() / 1e6
