"""Faults for tests in Python: gone at the end, whatever happens."""

from __future__ import annotations

from typing import Any

import pytest

from emulator.faults.client import injected, realistic_time


class Recorder:
    """Stands for a running emulator, and remembers what it was asked for."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, dict[str, Any]]] = []

    def control(self, command: str, **arguments: object) -> dict[str, Any]:
        self.asked.append((command, arguments))
        return {"id": "f7", "faults": [{"id": "f6", "hits": 1}, {"id": "f7", "hits": 2}]}


def test_a_fault_is_there_inside_and_gone_outside() -> None:
    emulator = Recorder()

    with injected(emulator, "throttle", service="lambda", times=2) as fault:
        assert fault.hits == 2

    assert emulator.asked[0] == ("faults-add", {"fault": "throttle", "service": "lambda", "times": 2})
    assert emulator.asked[-1] == ("faults-remove", {"ids": ["f7"]})


def test_a_fault_is_gone_after_an_error_too() -> None:
    emulator = Recorder()

    with pytest.raises(ZeroDivisionError), injected(emulator, "deny"):
        raise ZeroDivisionError

    assert emulator.asked[-1][0] == "faults-remove"


def test_real_time_comes_back() -> None:
    emulator = Recorder()

    with realistic_time(emulator, pace="slow"):
        pass

    assert emulator.asked == [
        ("clock", {"realistic": True, "speed": "max", "pace": "slow"}),
        ("clock", {"realistic": False, "speed": 1}),
    ]
