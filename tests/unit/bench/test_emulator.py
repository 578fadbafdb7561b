"""What is measured of an emulator, on one that does nothing."""

from __future__ import annotations

from pathlib import Path

from bench.emulator import start
from bench.emulators import Subject


class Fake(Subject):
    def __init__(self) -> None:
        super().__init__(Path("/none"))
        self.did: list[str] = []

    def start(self) -> None:
        self.did.append("start")

    def stop(self) -> None:
        self.did.append("stop")

    @property
    def url(self) -> str:
        return ""

    @property
    def pid(self) -> int:
        return 0


def test_a_start_is_measured_without_the_stop_and_leaves_nothing_running():
    subject = Fake()

    assert 0 <= start(subject) < 1
    assert subject.did == ["start", "stop"]
