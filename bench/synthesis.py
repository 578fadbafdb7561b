"""Measure `cdk synth` of the platform, in a fresh process as a person or a pipeline runs it."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from bench import javascript
from bench.measure import BenchmarkError, Trial, compare, interleave
from bench.report import Section
from local.setup import ROOT, VENV

ENVIRONMENT = "production"
PLATFORM = f"cdk synth -c env={ENVIRONMENT}"
CHANGED = "the same with every template changed"
UNRULED = "the same without any rule or validation"
JAVASCRIPT = "the same resources by the library in JavaScript"
EMPTY = "cdk synth of an empty app"

EMPTY_APP = ("--app", shlex.join([sys.executable, str(ROOT / "bench" / "empty_app" / "app.py")]))
PLATFORM_APP = ("-c", f"env={ENVIRONMENT}")
UNRULED_APP = (*PLATFORM_APP, "--app", shlex.join([sys.executable, "-m", "bench.unruled"]))

PAIRS = ((PLATFORM, UNRULED), (PLATFORM, CHANGED), (UNRULED, JAVASCRIPT), (PLATFORM, EMPTY))


def measure(inherited: Mapping[str, str], rounds: int, say: Callable[[str], None]) -> list[Section]:
    """Measure and compare; the file caches of jsii and Python, and what the rules found, are filled first.

    :param inherited: environment variables of the user.
    :raises BenchmarkError: if a synthesis fails.
    """
    with tempfile.TemporaryDirectory(prefix="slipway-bench-") as folder:
        say("unpacking the library for JavaScript")
        javascript.unpack(Path(folder) / "library")
        trials = _trials(inherited, Path(folder))
        for name in (PLATFORM, UNRULED, JAVASCRIPT, EMPTY):
            say(f"once to fill the caches: {name}")
            trials[name]()
        seconds = interleave(trials, rounds, say)
    note = (
        "Each synthesis is a fresh process that finds the caches of jsii and Python filled, and, where it is not said "
        "otherwise, nothing changed since the rules last looked. In JavaScript each resource is written as it stands "
        "in the template, without the constructs that think it out."
    )
    return [Section("Synthesis", note, tuple(compare(seconds, subject, peer) for subject, peer in PAIRS))]


def _trials(inherited: Mapping[str, str], folder: Path) -> dict[str, Trial]:
    variables = environment(inherited)
    for_javascript = javascript.variables(folder / "library", folder / "platform")
    return {
        PLATFORM: lambda: synthesise(variables, PLATFORM_APP, folder / "platform"),
        CHANGED: lambda: synthesise(variables, (*PLATFORM_APP, *_never_seen()), folder / "changed"),
        UNRULED: lambda: synthesise(variables, UNRULED_APP, folder / "unruled"),
        JAVASCRIPT: lambda: synthesise(variables | for_javascript, javascript.arguments(), folder / "javascript"),
        EMPTY: lambda: synthesise(variables, EMPTY_APP, folder / "empty"),
    }


def _never_seen() -> tuple[str, str]:
    """Return arguments that give every resource a tag of this moment, so that no template is known."""
    return "-c", f"set=tags.measured={time.time_ns()}"


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


def environment(inherited: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of a synthesis: the user's, but for what would make two runs differ."""
    dropped = ("AWS_", "CDK_VALIDATION", "PYTHONDONTWRITEBYTECODE")
    kept = {name: value for name, value in inherited.items() if not name.startswith(dropped)}
    return {**kept, "PATH": f"{VENV / 'bin'}{os.pathsep}{kept.get('PATH', '')}"}
