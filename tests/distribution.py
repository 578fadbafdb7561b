"""How `make test` shares the tests out between its processes; a plug-in of pytest, `-p tests.distribution`.

The tests of a file stay together, as they share what the file sets up. Two things are other than pytest-xdist has them:

- Files that share something which takes minutes to set up, the deployed platform above all, go to one process together;
  else each process would set it up, and take it down again.
- What takes long goes first. Left to itself, pytest-xdist begins with the files that have the most tests: those are the
  quick ones, and in the end one process works for minutes while the others have nothing left to do. Among files of one
  folder that is a good order, though: what comes last is short.
"""

from __future__ import annotations

import re
from collections import Counter
from functools import cache
from pathlib import Path

import pytest
from xdist.scheduler import LoadScopeScheduling

ROOT = Path(__file__).parents[1]

SLOW = ("tests/e2e/", "tests/emulated/", "tests/synth/")
"""Folders whose tests take long, the slowest first."""

SHARED = ("platform", "account")
"""What `tests/e2e/conftest.py` sets up once in a process."""


class Scheduler(LoadScopeScheduling):
    """Hands out files, in the order in which they were collected, and together those that share."""

    def __init__(self, config: pytest.Config, log: object = None) -> None:
        config.option.loadscopereorder = False
        super().__init__(config, log)

    def _split_scope(self, nodeid: str) -> str:
        return unit_of(nodeid)


def unit_of(nodeid: str) -> str:
    """Return the name of what a test is handed out with."""
    file = nodeid.split("::", 1)[0]
    return (file.startswith("tests/e2e/") and _shared_by(ROOT / file)) or file


@cache
def _shared_by(file: Path) -> str | None:
    text = file.read_text(encoding="utf-8")
    return next((name for name in SHARED if re.search(rf"^def test_\w+\([^)]*\b{name}: ", text, re.MULTILINE)), None)


def rank(nodeid: str) -> tuple[int, int]:
    """Return what to sort a test by: what is shared takes longest by far, then it depends on the folder."""
    unit = unit_of(nodeid)
    folder = next((place for place, folder in enumerate(SLOW) if nodeid.startswith(folder)), len(SLOW))
    return (SHARED.index(unit) if unit in SHARED else len(SHARED), folder)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put slow tests first, and in each folder the largest files; within files they stay in their random order."""
    sizes = Counter(unit_of(item.nodeid) for item in items)
    items.sort(key=lambda item: (*rank(item.nodeid), -sizes[unit_of(item.nodeid)]))


def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> Scheduler:
    return Scheduler(config, log)
