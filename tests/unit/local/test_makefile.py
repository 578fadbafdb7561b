"""`make help` hides no target, and continuous integration tests everything."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.parametrize(
    ("environ", "options"),
    [({}, ""), ({"CI": "true"}, " --required"), ({"IMAGE_TEST": "--required"}, " --required")],
)
def test_continuous_integration_has_to_test_the_image(environ: dict[str, str], options: str) -> None:
    # Of a `make` that runs the tests, nothing is known to the one that is looked at.
    theirs = ("CI", "IMAGE_TEST", "MAKEFLAGS", "MAKELEVEL", "MFLAGS")
    own = {name: value for name, value in os.environ.items() if name not in theirs}
    shown = subprocess.run(
        ["make", "--dry-run", "test"], cwd=ROOT, capture_output=True, text=True, check=True, env={**own, **environ}
    ).stdout

    assert shown.splitlines()[-1].rstrip() == f".venv/bin/python -m local.image test{options}"


def test_the_script_of_continuous_integration_says_so() -> None:
    assert "\nexport IMAGE_TEST=--required\nexec make test\n" in (ROOT / ".ci" / "run").read_text()


def test_help_lists_every_target() -> None:
    declared = re.findall(r"^\.PHONY: (.+)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    targets = {name for line in declared for name in line.split()}
    shown = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout

    assert set(re.findall(r"^  make (\S+) +\S", shown, re.MULTILINE)) == targets
    assert {"up", "down", "test", "help"} <= targets
