"""Processes, known again and ended."""

from __future__ import annotations

import subprocess
import sys

import pytest

from emulator.processes import ProcessIdentity, end

SLEEP = [sys.executable, "-c", "import time; time.sleep(60)"]
STUBBORN = [
    sys.executable,
    "-c",
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('on', flush=True); time.sleep(60)",
]


@pytest.fixture
def started():
    children = []

    def start(command):
        child = subprocess.Popen(command, start_new_session=True, stdout=subprocess.PIPE)
        children.append(child)
        return child

    yield start
    for child in children:
        child.kill()
        child.wait()
        child.stdout.close()


def test_identity_survives_being_saved(started, tmp_path):
    identity = ProcessIdentity.of(started(SLEEP).pid)
    identity.save(tmp_path / "folder" / "process.json")

    assert ProcessIdentity.load(tmp_path / "folder" / "process.json") == identity
    assert identity.is_alive()


@pytest.mark.parametrize("text", ["", "[]", '{"pid": 1}', '{"pid": "x", "started": "1"}'])
def test_what_is_no_identity_is_none(tmp_path, text):
    (tmp_path / "process.json").write_text(text)

    assert ProcessIdentity.load(tmp_path / "process.json") is None


def test_a_later_process_of_the_same_number_is_another_one(started):
    child = started(SLEEP)
    other = ProcessIdentity(child.pid, "some other start")

    assert not other.is_alive()
    end([other], 0)
    assert child.poll() is None


def test_there_is_no_identity_of_a_process_that_ended(started):
    child = started([sys.executable, "-c", ""])
    child.wait()

    with pytest.raises(ProcessLookupError):
        ProcessIdentity.of(child.pid)


def test_end_asks_first(started):
    child = started(SLEEP)

    end([ProcessIdentity.of(child.pid)], 10)

    assert child.wait() == -15


def test_end_kills_what_does_not_listen(started):
    child = started(STUBBORN)
    child.stdout.readline()

    end([ProcessIdentity.of(child.pid)], 0.1)

    assert child.wait() == -9
