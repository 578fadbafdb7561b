"""Standard output that takes no more ends a command with a status and no traceback."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from config.printing import show

ROOT = Path(__file__).parents[3]
LONG = "import sys; from config.printing import show; sys.exit(show('line\\n' * 100_000))"


def test_text_is_shown_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    assert show("[a] line") == 0
    assert capsys.readouterr() == ("[a] line\n", "")


def test_a_reader_that_went_away_ends_it_in_silence() -> None:
    command = subprocess.Popen(
        [sys.executable, "-c", LONG], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert command.stdout
    command.stdout.close()

    assert command.communicate()[1] == ""
    assert command.returncode == 141


def test_no_room_is_said_so() -> None:
    with Path("/dev/full").open("w") as full:
        ended = subprocess.run([sys.executable, "-c", LONG], cwd=ROOT, stdout=full, stderr=subprocess.PIPE, text=True)

    assert ended.returncode == 1
    assert ended.stderr == "error: standard output cannot be written: No space left on device\n"
