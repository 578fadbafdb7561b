"""Keep a process tree for each EC2 instance that should run, and tell EC2 what became of it.

Knows nothing of the emulator: it sees instances through the :class:`Ec2` port, which starts their machines too. Why
there is an instance, and how many, is none of its business.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from emulator.instances.guard import Guard

logger = logging.getLogger("slipway.instances")

CRASHED = "Server.InternalError"
"""Reason of an instance whose machine ended without being asked to."""


@dataclass(frozen=True)
class Scope:
    """Account and region of an instance."""

    account: str
    region: str


@dataclass(frozen=True)
class Instance:
    """What EC2 wants of an instance.

    :param state: EC2's state: `pending`, `running`, `stopping`, `stopped`, `shutting-down` or `terminated`.
    :param reboots: whether it has to be booted again.
    """

    scope: Scope
    instance_id: str
    state: str
    reboots: bool = False


class Machine(Protocol):
    """A local instance that runs."""

    def is_alive(self) -> bool:
        """Tell whether it runs."""

    def ask_to_end(self) -> None:
        """Begin to end it; do not wait."""

    def terminate(self) -> None:
        """End it and return when it is gone."""


class Ec2(Protocol):
    """What the hypervisor reads from EC2 and tells it."""

    def instances(self) -> list[Instance]:
        """Return all instances of all accounts and regions that have or need a machine."""

    def boot(self, instance: Instance) -> Machine:
        """Start the machine of an instance.

        Whatever it raises, the instance is terminated.
        """

    def entered(self, instance: Instance, state: str, reason: str = "") -> None:
        """Make known that an instance has reached a state."""


class Hypervisor:
    """All local instances of one emulator; what fails for one of them is tried again, and holds up no other.

    :param ec2: EC2.
    :param now: seconds since whenever.
    """

    def __init__(self, ec2: Ec2, now: Callable[[], float]) -> None:
        self._ec2 = ec2
        self._guard = Guard(now)
        self._machines: dict[str, Machine] = {}

    def reconcile(self) -> None:
        """Look at every instance once and do what is needed."""
        instances = self._ec2.instances()
        known = {instance.instance_id for instance in instances}
        self._end([name for name in self._machines if name not in known])
        self._end([instance.instance_id for instance in instances if _has_to_end(instance)])
        for instance in instances:
            self._guard.attempt(instance.instance_id, partial(self._follow, instance), None)

    def end_all(self) -> None:
        """End every machine; EC2 is told nothing, so that the instances come back with the emulator."""
        self._guard.rest_no_more()
        self._end(list(self._machines))

    def _end(self, names: Iterable[str]) -> None:
        machines = {name: self._machines[name] for name in names if name in self._machines}
        # Asked all at once, they end while we wait for the first.
        for name, machine in machines.items():
            self._guard.attempt(f"asking {name} to end", machine.ask_to_end, None)
        for name in machines:
            self._guard.attempt(f"ending {name}", partial(self._terminate, name), None)

    def _terminate(self, name: str) -> None:
        self._machines[name].terminate()
        del self._machines[name]

    def _follow(self, instance: Instance) -> None:
        if _has_to_end(instance) and instance.instance_id in self._machines:
            return  # It could not be ended yet.
        match instance.state:
            case "stopping":
                self._ec2.entered(instance, "stopped")
            case "shutting-down":
                self._ec2.entered(instance, "terminated")
            case "pending":
                self._boot(instance)
            case "running" if instance.reboots:
                self._boot(instance)
            case "running" if not self._is_alive(instance):
                logger.warning("%s: its machine ended", instance.instance_id)
                self._end([instance.instance_id])
                self._ec2.entered(instance, "terminated", CRASHED)

    def _is_alive(self, instance: Instance) -> bool:
        machine = self._machines.get(instance.instance_id)
        return machine is not None and machine.is_alive()

    def _boot(self, instance: Instance) -> None:
        try:
            self._machines[instance.instance_id] = self._ec2.boot(instance)
        except Exception:
            # Whatever it is, the other instances must not wait for this one.
            logger.exception("%s cannot be booted", instance.instance_id)
            self._ec2.entered(instance, "terminated", CRASHED)
            return
        self._ec2.entered(instance, "running")


def _has_to_end(instance: Instance) -> bool:
    return instance.reboots or instance.state != "running"
