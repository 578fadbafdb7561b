"""The same sources and configuration give the same assembly, byte for byte, and nobody is asked on the network."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.synth.processes import guarded, start

REPORT = "validation-report.json"
NOT_COMPARED = ".metadata.json"
"""The CDK writes its kernel's temporary path into these; no tool that deploys reads them."""


KERNEL = re.compile(rb"jsii-kernel-\w+")
"""The same path in the report of what the rules found, which is compared without it."""


def contents(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file() and not path.name.endswith(NOT_COMPARED))
    found = {str(path.relative_to(folder)): path.read_bytes() for path in files}
    return found | {REPORT: KERNEL.sub(b"", found[REPORT])}


def test_two_syntheses_without_a_network_are_identical(tmp_path):
    runs = {
        tmp_path / seed: start(tmp_path / seed, {"env": "staging"}, variables={"PYTHONHASHSEED": seed, **guarded()})
        for seed in ("1", "2")
    }
    for process in runs.values():
        _, stderr = process.communicate(timeout=120)
        assert process.returncode == 0, stderr

    first, second = (contents(folder) for folder in runs)
    assert len(first) > 30
    assert first.keys() == second.keys()
    assert [name for name in first if first[name] != second[name]] == []


@pytest.mark.parametrize(
    ("command", "status"),
    [
        ([sys.executable, "-c", "import socket; socket.socket()"], 98),
        ([sys.executable, "-c", "import socket; socket.getaddrinfo('localhost', 1)"], 98),
        ([str(Path(sys.prefix) / "bin" / "node"), "-e", "require('net').connect(9, '127.0.0.1')"], 97),
        ([str(Path(sys.prefix) / "bin" / "node"), "-e", "fetch('http://127.0.0.1:9')"], 97),
    ],
)
def test_the_guard_against_sockets_bites(command, status):
    result = subprocess.run(command, env={**os.environ, **guarded()}, capture_output=True, text=True)

    assert (result.returncode, "a socket" in result.stderr) == (status, True), result.stderr
