"""Ctrl-C while a build is followed, in a process of its own: the build goes on, and the command says how to."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

PROGRAM = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from slipway.cli.app import run
from slipway.cli.world import World
sys.exit(run(sys.argv[2:], World(environ={}, now=lambda: datetime.now(UTC), environments=Path(sys.argv[1]))))
"""


def test_an_interrupted_command_leaves_its_build_alone(workshop, order):
    order(hang_at="ApplyTestComponents")
    folder = str(workshop.world.environments)
    command = [sys.executable, "-c", PROGRAM, folder, "image", "build", "blue"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=os.environ) as process:
        for line in process.stderr:
            if "ApplyTestComponents" in line:
                break
        process.send_signal(signal.SIGINT)
        rest = process.stderr.read()

    assert process.returncode == 130
    assert "Traceback" not in rest
    assert "to follow it: slipway image status blue --follow" in rest
    assert workshop("status", "blue", "--json").document["status"] == "TESTING"
    assert workshop("cancel", "blue").out == "build 1.0.0/1 is cancelled\n"
