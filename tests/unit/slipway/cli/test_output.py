"""Data goes to standard output alone, and no end of a stream or sign of an alphabet ends a command badly."""

from __future__ import annotations

import io
import sys

import pytest
from rich.text import Text

from slipway.cli.output import data, talk


def test_data_and_talk_go_their_own_ways(capsys: pytest.CaptureFixture[str]) -> None:
    data("data")
    talk("talk")

    assert capsys.readouterr() == ("data\n", "talk\n")


def test_long_lines_and_brackets_stay_as_they_are(capsys: pytest.CaptureFixture[str]) -> None:
    line = "[bold]x[/bold] :smile: " + "long " * 100

    data(line)

    assert capsys.readouterr().out == line + "\n"


def test_what_is_no_terminal_gets_no_colour(capsys: pytest.CaptureFixture[str]) -> None:
    data(Text("green", "green"))

    assert capsys.readouterr().out == "green\n"


@pytest.mark.parametrize(("environ", "coloured"), [({}, True), ({"NO_COLOR": "1"}, False)])
def test_a_terminal_gets_colours_unless_it_wants_none(
    monkeypatch: pytest.MonkeyPatch, environ: dict[str, str], coloured: bool
) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    terminal = Terminal()
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "stdout", terminal)

    data(Text("green", "green"))

    assert ("\x1b[32m" in terminal.getvalue()) is coloured
