"""The beginning of an instance, second by second, without waiting for any of them."""

from __future__ import annotations

import pytest

from contract.lifecycle import LONGEST_START_SECONDS
from slipway_proxy.group import DELAY_SECONDS, PATIENCE_SECONDS, GroupError, NotWaitingError
from slipway_proxy.health.checks import Check, Report
from slipway_proxy.health.launch import Launch

from .fakes import Clock


class World:
    """An instance that serves from a moment on, and its group.

    :param fit_at: that moment, in seconds.
    :param deaf_until: until when the group cannot be told anything.
    :param waits: whether it waits for the instance.
    """

    def __init__(self, fit_at: float, *, deaf_until: float = 0, waits: bool = True) -> None:
        self.clock = Clock()
        self.told: list[tuple[float, str]] = []
        self._fit_at = fit_at
        self._deaf_until = deaf_until
        self._waits = waits
        self.launch = Launch(report=self._report, group=self, sleep=self._sleep, clock=self.clock)

    async def _report(self) -> Report:
        fit = self.clock.now >= self._fit_at
        proxy = Check(fit, "answers" if fit else "process 2 does not listen yet")
        return Report(fit, {"processes": proxy, "staying": Check(True, "no end in sight")})

    async def _sleep(self, seconds: float) -> None:
        self.clock.now += seconds

    async def heartbeat(self) -> None:
        self._hear("heartbeat")

    async def release(self) -> None:
        self._hear("release")

    async def abandon(self) -> None:
        self._hear("abandon")

    def _hear(self, what: str) -> None:
        self.told.append((self.clock.now, what))
        if self.clock.now < self._deaf_until:
            raise GroupError(f"cannot {what}")
        if not self._waits and what != "heartbeat":
            raise NotWaitingError("it does not wait")


async def test_the_group_is_told_only_when_the_instance_serves_and_hears_of_it_until_then(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("INFO")
    world = World(fit_at=45)
    await world.launch.run()
    waiting = "this instance does not serve yet: processes: process 2 does not listen yet"
    assert caplog.messages == [
        *[waiting] * 3,
        "this instance serves, 45.0 s after its health application has started",
        "the group has been told",
    ]
    assert world.told == [(0, "heartbeat"), (20, "heartbeat"), (40, "heartbeat"), (45, "release")]


async def test_an_instance_that_serves_at_once_says_nothing_else() -> None:
    world = World(fit_at=0)
    await world.launch.run()
    assert world.told == [(0, "release")]


async def test_one_that_never_serves_is_given_up_with_its_cause(caplog: pytest.LogCaptureFixture) -> None:
    world = World(fit_at=10_000)
    await world.launch.run()
    assert world.told[-1] == (LONGEST_START_SECONDS, "abandon")
    assert "release" not in {what for _, what in world.told}
    assert "does not serve after 300 s: processes: process 2 does not listen yet; giving it up" in caplog.text


async def test_a_group_that_does_not_hear_is_told_again(caplog: pytest.LogCaptureFixture) -> None:
    world = World(fit_at=1, deaf_until=6)
    await world.launch.run()
    assert world.told == [(0, "heartbeat"), (1, "release"), (4, "release"), (7, "release")]
    assert caplog.messages.count("cannot release") == 2


async def test_after_a_reboot_nobody_waits_and_nothing_happens(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    world = World(fit_at=0, waits=False)
    await world.launch.run()
    attempts = range(0, int(PATIENCE_SECONDS), int(DELAY_SECONDS))
    assert world.told == [(moment, "release") for moment in attempts]
    assert caplog.messages[-1] == "the group does not wait for this instance"


async def test_a_group_that_never_hears_is_not_said_not_to_wait(caplog: pytest.LogCaptureFixture) -> None:
    world = World(fit_at=0, deaf_until=10_000)
    await world.launch.run()
    assert caplog.messages[-1] == "the group could not be told; it acts by itself when it has waited long enough"
