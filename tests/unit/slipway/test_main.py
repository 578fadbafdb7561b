"""The command as a process: how it starts, and how it ends when somebody ends it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]
COMMAND = [sys.executable, "-m", "slipway"]


def test_it_answers_and_keeps_talk_from_data() -> None:
    result = subprocess.run([*COMMAND, "config", "check"], cwd=ROOT, capture_output=True, text=True, check=False)

    assert (result.returncode, result.stdout) == (0, "")
    assert result.stderr.startswith("no problems in development, ")


def test_it_reads_variables_of_the_process() -> None:
    environment = {**os.environ, "SLIPWAY__fleet__maximum": "none of your business"}

    result = subprocess.run(
        [*COMMAND, "config", "check", "test"], cwd=ROOT, env=environment, capture_output=True, text=True
    )

    assert result.returncode == 1
    assert "environment variable SLIPWAY__fleet__maximum" in result.stdout


def test_ctrl_c_ends_it_without_a_traceback(tmp_path: Path) -> None:
    """It reads a file that nobody finishes writing, and so waits where it can be interrupted."""
    folder = tmp_path / "environments"
    folder.mkdir()
    (folder / "base.yaml").write_text("")
    os.mkfifo(folder / "blue.yaml")
    program = (
        "import sys, slipway.__main__ as main, slipway.cli.world as world, functools, pathlib;"
        "world.World = functools.partial(world.World, environments=pathlib.Path(sys.argv.pop(1)));"
        "sys.exit(main.main())"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", program, folder, "config", "show", "blue"], cwd=ROOT, stderr=subprocess.PIPE, text=True
    )
    with (folder / "blue.yaml").open("w"):
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=30)

    assert process.returncode == 130
    assert "Traceback" not in err


def test_a_reader_that_goes_away_is_no_error() -> None:
    reader, writer = os.pipe()
    os.close(reader)

    result = subprocess.run(
        [*COMMAND, "config", "show", "test"], cwd=ROOT, stdout=writer, stderr=subprocess.PIPE, text=True
    )
    os.close(writer)

    assert (result.returncode, result.stderr) == (141, "")


def test_a_full_disk_is_said_in_words() -> None:
    with open("/dev/full", "w") as full:  # noqa: PTH123 - a device
        result = subprocess.run(
            [*COMMAND, "config", "show", "test"], cwd=ROOT, stdout=full, stderr=subprocess.PIPE, text=True
        )

    assert result.returncode == 1
    assert result.stderr.startswith("error: standard output cannot be written: ")


def test_an_alphabet_that_the_terminal_lacks_is_no_error() -> None:
    environment = {**os.environ, "PYTHONIOENCODING": "ascii", "SLIPWAY__tags__owner": "Zoë"}

    result = subprocess.run(
        [*COMMAND, "config", "explain", "test", "tags"], cwd=ROOT, env=environment, capture_output=True
    )

    assert (result.returncode, result.stderr) == (0, b"")
    assert b"Zo\\xeb" in result.stdout
