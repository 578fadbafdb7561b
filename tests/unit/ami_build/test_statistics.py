"""Counters and their reports."""

from __future__ import annotations

import asyncio

import pytest

from contract.headers import Result
from contract.modes import Mode
from contract.statistics import StatisticsSnapshot
from slipway_proxy.statistics import Reporter, Statistics


def test_only_changed_pages_count_for_a_mode() -> None:
    statistics = Statistics()
    statistics.count_request()
    statistics.count_response(Result.TRANSFORMED, Mode.XXX)
    statistics.count_response(Result.CACHED, Mode.XXX)
    statistics.count_response(Result.FAILED_OPEN, Mode.XXX)
    statistics.count_response(Result.REFUSED)
    statistics.count_bytes(7)
    assert statistics.snapshot(3) == StatisticsSnapshot(
        sequence=3,
        requests=1,
        responses=4,
        response_bytes=7,
        results={"transformed": 1, "cached": 1, "failed-open": 1, "refused": 1},
        modes={"xxx": 2},
    )


async def test_only_news_is_reported() -> None:
    sent: list[StatisticsSnapshot] = []
    statistics = Statistics()

    async def send(snapshot: StatisticsSnapshot) -> None:
        sent.append(snapshot)

    reporter = Reporter(statistics, send)
    await reporter.report()
    await reporter.report()
    statistics.count_request()
    await reporter.report()
    await reporter.report()
    assert [(snapshot.sequence, snapshot.requests) for snapshot in sent] == [(1, 0), (2, 1)]


async def test_a_report_that_fails_is_made_up_for_by_the_next(caplog: pytest.LogCaptureFixture) -> None:
    sent: list[StatisticsSnapshot] = []
    failures = iter([OSError("no way"), TimeoutError(), None])

    async def send(snapshot: StatisticsSnapshot) -> None:
        if (failure := next(failures)) is not None:
            raise failure
        sent.append(snapshot)

    reporter = Reporter(Statistics(), send)
    for _ in range(3):
        await reporter.report()
    assert [snapshot.sequence for snapshot in sent] == [3]
    assert "report 1 was not delivered: no way" in caplog.text
    assert "report 2 was not delivered: timeout" in caplog.text


async def test_it_reports_until_it_is_stopped() -> None:
    seen = asyncio.Event()
    statistics = Statistics()

    async def send(snapshot: StatisticsSnapshot) -> None:
        statistics.count_request()
        if snapshot.sequence == 3:
            seen.set()

    task = asyncio.create_task(Reporter(statistics, send).run(0.001))
    await asyncio.wait_for(seen.wait(), 10)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
