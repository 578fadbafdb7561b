"""Every local command ends with one message, a next step and an exit status."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from emulator.launcher import EmulatorError
from local.commands import finish
from local.console import LocalError

ROOT = Path(__file__).resolve().parents[3]


def end(work) -> int:
    return finish(work, command="make up", interrupted="nothing is lost")


def failing(error: BaseException):
    def work() -> int:
        raise error

    return work


def test_the_status_of_the_work_is_the_status_of_the_command() -> None:
    assert end(lambda: 3) == 3


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (LocalError("no instance", "read the log"), ["error: no instance", "next: read the log"]),
        (EmulatorError("no emulator\n  next: start it"), ["error: no emulator", "next: start it"]),
        (
            OSError(28, "No space left", "/x/y"),
            ["error: /x/y cannot be used: No space left", "then run 'make up' again"],
        ),
        (OSError(28, "No space left", "/a", None, "/x/y"), ["error: /x/y cannot be used"]),
        (httpx.ConnectError("refused"), ["does not answer any more: refused", "next: run 'make status'"]),
    ],
)
def test_an_error_is_told_with_its_next_step(error: Exception, expected: list[str], capsys) -> None:
    assert end(failing(error)) == 1

    captured = capsys.readouterr()
    assert captured.out == ""
    assert all(words in captured.err for words in expected)


def test_an_interruption_is_told_with_its_own_status(capsys) -> None:
    assert end(failing(KeyboardInterrupt())) == 130
    assert capsys.readouterr().err == "\nnothing is lost\n"


def test_a_mistake_of_ours_is_not_hidden() -> None:
    with pytest.raises(ZeroDivisionError):
        end(lambda: 1 // 0)


@pytest.mark.parametrize("command", ["up", "down"])
def test_a_state_folder_that_cannot_be_one_is_named(tmp_path: Path, command: str) -> None:
    file = tmp_path / "file"
    file.touch()

    result = subprocess.run(
        [sys.executable, "-m", f"local.{command}", "--state", str(file)], cwd=ROOT, capture_output=True, text=True
    )

    assert result.returncode == 1
    assert f"error: {file}" in result.stderr
    assert f"then run 'make {command}' again" in result.stderr
    assert "Traceback" not in result.stderr
