"""`make help` hides no target."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]


def test_help_lists_every_target() -> None:
    declared = re.findall(r"^\.PHONY: (.+)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    targets = {name for line in declared for name in line.split()}
    shown = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout

    assert set(re.findall(r"^  make (\S+) +\S", shown, re.MULTILINE)) == targets
    assert {"up", "down", "test", "help"} <= targets
