"""The end of an instance, second by second, without waiting for any of them."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterable

import pytest

from slipway_proxy.group import GroupError, NotWaitingError
from slipway_proxy.health.drain import LONGEST_REQUEST_SECONDS, QUIET_SECONDS, Drain, Ending, ending
from slipway_proxy.health.processes import Load
from slipway_proxy.instance import MetadataError

from .fakes import Clock


class FakeGroup:
    """Notes when it was told what; `failures` says how often it cannot be told that the instance may go.

    :param waits_from: when it begins to wait for the instance.
    """

    def __init__(self, clock: Clock, failures: int = 0, waits_from: float = 0) -> None:
        self._clock = clock
        self._failures = failures
        self._waits_from = waits_from
        self.heartbeats: list[float] = []
        self.released: list[float] = []

    async def heartbeat(self) -> None:
        self.heartbeats.append(self._clock.now)
        raise GroupError("cannot ask the group for more time")

    async def release(self) -> None:
        self.released.append(self._clock.now)
        if self._clock.now < self._waits_from:
            raise NotWaitingError("it does not wait")
        if len(self.released) <= self._failures:
            raise GroupError("cannot tell the group")


class World:
    """An instance whose notices and requests a test gives by the second.

    :param notices: from when on which notice stands.
    :param idle_at: when the last request ends.
    :param quiet_at: from when on no new clients come; until then there is one in each second.
    """

    def __init__(
        self,
        notices: Iterable[tuple[float, Ending]],
        *,
        seconds: float,
        idle_at: float = 0,
        quiet_at: float = 0,
        failures: int = 0,
        waits_from: float = 0,
    ) -> None:
        self.clock = Clock()
        self.group = FakeGroup(self.clock, failures, waits_from)
        self._notices = list(notices)
        self._idle_at = idle_at
        self._quiet_at = quiet_at
        self._waiting: list[tuple[float, asyncio.Event]] = []
        self.unfit_at: float | None = None
        self.drain = Drain(
            notice=self._notice,
            load=self._load,
            group=self.group,
            seconds=seconds,
            sleep=self._sleep,
            clock=self.clock,
        )

    async def _notice(self) -> Ending | None:
        return next((found for since, found in reversed(self._notices) if self.clock.now >= since), None)

    async def _load(self) -> Load:
        return Load(int(self.clock.now < self._idle_at), int(min(self.clock.now, self._quiet_at)))

    async def _sleep(self, seconds: float) -> None:
        self._waiting.append((self.clock.now + seconds, event := asyncio.Event()))
        await event.wait()

    async def run(self, most_seconds: float = 1000) -> None:
        """Let time pass from one wake-up to the next until the instance may go."""
        task = asyncio.create_task(self.drain.run())
        while not task.done() and self.clock.now < most_seconds:
            for _ in range(5):
                await asyncio.sleep(0)
            if self.drain.reason is not None and self.unfit_at is None:
                self.unfit_at = self.clock.now
            if not task.done() and self._waiting:
                self._waiting.sort(key=lambda each: each[0])
                self.clock.now, event = self._waiting.pop(0)
                event.set()
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def test_it_fails_its_health_check_at_once_and_lets_go_after_the_time_that_is_set() -> None:
    world = World([(10, Ending.GROUP)], seconds=150)
    await world.run()
    assert world.unfit_at == 10
    assert world.group.released == [160]
    assert world.drain.reason is Ending.GROUP


async def test_while_it_drains_the_group_hears_of_it() -> None:
    world = World([(0, Ending.GROUP)], seconds=60)
    await world.run()
    # That each of them failed was no reason to stop.
    assert world.group.heartbeats[:3] == [0, 20, 40]


async def test_requests_that_still_run_are_waited_for() -> None:
    world = World([(0, Ending.GROUP)], seconds=30, idle_at=47)
    await world.run()
    assert world.group.released == [48]


async def test_but_not_for_ever() -> None:
    world = World([(0, Ending.GROUP)], seconds=30, idle_at=10_000)
    await world.run()
    assert world.group.released == [30 + LONGEST_REQUEST_SECONDS]


async def test_it_waits_until_the_load_balancer_has_stopped_sending() -> None:
    world = World([(0, Ending.GROUP)], seconds=60, quiet_at=75)
    await world.run()
    assert 75 + QUIET_SECONDS <= world.group.released[0] <= 75 + QUIET_SECONDS + 4


async def test_but_not_for_ever_for_new_clients_either(caplog: pytest.LogCaptureFixture) -> None:
    world = World([(0, Ending.GROUP)], seconds=30, quiet_at=10_000)
    await world.run()
    assert world.group.released == [30 + LONGEST_REQUEST_SECONDS]
    assert "0 requests still run, and new clients still come" in caplog.text


async def test_a_spot_instance_fails_its_health_check_before_its_group_knows() -> None:
    world = World([(4, Ending.SPOT), (50, Ending.GROUP)], seconds=100)
    await world.run()
    assert world.unfit_at == 4
    assert world.group.released == [104]


async def test_without_a_notice_nothing_happens() -> None:
    world = World([], seconds=1)
    await world.run(most_seconds=100)
    assert (world.drain.reason, world.group.heartbeats, world.group.released) == (None, [], [])


async def test_a_group_that_does_not_hear_is_told_again(caplog: pytest.LogCaptureFixture) -> None:
    world = World([(0, Ending.GROUP)], seconds=0, failures=2)
    await world.run()
    assert world.group.released == [0, 1, 4]
    assert caplog.messages.count("cannot tell the group") == 2


async def test_it_says_so_until_the_machine_ends() -> None:
    world = World([(0, Ending.GROUP)], seconds=0, failures=99)
    await world.run(most_seconds=40)
    assert world.group.released == [0, 1, 4, 13, 22, 31]


async def test_a_group_that_still_deregisters_it_is_told_again_when_it_waits(caplog: pytest.LogCaptureFixture) -> None:
    world = World([(0, Ending.GROUP)], seconds=150, waits_from=170)
    await world.run()
    assert world.group.released == [150, 151, 154, 163, 172]
    # To be early is nothing to warn of.
    assert [each.message for each in caplog.records if each.levelname == "WARNING" and "wait" in each.message] == []


async def test_an_outage_of_the_metadata_service_is_said_once(caplog: pytest.LogCaptureFixture) -> None:
    world = World([], seconds=0)
    answers = iter([MetadataError("no answer"), MetadataError("no answer"), None, Ending.GROUP])

    async def notice() -> Ending | None:
        answer = next(answers, Ending.GROUP)
        if isinstance(answer, MetadataError):
            raise answer
        return answer

    world.drain._notice = notice
    await world.run()
    assert world.group.released == [6]
    assert caplog.messages.count("this instance does not hear when it will end: no answer") == 1


class FakeMetadata:
    """What stands at the paths below `meta-data`."""

    def __init__(self, **texts: str) -> None:
        self._texts = {name.replace("__", "/").replace("_", "-"): text for name, text in texts.items()}

    def text(self, path: str) -> str | None:
        return self._texts.get(path)


def test_what_the_metadata_service_says() -> None:
    assert ending(FakeMetadata()) is None
    assert ending(FakeMetadata(autoscaling__target_lifecycle_state="InService")) is None
    assert ending(FakeMetadata(autoscaling__target_lifecycle_state="Terminated")) is Ending.GROUP
    assert ending(FakeMetadata(spot__instance_action='{"action": "terminate"}')) is Ending.SPOT
    both = FakeMetadata(autoscaling__target_lifecycle_state="Terminated", spot__instance_action="{}")
    assert ending(both) is Ending.GROUP
