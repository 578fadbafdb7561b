"""Replace a process of the proxy that has grown beyond its share of the memory, before the kernel ends it.

mitmproxy's memory can grow without bound. A process that has too much takes no new clients, which the other processes
get from then on, finishes what it does and ends; the service manager starts another one in its place. One at a time:
whether it is a process's turn is decided here, and how it ends is the business of `proxy`.
"""

from __future__ import annotations

import asyncio
import fcntl
import logging
import os
from collections.abc import Awaitable, Callable
from pathlib import Path

from slipway_proxy.memory import MIB
from slipway_proxy.runtime import port_file
from slipway_proxy.statistics import Statistics

logger = logging.getLogger(__name__)

LOCK_FILE = "recycling.lock"
ANSWER_SECONDS = 1.0


class Turns:
    """Sees to it that all other processes listen while one of an instance's is replaced.

    :param directory: runtime folder, where each process writes its port.
    :param number: that of this process.
    :param processes: how many there are.
    """

    def __init__(self, directory: Path, number: int, processes: int) -> None:
        self._lock = directory / LOCK_FILE
        self._others = [directory / port_file(each) for each in range(1, processes + 1) if each != number]
        self._held: int | None = None

    async def take(self) -> bool:
        """Take the turn, for as long as this process lives; tell whether it is this one's."""
        if not self._others:
            return False  # nobody would listen
        descriptor = os.open(self._lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return False
        # The one before has let go of the lock when it ended; its successor may not be there yet.
        if not all(await asyncio.gather(*map(_listens, self._others))):
            os.close(descriptor)
            return False
        self._held = descriptor
        return True


async def _listens(file: Path) -> bool:
    try:
        port = int(await asyncio.to_thread(file.read_text))
        async with asyncio.timeout(ANSWER_SECONDS):
            _, writer = await asyncio.open_connection("127.0.0.1", port)
    except (OSError, ValueError):
        return False
    writer.close()
    return True


class Recycling:
    """Watches the memory of this process.

    :param limit_bytes: what it may have.
    :param resident: returns what it has, in bytes.
    :param turns: says whether it may be replaced now.
    :param leave: finishes what the process does, and ends it.
    :param statistics: counts that it was replaced.
    """

    def __init__(
        self,
        *,
        limit_bytes: int,
        resident: Callable[[], int],
        turns: Turns,
        leave: Callable[[], Awaitable[None]],
        statistics: Statistics,
    ) -> None:
        self._limit = limit_bytes
        self._resident = resident
        self._turns = turns
        self._leave = leave
        self._statistics = statistics

    async def run(self, interval_seconds: float) -> None:
        """Look at it again and again, until it is too much."""
        while True:
            await asyncio.sleep(interval_seconds)
            size = self._resident()
            if size > self._limit and await self._turns.take():
                break
        logger.warning(
            "this process has %d MiB of memory, and %d MiB are its share: it takes no new clients, and ends when it "
            "has finished with those that it has",
            size // MIB,
            self._limit // MIB,
        )
        self._statistics.count_recycling()
        await self._leave()
