"""The `systemctl` of a local instance, against a stand-in for its machine."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[4] / "emulator" / "instances" / "systemctl.py"


@pytest.fixture
def machine(tmp_path):
    """Answer one request and keep it."""
    folder = tmp_path / ("deep" * 30)
    folder.mkdir()
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    before = Path.cwd()
    os.chdir(folder)
    listener.bind("systemctl.sock")
    os.chdir(before)
    listener.listen()
    received = []

    def answer():
        connection, _address = listener.accept()
        with connection, connection.makefile("rw") as stream:
            received.append(json.loads(stream.readline()))
            refused = received[0]["verb"] == "start"
            stream.write(json.dumps({"status": 1, "text": "no"} if refused else {"status": 0, "text": "active"}) + "\n")

    thread = threading.Thread(target=answer)
    thread.start()
    yield folder, received
    thread.join()
    listener.close()


def systemctl(root: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, SCRIPT, str(root), *words]
    return subprocess.run(command, capture_output=True, text=True, check=False, env={})


def test_answer_is_printed(machine):
    root, received = machine

    result = systemctl(root, "--quiet", "is-active", "a.service")

    assert received == [{"verb": "is-active", "units": ["a.service"]}]
    assert (result.returncode, result.stdout, result.stderr) == (0, "active\n", "")


def test_refusal_is_an_error(machine):
    root, received = machine

    result = systemctl(root, "start", "a.service", "b.service")

    assert received == [{"verb": "start", "units": ["a.service", "b.service"]}]
    assert (result.returncode, result.stdout, result.stderr) == (1, "", "no\n")
