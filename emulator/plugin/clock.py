"""What time it is, for the whole plug-in. The entry point says so once; no module reads the clock by itself."""

from __future__ import annotations

from collections.abc import Callable

_clocks: list[Callable[[], float]] = []


def use(clock: Callable[[], float]) -> None:
    """Take the time from a clock from now on.

    :param clock: gives seconds since 1970.
    """
    _clocks[:] = [clock]


def now() -> float:
    """Return the time in seconds since 1970."""
    return _clocks[0]()
