"""The command line, as people and scripts see it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from emulator.__main__ import _complain_of_saving, parse


def cli(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    root = Path(__file__).resolve().parents[3]
    return subprocess.run(
        [sys.executable, "-m", "emulator", *arguments], cwd=cwd, env={"PYTHONPATH": str(root)}, capture_output=True,
        text=True, check=False,
    )  # fmt: skip


def test_status_of_what_does_not_run(tmp_path):
    result = cli("status", "--json", "--state", str(tmp_path / "state"), cwd=tmp_path)

    assert result.returncode == 3
    assert '"running": false' in result.stdout
    assert result.stderr == ""


def test_error_is_one_message_and_no_traceback(tmp_path):
    result = cli("env", "--state", str(tmp_path / "state"), cwd=tmp_path)

    assert result.returncode == 1
    assert result.stdout == ""
    assert result.stderr == "error: the embedded AWS does not run\n  next: run 'make up', then this again\n"


def test_a_state_that_cannot_be_saved_is_said_with_the_next_step(capsys):
    _complain_of_saving({"ok": False, "reason": "No space left on device", "since": "2026-01-01T12:00:00+00:00"})
    _complain_of_saving({"ok": True, "reason": None, "since": None})
    _complain_of_saving(None)

    said = capsys.readouterr().err
    assert said.startswith("warning: its state cannot be saved since 2026-01-01T12:00:00+00:00: No space left on")
    assert said.count("next: make room there") == 1


def test_a_state_folder_that_cannot_be_one_is_named(tmp_path):
    (tmp_path / "file").touch()

    result = cli("start", "--state", str(tmp_path / "file"), cwd=tmp_path)

    assert result.returncode == 1
    assert result.stderr.startswith(f"error: the state folder {tmp_path / 'file'} cannot be used: ")
    assert "next: " in result.stderr
    assert "Traceback" not in result.stderr


def test_status_tells_that_policies_do_not_count(tmp_path):
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "iam").write_text("off\n")

    result = cli("status", "--state", str(tmp_path / "state"), cwd=tmp_path)

    assert "the embedded AWS is not running, without IAM" in result.stdout


@pytest.mark.parametrize("words", [["faults", "list"], ["faults", "add", "throttle"], ["clock"], ["timeline", "web"]])
def test_faults_and_time_need_a_running_emulator(words, tmp_path):
    result = cli(*words, "--state", str(tmp_path / "state"), cwd=tmp_path)

    assert result.returncode == 1
    assert result.stdout == ""
    assert result.stderr == "error: the embedded AWS does not run\n  next: start it, then try this again\n"


@pytest.mark.parametrize("words", [["faults", "names"], ["durations"]])
def test_what_is_in_tables_is_told_without_one(words, tmp_path):
    result = cli(*words, cwd=tmp_path)

    assert result.returncode == 0
    assert len(result.stdout.splitlines()) > 20


def test_an_empty_state_folder_is_no_folder(capsys):
    with pytest.raises(SystemExit) as end:
        parse(["status", "--state", ""])

    assert end.value.code == 2
    assert "it is empty; name a folder" in capsys.readouterr().err
