"""Count what the proxy does, and report the counters regularly.

Counters only grow and every report carries all of them, so a lost or repeated report changes nothing.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable

from contract.headers import Result
from contract.modes import Mode
from contract.statistics import StatisticsSnapshot

logger = logging.getLogger(__name__)

REPORT_TIMEOUT_SECONDS = 5.0
Send = Callable[[StatisticsSnapshot], Awaitable[None]]


class Statistics:
    """Counters of this process since it started."""

    def __init__(self) -> None:
        self._requests = 0
        self._responses = 0
        self._response_bytes = 0
        self._recycled = 0
        self._results: Counter[str] = Counter()
        self._modes: Counter[str] = Counter()

    def count_request(self) -> None:
        """Count a request from a client."""
        self._requests += 1

    def count_response(self, result: Result, mode: Mode | None = None) -> None:
        """Count a response to a client, and its mode if the page was changed by it."""
        self._responses += 1
        self._results[result.value] += 1
        if mode is not None and result in (Result.TRANSFORMED, Result.PARTIAL, Result.CACHED):
            self._modes[mode.value] += 1

    def count_bytes(self, size: int) -> None:
        """Count bytes of a response body."""
        self._response_bytes += size

    def count_recycling(self) -> None:
        """Count that this process ends because it has grown too large."""
        self._recycled += 1

    def snapshot(self, sequence: int) -> StatisticsSnapshot:
        """Return all counters."""
        return StatisticsSnapshot(
            sequence=sequence,
            requests=self._requests,
            responses=self._responses,
            response_bytes=self._response_bytes,
            recycled=self._recycled,
            results=dict(self._results),
            modes=dict(self._modes),
        )


class Reporter:
    """Sends a snapshot whenever the counters have moved.

    :param statistics: the counters.
    :param send: delivers a snapshot; may raise.
    """

    def __init__(self, statistics: Statistics, send: Send) -> None:
        self._statistics = statistics
        self._send = send
        self._sequence = 0
        self._delivered: StatisticsSnapshot | None = None

    async def run(self, interval_seconds: float) -> None:
        """Report for ever."""
        while True:
            await asyncio.sleep(interval_seconds)
            await self.report()

    async def report(self) -> None:
        """Report once if there is news; a failure is logged and mended by the next report."""
        if self._delivered == self._statistics.snapshot(self._sequence):
            return
        snapshot = self._statistics.snapshot(self._sequence + 1)
        self._sequence += 1
        try:
            async with asyncio.timeout(REPORT_TIMEOUT_SECONDS):
                await self._send(snapshot)
        except Exception as error:
            logger.warning("statistics report %d was not delivered: %s", snapshot.sequence, str(error) or "timeout")
        else:
            self._delivered = snapshot
