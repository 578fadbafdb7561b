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

from contract.busiest import busiest
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

MOST_MINUTES_AHEAD = 60
"""Proxy management takes nothing that lies further in the future."""

MOST_HOSTS_COUNTED = 500
"""Names in memory for one minute, of which a cell tells the busiest."""

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
            hosts=busiest({name: HostCount(*counts) for name, counts in self.hosts.items()}, MOST_HOSTS),
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
        self._told = self._minute = int(now()) // MINUTE_SECONDS
        self._current = Counts()
        self._minutes = {self._minute: self._current}
        self._closed: set[int] = set()

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
        name = host_name(host)
        counts = self._counts()
        counts.responses += 1
        _increase(counts.results, result.value)
        if result is Result.REFUSED:
            return
        changed = result in CHANGED
        if changed and mode is not None:
            _increase(counts.modes, mode.value)
        if name not in counts.hosts and len(counts.hosts) >= MOST_HOSTS_COUNTED:
            name = OTHERS
        of_host = counts.hosts.setdefault(name, [0, 0, 0])
        of_host[0] += 1
        of_host[1] += changed
        of_host[2] += result is Result.FAILED_OPEN
        counts.answering.add(milliseconds)

    def count_unanswered(self, result: Result) -> None:
        """Count a request that ended without a whole response.

        :param result: why.
        """
        _increase(self._counts().results, result.value)

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
        self._turn()
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
                self._close(minute)

    def _counts(self) -> Counts:
        """Return the current minute's, to which something is about to be added."""
        self._turn()
        self._current.changes += 1
        return self._current

    def _turn(self) -> None:
        """Turn to the minute of the clock or, if that one is closed, to the next that is not.

        A clock may be set, either way. A minute that was delivered and forgotten must not begin anew, or the new cell
        would replace what the old one counted.
        """
        minute = int(self._now()) // MINUTE_SECONDS
        if minute == self._told:
            return
        self._told = minute
        if self._current.changes == self._current.delivered:
            self._close(self._minute)
        earliest, latest = minute - MOST_MINUTES, minute + MOST_MINUTES_AHEAD
        self._drop([each for each in self._minutes if not earliest < each <= latest])
        # Others were never accepted, or will not come back.
        self._closed = {each for each in self._closed if earliest < each <= latest}
        while minute in self._closed:
            minute += 1
        self._minute, self._current = minute, self._minutes.setdefault(minute, Counts())

    def _close(self, minute: int) -> None:
        if self._minutes.pop(minute).delivered:
            self._closed.add(minute)

    def _drop(self, minutes: list[int]) -> None:
        if not minutes:
            return
        logger.error(
            "statistics of %d minutes are lost, from %s on: not delivered for 24 hours, or counted by a wrong clock",
            len(minutes),
            minute_name(min(minutes)),
        )
        for minute in minutes:
            del self._minutes[minute]


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
