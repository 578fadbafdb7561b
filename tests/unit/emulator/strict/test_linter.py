"""Asking the process that runs cfn-lint; here a small script stands in for it."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from emulator.strict.linter import Finding, Linter, Memory
from emulator.strict.rules import Moment

COUNTING = """
import json, sys
n = 0
for line in sys.stdin:
    n += 1
    print(json.dumps({"findings": [{"rule": "E1001", "message": str(n), "path": ["Resources", 0]}]}), flush=True)
"""
ONCE = COUNTING + "    break\n"
SILENT = "import sys; sys.stdin.readline()"
FAILING = 'import sys; sys.stdin.readline(); print(\'{"failure": "stumbled"}\', flush=True)'

Make = Callable[..., Linter]


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Make]:
    made: list[Linter] = []

    def linter(script: str, version: str = "1") -> Linter:
        command = [sys.executable, "-c", script]
        made.append(Linter(command, {"PATH": os.defpath}, version, Memory(tmp_path / "memory")))
        return made[-1]

    yield linter
    for each in made:
        each.close()


def messages(linter: Linter, **template: object) -> list[str]:
    return [finding.message for finding in linter.check(template, "us-east-1")]


def test_findings_are_returned_with_their_moment_and_place(make: Make) -> None:
    assert make(COUNTING).check({}, "us-east-1") == [Finding("E1001", "1", ("Resources", 0))]
    assert Finding("E3510", "x", ("Resources", "R")).moment is Moment.DEPLOYMENT
    assert Finding("E1001", "x", ("Resources", "R", 0)).place == "/Resources/R/0"


def test_a_template_is_checked_once_even_over_a_restart(make: Make) -> None:
    first = make(COUNTING)

    assert [messages(first, a=1), messages(first, a=2), messages(first, a=1)] == [["1"], ["2"], ["1"]]
    assert messages(make(SILENT), a=2) == ["2"]


def test_another_version_or_region_is_checked_anew(make: Make) -> None:
    assert messages(make(COUNTING), a=1) == ["1"]
    assert messages(make(SILENT, version="2"), a=1) == []


def test_a_process_that_has_ended_is_started_again(make: Make) -> None:
    linter = make(ONCE)

    assert [messages(linter, a=1), messages(linter, a=2)] == [["1"], ["1"]]


@pytest.mark.parametrize(("script", "reason"), [(FAILING, "stumbled"), (SILENT, "did not answer")])
def test_a_failure_refuses_nothing_is_told_and_not_remembered(
    make: Make, caplog: pytest.LogCaptureFixture, script: str, reason: str
) -> None:
    with caplog.at_level(logging.WARNING):
        assert messages(make(script), a=1) == []

    assert reason in caplog.text
    assert messages(make(COUNTING), a=1) == ["1"]


def test_memory_is_bounded_and_forgets_what_it_cannot_read(tmp_path: Path) -> None:
    memory = Memory(tmp_path, limit=2)
    for number, key in enumerate("abc"):
        memory.put(key, [Finding("E1001", key, ())])
        os.utime(tmp_path / f"{key}.json", (number, number))
    memory.put("d", [])

    assert [key for key in "abcd" if memory.get(key) is not None] == ["c", "d"]
    (tmp_path / "d.json").write_text("{")
    assert memory.get("d") is None
