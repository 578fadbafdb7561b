"""Faults for tests in Python: they are there inside a `with`, and gone after it.

::

    with injected(emulator, "throttle", service="lambda", action="Invoke", times=2) as fault:
        ...
    assert fault.hits == 2
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from emulator.controlled import Controlled
from emulator.faults.reading import Setting


class Injected:
    """One fault that is in force.

    :param emulator: where.
    :param identifier: the rule's id.
    """

    def __init__(self, emulator: Controlled, identifier: str) -> None:
        self._emulator = emulator
        self.identifier = identifier

    def describe(self) -> dict[str, Any]:
        """Return its settings, its number of hits, and what it struck lately."""
        listed: list[dict[str, Any]] = self._emulator.control("faults-list")["faults"]
        return next(fault for fault in listed if fault["id"] == self.identifier)

    @property
    def hits(self) -> int:
        """How often it struck."""
        return int(self.describe()["hits"])


@contextmanager
def injected(emulator: Controlled, fault: str, **settings: Setting) -> Iterator[Injected]:
    """Put a fault into force and take it away at the end, whatever happens.

    :param fault: name, see `python -m emulator faults names`.
    :param settings: as on the command line, see :data:`emulator.faults.reading.OPTIONS`.
    :raises emulator.launcher.EmulatorError: if there is no such fault or setting.
    """
    identifier = str(emulator.control("faults-add", fault=fault, **settings)["id"])
    try:
        yield Injected(emulator, identifier)
    finally:
        emulator.control("faults-remove", ids=[identifier])


@contextmanager
def realistic_time(emulator: Controlled, speed: float | str = "max", pace: str = "typical") -> Iterator[None]:
    """Let CloudFormation take as long as on AWS, on the simulated clock, and no longer at the end.

    :param speed: how many times faster than real time, or `max`.
    :param pace: `typical` or `slow`.
    """
    emulator.control("clock", realistic=True, speed=speed, pace=pace)
    try:
        yield
    finally:
        emulator.control("clock", realistic=False, speed=1)
