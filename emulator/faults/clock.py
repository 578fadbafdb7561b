"""A clock that can hurry: simulated time for rehearsals.

It shows real time plus what was skipped. While nobody waits for it, it runs as fast as real time; while somebody does,
it runs at its speed, and at the highest speed it jumps to the next moment that somebody waits for, as a discrete event
simulation does. So a wait of ten minutes takes ten minutes, ten seconds or nothing, and everyone sees the same time.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable

REAL = 1.0
MAX = math.inf
PAUSE_SECONDS = 0.002
"""At the highest speed: how long the clock lets others come forward with an earlier moment before it jumps."""


class Clock:
    """Simulated time; it never goes back.

    :param real: returns real time in seconds since the epoch.
    """

    def __init__(self, real: Callable[[], float]) -> None:
        self._real = real
        self._begun = self._shown = real()
        self._waited_for: list[float] = []
        self._changed = asyncio.Event()
        self.speed = REAL

    def now(self) -> float:
        """Return the simulated time, in seconds since the epoch."""
        return self._shown + (self._real() - self._begun) * self._rate()

    def real(self) -> float:
        """Return the real time, in seconds since the epoch."""
        return self._real()

    def set_speed(self, speed: float) -> None:
        """Let waits take that many times less; :data:`MAX` for no wait at all.

        :param speed: at least 1.
        """
        self._settle()
        self.speed = speed
        self._announce()

    def advance(self, seconds: float) -> None:
        """Put the clock forward.

        :param seconds: not negative.
        """
        self._settle()
        self._shown += seconds
        self._announce()

    async def sleep(self, seconds: float) -> None:
        """Wait for that long on this clock."""
        await self.sleep_until(self.now() + seconds)

    async def sleep_until(self, moment: float) -> None:
        """Wait until the clock shows that time, in seconds since the epoch."""
        self._settle()
        self._waited_for.append(moment)
        try:
            while (left := moment - self.now()) > 0:
                await self._pause(left)
        finally:
            self._settle()
            self._waited_for.remove(moment)

    async def _pause(self, left: float) -> None:
        try:
            await asyncio.wait_for(self._changed.wait(), PAUSE_SECONDS if self.speed == MAX else left / self.speed)
        except TimeoutError:
            if self.speed == MAX:
                self.advance(max(0.0, min(self._waited_for) - self.now()))

    def _rate(self) -> float:
        return self.speed if self._waited_for and self.speed != MAX else REAL

    def _settle(self) -> None:
        """Begin to count anew, before anything that changes the rate."""
        real = self._real()
        self._begun, self._shown = real, self._shown + (real - self._begun) * self._rate()

    def _announce(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()
