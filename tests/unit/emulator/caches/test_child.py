"""A program that takes this one's place, and ends with whoever started it."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parents[4]
PARENT = """
import os, signal, subprocess, sys
command = [sys.executable, "-m", "emulator.caches.child", "/bin/sh", "-c", "echo; exec sleep 30"]
child = subprocess.Popen(command, stdout=subprocess.PIPE)
child.stdout.read(1)
print(child.pid, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_it_becomes_the_program_with_its_arguments():
    command = [sys.executable, "-m", "emulator.caches.child", "/bin/echo", "a", "b c"]

    assert subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout == "a b c\n"


def test_it_ends_with_its_parent():
    killed = subprocess.run([sys.executable, "-c", PARENT], cwd=ROOT, capture_output=True, text=True)

    deadline = time.monotonic() + 10
    while is_running(int(killed.stdout)):
        assert time.monotonic() < deadline, "it outlived its parent"
        time.sleep(0.01)


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    state = Path(f"/proc/{pid}/stat")
    return not state.exists() or state.read_text().rpartition(")")[2].split()[0] not in ("Z", "X")
