"""Count what this process does, by the minute, and report what is new regularly. Knows neither mitmproxy nor HTTP.

A minute's cell carries everything of that minute and goes out until it is delivered, so a lost or repeated report
changes nothing. What is lost when the process dies is what it counted since its last delivered report.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from functools import lru_cache

from contract.headers import Result
from contract.modes import Mode
from contract.sketch import Sketch
from contract.statistics import (
    LONGEST_NAME,
    MINUTE_FORMAT,
    MOST_CELLS,
    MOST_HOSTS,
    MOST_REASONS,
    OTHERS,
    Cell,
    HostCount,
)
from slipway_proxy.guard import parse
from slipway_proxy.hosts import MOST_NAMES_REMEMBERED, canonical, is_address

logger = logging.getLogger(__name__)

MINUTE_SECONDS = 60
MOST_MINUTES = 24 * 60
"""Undelivered minutes that are kept, in memory; a function that was away for longer has lost the oldest."""

REPORT_TIMEOUT_SECONDS = 5.0
CHANGED = frozenset({Result.TRANSFORMED, Result.PARTIAL, Result.CACHED})


class Counts:
    """What happened in one minute so far.

    :ivar changes: grows with each event.
    :ivar delivered: how many changes had been delivered at last.
    """

    __slots__ = (
        "answering",
        "changes",
        "delivered",
        "hosts",
        "modes",
        "reasons",
        "recycled",
        "requests",
        "response_bytes",
        "responses",
        "results",
        "transforming",
    )

    def __init__(self) -> None:
        self.changes = 0
        self.delivered = 0
        self.requests = 0
        self.responses = 0
        self.response_bytes = 0
        self.recycled = 0
        self.results: dict[str, int] = {}
        self.modes: dict[str, int] = {}
        self.hosts: dict[str, list[int]] = {}
        self.reasons: dict[str, int] = {}
        self.answering = Sketch()
        self.transforming = Sketch()

    def cell(self) -> Cell:
        """Return them as they are now."""
        return Cell(
            requests=self.requests,
            responses=self.responses,
            response_bytes=self.response_bytes,
            recycled=self.recycled,
            results=dict(self.results),
            modes=dict(self.modes),
            hosts={name: HostCount(*counts) for name, counts in self.hosts.items()},
            reasons=dict(self.reasons),
            answering=self.answering.copy(),
            transforming=self.transforming.copy(),
        )


class Statistics:
    """Counters of this process. Each event costs a few microseconds at most.

    :param now: seconds since 1970, UTC.
    """

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._minute = int(now()) // MINUTE_SECONDS
        self._current = Counts()
        self._minutes = {self._minute: self._current}

    def count_request(self) -> None:
        """Count a request from a client."""
        self._counts().requests += 1

    def count_response(
        self, result: Result, *, host: str = "", mode: Mode | None = None, milliseconds: float = 0.0
    ) -> None:
        """Count a response to a client.

        :param host: where it came from, as the client wrote it; does not count if the proxy has refused.
        :param mode: counts if the page was changed by it.
        :param milliseconds: how long it took, from the request's head; does not count if the proxy has refused.
        """
        counts = self._counts()
        counts.responses += 1
        _increase(counts.results, result.value)
        if result is Result.REFUSED:
            return
        changed = result in CHANGED
        if changed and mode is not None:
            _increase(counts.modes, mode.value)
        name = host_name(host)
        if name not in counts.hosts and len(counts.hosts) >= MOST_HOSTS:
            name = OTHERS
        of_host = counts.hosts.setdefault(name, [0, 0, 0])
        of_host[0] += 1
        of_host[1] += changed
        of_host[2] += result is Result.FAILED_OPEN
        counts.answering.add(milliseconds)

    def count_page(self, milliseconds: float) -> None:
        """Count the time that a page spent in the pipeline."""
        self._counts().transforming.add(milliseconds)

    def count_failure(self, reason: str) -> None:
        """Count a page that was to be changed and was not.

        :param reason: a few words; what could not be shown in a line counts among others.
        """
        reasons = self._counts().reasons
        name = reason[:LONGEST_NAME]
        known = name in reasons or (len(reasons) < MOST_REASONS and name.isprintable() and name)
        _increase(reasons, name if known else OTHERS)

    def count_bytes(self, size: int) -> None:
        """Count bytes of a response body."""
        self._counts().response_bytes += size

    def count_recycling(self) -> None:
        """Count that this process ends because it has grown too large."""
        self._counts().recycled += 1

    def news(self) -> dict[int, tuple[int, Cell]]:
        """Return what has changed since it was delivered: by minute since 1970, how many changes, and the cell."""
        fresh = [minute for minute, counts in self._minutes.items() if counts.changes != counts.delivered]
        chosen = [(minute, self._minutes[minute]) for minute in sorted(fresh)[:MOST_CELLS]]
        return {minute: (counts.changes, counts.cell()) for minute, counts in chosen}

    def delivered(self, news: dict[int, tuple[int, Cell]]) -> None:
        """Forget what has arrived, but for the current minute."""
        for minute, (changes, _) in news.items():
            if (counts := self._minutes.get(minute)) is None:
                continue  # dropped meanwhile
            counts.delivered = changes
            if minute != self._minute and counts.changes == changes:
                del self._minutes[minute]

    def _counts(self) -> Counts:
        """Return the current minute's, to which something is about to be added."""
        minute = int(self._now()) // MINUTE_SECONDS
        # Never back, as a clock that is set may go: a minute that has been delivered and forgotten would begin anew,
        # and replace what was counted. Clocks are right to some minutes, or nothing that is signed would be accepted.
        if minute > self._minute:
            self._begin(minute)
        self._current.changes += 1
        return self._current

    def _begin(self, minute: int) -> None:
        if self._current.changes == self._current.delivered:
            del self._minutes[self._minute]
        self._minute, self._current = minute, Counts()
        self._minutes[minute] = self._current
        if lost := [old for old in self._minutes if old <= minute - MOST_MINUTES]:
            logger.error(
                "statistics of %d minutes are lost, from %s on: they could not be delivered for 24 hours",
                len(lost),
                minute_name(min(lost)),
            )
            for old in lost:
                del self._minutes[old]


def _increase(counter: dict[str, int], name: str) -> None:
    counter[name] = counter.get(name, 0) + 1


def minute_name(minute: int) -> str:
    """Return what a minute is called in a report.

    :param minute: since 1970, UTC.
    """
    return datetime.fromtimestamp(minute * MINUTE_SECONDS, UTC).strftime(MINUTE_FORMAT)


def host_name(written: str) -> str:
    """Return what a host is called in statistics: its canonical name or its address, or :data:`OTHERS` if neither."""
    plain = canonical(written)
    return OTHERS if plain is None else _told(plain)


@lru_cache(MOST_NAMES_REMEMBERED)
def _told(plain: str) -> str:
    if not is_address(plain):
        return plain if len(plain) <= LONGEST_NAME else OTHERS
    try:
        return str(parse(plain.removeprefix("[").removesuffix("]")))
    except ValueError:
        return OTHERS  # an address in one of the notations of old, such as 0x7f.1


Send = Callable[[int, dict[str, Cell], bool], Awaitable[None]]
"""Delivers a report: its sequence, its cells, and whether it is the last one. May raise."""


class UnacceptableReportError(Exception):
    """The receiver will never take what was sent, so sending it again is of no use; the message says why."""


class Reporter:
    """Sends what is new, and a sign of life where nothing is.

    :param statistics: the counters.
    :param send: delivers a report.
    """

    def __init__(self, statistics: Statistics, send: Send) -> None:
        self._statistics = statistics
        self._send = send
        self._sequence = 0

    async def run(self, interval_seconds: float) -> None:
        """Report for ever, for the first time at once."""
        while True:
            await self.report()
            await asyncio.sleep(interval_seconds)

    async def report(self, *, last: bool = False) -> bool:
        """Report once; a failure is logged, and made up for by the next report.

        :param last: whether none will follow.
        :return: whether it was delivered.
        """
        news = self._statistics.news()
        cells = {minute_name(minute): cell for minute, (_, cell) in news.items()}
        self._sequence += 1
        try:
            async with asyncio.timeout(REPORT_TIMEOUT_SECONDS):
                await self._send(self._sequence, cells, last)
        except UnacceptableReportError as error:
            logger.error("statistics of %s are lost: %s", ", ".join(cells) or "no minute", error)  # noqa: TRY400
        except Exception as error:
            logger.warning("statistics report %d was not delivered: %s", self._sequence, str(error) or "timeout")
            return False
        self._statistics.delivered(news)
        return True

    async def finish(self) -> None:
        """Report everything that is left, for the last time."""
        try:
            async with asyncio.timeout(REPORT_TIMEOUT_SECONDS):
                while len(self._statistics.news()) == MOST_CELLS and await self.report():
                    pass
                await self.report(last=True)
        except TimeoutError:
            logger.warning("statistics were not all delivered before the end")
