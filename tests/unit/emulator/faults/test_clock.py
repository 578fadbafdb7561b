"""The simulated clock: it shows real time until somebody waits, and then as much faster as it is told."""

from __future__ import annotations

import asyncio
import time

import pytest

from emulator.faults.clock import MAX, Clock

HOUR = 3600.0


class Stopwatch:
    """Real time as the test wants it."""

    def __init__(self) -> None:
        self.time = 1000.0

    def __call__(self) -> float:
        return self.time


def test_it_shows_real_time() -> None:
    real = Stopwatch()
    clock = Clock(real)
    real.time += 5

    assert clock.now() == 1005.0


def test_a_speed_alone_changes_nothing_while_nobody_waits() -> None:
    real = Stopwatch()
    clock = Clock(real)
    clock.set_speed(60)
    real.time += 5

    assert clock.now() == 1005.0


def test_it_can_be_put_forward_and_goes_on_from_there() -> None:
    real = Stopwatch()
    clock = Clock(real)
    clock.advance(HOUR)
    real.time += 5

    assert clock.now() == 1005.0 + HOUR
    assert clock.real() == 1005.0


async def test_at_the_highest_speed_nobody_really_waits() -> None:
    clock = Clock(time.monotonic)
    clock.set_speed(MAX)
    begun, real = clock.now(), time.monotonic()

    await clock.sleep(HOUR)

    assert clock.now() - begun == pytest.approx(HOUR, abs=60)
    assert time.monotonic() - real < 60


async def test_those_who_wait_at_the_same_time_do_not_wait_after_each_other() -> None:
    clock = Clock(time.monotonic)
    clock.set_speed(MAX)
    begun = clock.now()
    seen: list[tuple[int, float]] = []

    async def wait(hours: int) -> None:
        await clock.sleep(hours * HOUR)
        seen.append((hours, clock.now() - begun))

    await asyncio.gather(wait(3), wait(1), wait(2))

    assert seen == [(hours, pytest.approx(hours * HOUR, abs=60)) for hours in (1, 2, 3)]


async def test_in_between_waiting_takes_so_many_times_less() -> None:
    clock = Clock(time.monotonic)
    clock.set_speed(HOUR)
    begun, real = clock.now(), time.monotonic()

    await clock.sleep(HOUR / 10)

    assert 0.09 < time.monotonic() - real < 2
    assert clock.now() - begun >= HOUR / 10


@pytest.mark.parametrize("wake", [lambda clock: clock.advance(HOUR), lambda clock: clock.set_speed(MAX)])
async def test_who_waits_notices_that_the_clock_was_changed(wake) -> None:
    clock = Clock(time.monotonic)
    waiting = asyncio.create_task(clock.sleep(HOUR))
    await asyncio.sleep(0)

    wake(clock)

    await asyncio.wait_for(waiting, 60)


async def test_a_moment_that_is_over_is_not_waited_for() -> None:
    clock = Clock(Stopwatch())

    await clock.sleep_until(999.0)

    assert clock.now() == 1000.0
