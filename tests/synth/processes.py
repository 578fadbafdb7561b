"""Run the CDK application in a process of its own, the way the command line does."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from tests.synth.assemblies import ROOT

GUARDS = Path(__file__).parent / "guards"


def guarded() -> dict[str, str]:
    """Return environment variables that end Python and Node.js as soon as they make a socket."""
    return {"PYTHONPATH": str(GUARDS), "NODE_OPTIONS": f"--require {GUARDS / 'sockets.cjs'}"}


def start(
    folder: Path, context: Mapping[str, str], *, variables: Mapping[str, str] | None = None
) -> subprocess.Popen[str]:
    """Start `python app.py`.

    :param folder: where the cloud assembly goes.
    :param context: what `-c` sets.
    :param variables: environment variables to add.
    """
    settings = json.loads((ROOT / "cdk.json").read_text())["context"]
    environment = {
        "PATH": f"{Path(sys.prefix) / 'bin'}:/usr/bin:/bin",
        "HOME": os.environ.get("HOME", "/"),
        "CDK_OUTDIR": str(folder),
        "CDK_CONTEXT_JSON": json.dumps({**settings, **context}),
        "CDK_VALIDATION": "false",
        **(variables or {}),
    }
    return subprocess.Popen(
        [sys.executable, str(ROOT / "app.py")],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def run(folder: Path, context: Mapping[str, str]) -> tuple[int, str, str]:
    """Run `python app.py` to its end.

    :returns: its status, standard output, and standard error.
    """
    process = start(folder, context)
    stdout, stderr = process.communicate(timeout=120)
    return process.returncode, stdout, stderr
