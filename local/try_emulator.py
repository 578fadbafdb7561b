"""`make try-emulator VERSION=…`: what would break with another version of the emulator, and what it would mend.

It works on a copy of the project with an emulator environment of its own, so nothing that runs here notices, and
removes both in the end. It changes no pin.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from local.commands import finish
from local.console import LocalError, data, step
from local.setup import ROOT, UV, VENV, SetupError, pip_settings, run
from local.trial_report import Trial, describe, missing_names, read

PIN = re.compile(r"^ministack==(\S+)$", re.MULTILINE)
LEFT_OUT = shutil.ignore_patterns(
    ".git", ".venv", ".slipway", "node_modules", "cdk.out*", "__pycache__", ".*_cache", ".hypothesis", ".coverage*"
)
LINKED = (
    ".venv",
    "node_modules",
    ".slipway/build",
    ".slipway/venvs/lambda",
    ".slipway/venvs/proxy",
    ".slipway/venvs/health",
)


def requirements(text: str, version: str) -> str:
    """Return the emulator's requirements with another version of it.

    The emulator pins botocore; boto3 has to follow it.
    """
    return re.sub(r"^boto3==\S+$", "boto3", PIN.sub(f"ministack=={version}", text), flags=re.MULTILINE)


def copy_project(source: Path, target: Path) -> None:
    """Copy the sources, and lead to the environments that stay the same."""
    shutil.copytree(source, target, ignore=LEFT_OUT)
    for name in LINKED:
        link = target / name
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(source / name)


def install(project: Path, version: str) -> None:
    """Build the environment of the emulator in a copy of the project.

    :raises LocalError: if there is no such version, or it cannot be had.
    """
    venv = project / ".slipway" / "venvs" / "emulator"
    wanted = project / "emulator" / "wanted.txt"
    wanted.write_text(requirements((project / "emulator" / "requirements.in").read_text(), version))
    try:
        run(UV, "venv", "-q", "--python", sys.executable, venv)
        run(UV, "pip", "install", "-q", "--compile-bytecode", "--python", venv / "bin" / "python", "-r", wanted,
            env=pip_settings())  # fmt: skip
    except SetupError as error:
        what = f"ministack {version} cannot be installed: {error}".partition("\n  full log")[0]
        raise LocalError(what, "see which versions there are: pip index versions ministack") from error


def start_up_check(project: Path, state: Path) -> list[str]:
    """Start the emulator once; return what its check finds, empty if nothing.

    :raises LocalError: if it does not start for another reason.
    """
    command = [str(VENV / "bin" / "python"), "-m", "emulator", "start", "--state", str(state)]
    started = subprocess.run(command, cwd=project, capture_output=True, text=True, check=False)
    if started.returncode == 0:
        subprocess.run([*command[:3], "stop", *command[4:]], cwd=project, capture_output=True, check=True)
        return []
    if names := missing_names(started.stderr):
        return names
    raise LocalError(
        f"it does not start:\n{started.stderr.strip()}", "see the message; the plug-in fails in its import"
    )


def test(project: Path, folder: Path, tests: Sequence[str]) -> Trial:
    """Run tests against the emulator of a copy of the project.

    :raises LocalError: if pytest itself fails.
    """
    report = folder / "report.xml"
    ran = subprocess.run(
        [
            VENV / "bin" / "python", "-m", "pytest", "-q", "-p", "no:cacheprovider", "--basetemp", folder / "tests",
            "--junit-xml", report, "-o", "junit_family=xunit2", *tests,
        ],
        cwd=project, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if not report.exists():
        raise LocalError(f"the tests could not be run:\n{ran.stdout[-2000:]}{ran.stderr[-2000:]}", "mend that first")
    return read(report)


def confirm(project: Path, folder: Path, found: Trial) -> Trial:
    """Run the failures once more, without the other tests."""
    if not found.failures:
        return found
    return found.confirmed_by(test(project, folder, [each.test for each in found.failures]))


def fail_anyway(project: Path, folder: Path, found: Trial) -> frozenset[str]:
    """Return which of the failures there are with the pinned version, too."""
    failed = [each.test for each in found.failures]
    if not failed:
        return frozenset()
    venv = project / ".slipway" / "venvs" / "emulator"
    shutil.rmtree(venv)
    venv.symlink_to(ROOT / ".slipway" / "venvs" / "emulator")
    return frozenset(each.test for each in test(project, folder, failed).failures)


def trial(version: str, tests: Sequence[str]) -> int:
    """Try a version and print the report; return 0 if nothing would break."""
    found = PIN.search((ROOT / "emulator" / "requirements.in").read_text())
    pinned = found[1] if found else "none"
    with tempfile.TemporaryDirectory(prefix="slipway-trial-") as name:
        folder, project = Path(name), Path(name) / "project"
        with step("copy the project"):
            copy_project(ROOT, project)
        with step(f"install ministack {version} in an environment of its own"):
            install(project, version)
        with step("start it"):
            names = start_up_check(project, folder / "state")
        if names:
            data.out(describe(version, pinned, names, None, frozenset()))
            return 1
        with step("run the emulated tests against it"):
            results = test(project, folder, tests)
        with step("run those that fail once more, alone"):
            results = confirm(project, folder, results)
        with step(f"run those that fail against {pinned}"):
            also = fail_anyway(project, folder, results)
    data.out(describe(version, pinned, [], results, also))
    return 1 if {each.test for each in results.failures} - also else 0


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m local.try_emulator", description=__doc__)
    parser.add_argument("version", help="of ministack on PyPI, for example 1.5.32")
    parser.add_argument("tests", nargs="*", default=["tests/emulated"], help="which tests to run (%(default)s)")
    options = parser.parse_args(arguments)
    return finish(
        lambda: trial(options.version, options.tests),
        command="make try-emulator",
        interrupted="interrupted; nothing is left of it",
    )


if __name__ == "__main__":
    os.chdir(ROOT)
    sys.exit(main())
