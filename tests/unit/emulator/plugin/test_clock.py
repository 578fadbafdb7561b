"""The plug-in's clock is the one that it is given."""

from __future__ import annotations

from emulator.plugin import clock


def test_time_comes_from_the_clock_that_is_in_use():
    times = iter((5.0, 6.0))
    clock.use(lambda: next(times))

    assert (clock.now(), clock.now()) == (5.0, 6.0)
