"""How work on images goes is shown: a line for each event, or live on a terminal."""

from __future__ import annotations

import pytest

from slipway.cli.image_progress import Progress, in_words
from slipway.domain.images import Status
from slipway.engine.images.events import Began, Note, StatusChanged, StepChanged


@pytest.mark.parametrize(
    ("event", "text"),
    [
        (Note("so it is"), "so it is"),
        (Began("1.2.3/1", "arn", None), "build 1.2.3/1 (arn)"),
        (Began("1.2.3/1", "arn", 1620.0), "build 1.2.3/1 (arn); the last one took 27 min"),
        (StatusChanged(61.5, Status.TESTING), "  1:01  testing"),
        (
            StepChanged(3.0, "BUILD", "Launch", "LaunchInstance", "RUNNING"),
            "  0:03    build: Launch (LaunchInstance) running",
        ),
        (
            StepChanged(70.0, "TEST", "Try", "ExecuteComponents", "COMPLETED", 42.4),
            "  1:10    test: Try (ExecuteComponents) completed in 42 s",
        ),
    ],
)
def test_each_event_is_a_line(event, text):
    assert in_words(event) == text


def test_elsewhere_than_on_a_terminal_each_event_is_a_line(capsys):
    with Progress() as progress:
        progress.tell(Note("one"))
        progress.tell(Note("two [b]"))

    assert capsys.readouterr().err == "one\ntwo [b]\n"


def test_on_a_terminal_what_runs_is_live_and_taken_down(capsys, monkeypatch):
    monkeypatch.setenv("TTY_COMPATIBLE", "1")
    monkeypatch.setenv("TERM", "xterm")

    with Progress() as progress:
        progress.tell(StepChanged(3.0, "BUILD", "Launch", "LaunchInstance", "RUNNING"))
        progress.tell(StepChanged(9.0, "BUILD", "Launch", "LaunchInstance", "COMPLETED", 6.0))

    shown = capsys.readouterr().err
    assert "build: Launch (LaunchInstance) completed in 6 s" in shown
    assert "\x1b[?25h" in shown, "the cursor is not back"
