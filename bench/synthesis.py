"""Measure `cdk synth` of the platform, in a fresh process as a person or a pipeline runs it."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

from bench.measure import BenchmarkError, compare, interleave
from bench.report import Section
from local.setup import ROOT, VENV

ENVIRONMENT = "development"
PLATFORM = f"cdk synth -c env={ENVIRONMENT}"
PLATFORM_UNVALIDATED = "the same with CDK_VALIDATION=false"
EMPTY = "cdk synth of an empty app"
EMPTY_UNVALIDATED = "an empty app with CDK_VALIDATION=false"

EMPTY_APP = ("--app", shlex.join([sys.executable, str(ROOT / "bench" / "empty_app" / "app.py")]))
PLATFORM_APP = ("-c", f"env={ENVIRONMENT}")
_ARGUMENTS = {
    PLATFORM: (True, PLATFORM_APP),
    PLATFORM_UNVALIDATED: (False, PLATFORM_APP),
    EMPTY: (True, EMPTY_APP),
    EMPTY_UNVALIDATED: (False, EMPTY_APP),
}


def measure(inherited: Mapping[str, str], rounds: int, say: Callable[[str], None]) -> list[Section]:
    """Measure and compare; the file caches of jsii and Python are filled first.

    :param inherited: environment variables of the user.
    :raises BenchmarkError: if a synthesis fails.
    """
    with tempfile.TemporaryDirectory(prefix="slipway-bench-") as folder:
        trials = {
            name: partial(synthesise, environment(inherited, validate), arguments, Path(folder))
            for name, (validate, arguments) in _ARGUMENTS.items()
        }
        for name in (PLATFORM, EMPTY):
            say(f"once to fill the caches: {name}")
            trials[name]()
        seconds = interleave(trials, rounds, say)
    pairs = ((PLATFORM, PLATFORM_UNVALIDATED), (PLATFORM, EMPTY), (PLATFORM_UNVALIDATED, EMPTY_UNVALIDATED))
    comparisons = tuple(compare(seconds, subject, peer) for subject, peer in pairs)
    note = "Each synthesis is a fresh process that finds the caches of jsii and Python filled."
    return [Section("Synthesis", note, comparisons)]


def synthesise(variables: Mapping[str, str], arguments: Sequence[str], output: Path) -> float:
    """Run `cdk synth` once and return its seconds.

    :param variables: the whole environment, as :func:`environment` makes it.
    :param output: folder for the cloud assembly.
    :raises BenchmarkError: if it fails.
    """
    command = [str(VENV / "bin" / "cdk"), "synth", "-q", "-o", str(output), *arguments]
    began = time.perf_counter()
    result = subprocess.run(command, cwd=ROOT, env=dict(variables), capture_output=True, text=True, check=False)
    seconds = time.perf_counter() - began
    if result.returncode:
        words = result.stderr.strip().splitlines() or ["it said nothing"]
        raise BenchmarkError(f"'cdk synth {' '.join(arguments)}' failed: {words[-1]}; next: run it yourself")
    return seconds


def environment(inherited: Mapping[str, str], validate: bool) -> dict[str, str]:
    """Return the environment of a synthesis: the user's, but for what would make two runs differ.

    :param validate: whether the library's own template validation runs.
    """
    dropped = ("AWS_", "CDK_VALIDATION", "PYTHONDONTWRITEBYTECODE")
    kept = {name: value for name, value in inherited.items() if not name.startswith(dropped)}
    kept["PATH"] = f"{VENV / 'bin'}{os.pathsep}{kept.get('PATH', '')}"
    return kept if validate else {**kept, "CDK_VALIDATION": "false"}
