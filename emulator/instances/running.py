"""Find the local instances that run, from what they wrote; for those who are not the emulator."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from emulator.instances.machine import SPECIFICATION
from emulator.processes import ProcessIdentity


@dataclass(frozen=True)
class RunningInstance:
    """A local instance.

    :param instance_id: its EC2 id.
    :param address: its own loopback address.
    :param root: its root folder, with `console.log` and `log/`.
    """

    instance_id: str
    address: str
    root: Path


def running_instances(folder: Path) -> list[RunningInstance]:
    """Return the instances that run, in the order of their ids.

    :param folder: an emulator's folder of instances (:attr:`emulator.paths.StatePaths.instances`).
    """
    found = (_read(root) for root in sorted(folder.glob("i-*")))
    return [instance for instance in found if instance is not None]


def is_settled(report: Path, since: float) -> bool:
    """Tell whether the fleet has every instance that its groups want, in service, and no other.

    :param report: an emulator's report (:attr:`emulator.paths.StatePaths.fleet`).
    :param since: moment, in seconds since the epoch, after which the fleet must have looked.
    """
    try:
        told = json.loads(report.read_text())
    except (OSError, ValueError):
        return False
    return bool(told["settled"] and told["looked"] >= since)


def _read(root: Path) -> RunningInstance | None:
    machine = ProcessIdentity.load(root / "processes" / "machine.json")
    if machine is None or not machine.is_alive():
        return None
    specification = json.loads((root / SPECIFICATION).read_text())
    return RunningInstance(root.name, specification["environment"]["SLIPWAY_LISTEN_ADDRESS"], root)
