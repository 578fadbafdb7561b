"""Running instances are found by what they wrote; what has ended is not."""

import json
import os
from pathlib import Path

from emulator.instances.machine import SPECIFICATION, remember
from emulator.instances.running import RunningInstance, is_settled, running_instances
from emulator.processes import ProcessIdentity


def make_root(folder: Path, name: str, address: str) -> Path:
    root = folder / name
    root.mkdir(parents=True)
    (root / SPECIFICATION).write_text(json.dumps({"environment": {"SLIPWAY_LISTEN_ADDRESS": address}}))
    return root


def test_only_instances_whose_machine_runs_are_found(tmp_path: Path) -> None:
    alive = make_root(tmp_path, "i-1", "127.0.77.10")
    remember(alive, "machine", os.getpid())
    ended = make_root(tmp_path, "i-2", "127.0.77.11")
    ProcessIdentity(os.getpid(), "another start").save(ended / "processes" / "machine.json")
    make_root(tmp_path, "i-3", "127.0.77.12")
    assert running_instances(tmp_path) == [RunningInstance("i-1", "127.0.77.10", alive)]


def test_no_folder_means_no_instances(tmp_path: Path) -> None:
    assert running_instances(tmp_path / "missing") == []


def test_a_report_counts_only_if_it_is_newer_than_what_it_is_asked_about(tmp_path: Path) -> None:
    report = tmp_path / "fleet.json"
    assert not is_settled(report, since=0)
    report.write_text(json.dumps({"looked": 100.0, "settled": True}))
    assert is_settled(report, since=99)
    assert not is_settled(report, since=101)
    report.write_text(json.dumps({"looked": 100.0, "settled": False}))
    assert not is_settled(report, since=99)
