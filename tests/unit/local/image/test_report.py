"""What people see of a build, and what programs do."""

from __future__ import annotations

import json

import pytest

from local.image.awstoe import Status, StepResult
from local.image.report import SHOWN_LINES, Report, as_json

FAILED = StepResult("base", "build", "Install", Status.FAILED, 2.5, 1_000_000, 2, "no room (status 1)")


def test_a_step_that_fails_shows_its_last_lines_only(capsys: pytest.CaptureFixture[str]) -> None:
    hearing = Report().hearing()
    hearing.begun("base", "build", "Install")
    for number in range(SHOWN_LINES + 5):
        hearing.line(f"line {number}.")
    hearing.ended(FAILED)

    shown = capsys.readouterr().err
    assert "base, build" in shown
    assert "Install" in shown
    assert "+1.0 MB" in shown
    assert "(2 attempts)" in shown
    assert ("line 4." in shown, "line 5." in shown) == (False, True)


def test_a_step_that_succeeds_shows_none_of_its_lines(capsys: pytest.CaptureFixture[str]) -> None:
    hearing = Report().hearing()
    hearing.begun("base", "build", "Install")
    hearing.line("quiet")
    hearing.ended(StepResult("base", "build", "Install", Status.SUCCESS, 1.0))
    assert "quiet" not in capsys.readouterr().err


def test_programs_get_seconds_and_bytes_of_each_step() -> None:
    told = json.loads(as_json([FAILED], image_bytes=None, failure="no room"))
    assert told["image_bytes"] is None
    assert told["failure"] == "no room"
    assert told["steps"][0] == {
        "document": "base",
        "phase": "build",
        "step": "Install",
        "status": "failed",
        "seconds": 2.5,
        "grown": 1_000_000,
        "attempts": 2,
        "cause": "no room (status 1)",
    }
