"""The emulator's process: how it ends, and that there is only one."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

from tests.emulated.test_persistence import client_of, own, process_of
from tests.emulated.test_stacks import WAITING

__all__ = ["own"]
ROOT = Path(__file__).resolve().parents[2]


def test_stop_does_not_wait_for_what_waits(own):
    cloudformation = client_of(own, "cloudformation")
    cloudformation.create_stack(StackName="waits", TemplateBody=json.dumps({"Resources": WAITING}))
    process = process_of(own)

    own.stop()

    assert not process.is_alive()
    assert not own.is_running()


def test_starting_again_is_finding_it(own):
    process = process_of(own)

    own.start()

    assert process_of(own) == process


def test_two_who_start_at_once_get_the_same_one(tmp_path):
    command = [sys.executable, "-m", "emulator", "start", "--state", str(tmp_path / "both")]
    starters = [subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL) for _ in range(2)]
    try:
        assert [starter.wait() for starter in starters] == [0, 0]
        status = subprocess.run(
            [*command[:3], "status", "--json", *command[4:]], cwd=ROOT, capture_output=True, check=True
        )
        assert json.loads(status.stdout)["running"]
        log = (tmp_path / "both" / "emulator.log").read_text()
        assert log.count("Running on") - log.count("[hypercorn.error] Running on") == 1
    finally:
        subprocess.run([*command[:3], "stop", *command[4:]], cwd=ROOT, check=True, stderr=subprocess.DEVNULL)


def test_only_loopback_is_served(own):
    port = f"{own.port:04X}"
    deadline = time.monotonic() + 5
    listening: list[str] = []
    while not listening and time.monotonic() < deadline:
        listening = [
            fields[1]
            for table in ("tcp", "tcp6")
            for line in (Path("/proc/net") / table).read_text().splitlines()[1:]
            if (fields := line.split())[1].endswith(f":{port}") and fields[3] == "0A"
        ]

    assert listening == [f"0100007F:{port}"]
