"""The peer in JavaScript: the same resources, by the library itself and without jsii between it and Python.

The library is the one that the Python package carries along, so nothing is downloaded.
"""

from __future__ import annotations

import shlex
import tarfile
from importlib import resources
from pathlib import Path

from local.setup import VENV

APP = Path(__file__).parent / "javascript_app" / "app.cjs"
PACKAGES = {
    "aws-cdk-lib": "aws_cdk._jsii",
    "@aws-cdk/cloud-assembly-schema": "aws_cdk.cloud_assembly_schema._jsii",
    "constructs": "constructs._jsii",
}
"""Packages of npm by the Python packages that carry their archives."""


def unpack(folder: Path) -> None:
    """Unpack the library.

    :param folder: becomes a folder that `NODE_PATH` may name.
    """
    for name, carrier in PACKAGES.items():
        (archive,) = (each for each in resources.files(carrier).iterdir() if each.name.endswith(".tgz"))
        with archive.open("rb") as file, tarfile.open(fileobj=file) as packed:
            packed.extractall(folder / "unpacked", filter="data")
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / "unpacked" / "package").rename(folder / name)


def arguments() -> tuple[str, str]:
    """Return the arguments of `cdk synth` that make it run the app in JavaScript."""
    return "--app", shlex.join([str(VENV / "bin" / "node"), str(APP)])


def variables(library: Path, templates: Path) -> dict[str, str]:
    """Return the environment variables that the app reads.

    :param library: where :func:`unpack` put the library.
    :param templates: the cloud assembly whose resources are written.
    """
    return {"NODE_PATH": str(library), "TEMPLATES": str(templates)}
