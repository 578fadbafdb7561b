"""Each event counts once, whatever happens to reports, and to the clock by which they are named."""

from __future__ import annotations

import asyncio
import time

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from contract.statistics import MOST_CELLS, Cell
from slipway_proxy.statistics import (
    MOST_MINUTES,
    MOST_MINUTES_AHEAD,
    Reporter,
    Statistics,
    UnacceptableReportError,
    minute_name,
)
from tests.unit.ami_build.receiver import FIRST, NOON, SECOND, Clock, Receiver, cells


async def test_a_clock_that_is_set_back_reopens_nothing_that_was_delivered() -> None:
    clock, receiver = Clock(), Receiver()
    statistics = Statistics(clock)
    reporter = Reporter(statistics, receiver)
    for step in (60, 60, -90, -60, -3600, 30, 60):
        statistics.count_request()
        await reporter.report()
        clock.now += step
    statistics.count_request()
    await reporter.report()
    assert receiver.total.requests == 8


async def test_a_clock_that_was_days_ahead_costs_only_what_it_counted(caplog: pytest.LogCaptureFixture) -> None:
    clock, receiver = Clock(), Receiver(OSError("the signature is of another day"))
    clock.now += 3 * 86400
    statistics = Statistics(clock)
    reporter = Reporter(statistics, receiver)
    statistics.count_request()
    await reporter.report()
    clock.now = NOON
    for _ in range(4):
        statistics.count_request()
        await reporter.report()
        clock.now += 60
    assert "statistics of 1 minutes are lost, from 2026-11-25T12:00Z on" in caplog.text
    assert receiver.total.requests == 4
    assert min(receiver.cells) == FIRST


async def test_minutes_that_were_taken_for_delivered_far_ahead_keep_no_right_one_closed() -> None:
    clock, receiver = Clock(), Receiver()
    clock.now += 3 * 3600
    statistics = Statistics(clock)
    reporter = Reporter(statistics, receiver)
    for _ in range(MOST_MINUTES_AHEAD + 120):
        statistics.count_request()
        await reporter.report()
        clock.now += 60
    clock.now = NOON + 3 * 3600
    statistics.count_request()
    [minute] = cells(statistics)
    assert minute <= minute_name(int(clock.now) // 60 + MOST_MINUTES_AHEAD + 1)


async def test_only_what_is_new_is_sent_and_a_sign_of_life_always() -> None:
    clock, receiver = Clock(), Receiver()
    statistics = Statistics(clock)
    reporter = Reporter(statistics, receiver)
    await reporter.report()
    statistics.count_request()
    await reporter.report()
    await reporter.report()
    statistics.count_request()
    clock.now += 60
    statistics.count_request()
    await reporter.report()
    await reporter.report()
    assert [sequence for sequence, _, _ in receiver.reports] == [1, 2, 3, 4, 5]
    told = [{minute: cell.requests for minute, cell in sent.items()} for _, sent, _ in receiver.reports]
    assert told == [{}, {FIRST: 1}, {}, {FIRST: 2, SECOND: 1}, {}]


async def test_a_report_that_fails_is_made_up_for_by_the_next(caplog: pytest.LogCaptureFixture) -> None:
    receiver = Receiver(OSError("no way"), TimeoutError(), None)
    statistics = Statistics(Clock())
    statistics.count_request()
    reporter = Reporter(statistics, receiver)
    assert [await reporter.report() for _ in range(3)] == [False, False, True]
    assert [(sequence, sent[FIRST].requests) for sequence, sent, _ in receiver.reports] == [(3, 1)]
    assert "report 1 was not delivered: no way" in caplog.text
    assert "report 2 was not delivered: timeout" in caplog.text


async def test_what_is_counted_while_a_report_is_under_way_goes_with_the_next() -> None:
    statistics, receiver = Statistics(Clock()), Receiver()

    async def send(sequence: int, sent: dict[str, Cell], last: bool) -> None:
        if sequence == 1:
            statistics.count_request()
        await receiver(sequence, sent, last)

    statistics.count_request()
    reporter = Reporter(statistics, send)
    await reporter.report()
    await reporter.report()
    assert receiver.total.requests == 2


async def test_after_an_outage_the_oldest_minutes_go_first_and_nothing_is_missing() -> None:
    clock, receiver = Clock(), Receiver()
    statistics = Statistics(clock)
    for _ in range(MOST_CELLS + 5):
        statistics.count_request()
        clock.now += 60
    reporter = Reporter(statistics, receiver)
    await reporter.report()
    await reporter.report()
    assert [len(sent) for _, sent, _ in receiver.reports] == [MOST_CELLS, 5]
    assert min(receiver.reports[0][1]) == FIRST
    assert receiver.total.requests == MOST_CELLS + 5


async def test_what_could_not_be_delivered_for_a_day_is_lost_and_said_to_be(caplog: pytest.LogCaptureFixture) -> None:
    clock, receiver = Clock(), Receiver()
    statistics = Statistics(clock)
    for _ in range(MOST_MINUTES + 2):
        statistics.count_request()
        clock.now += 60
    assert f"statistics of 1 minutes are lost, from {SECOND} on" in caplog.text
    reporter = Reporter(statistics, receiver)
    while statistics.news():
        await reporter.report()
    assert receiver.total.requests == MOST_MINUTES - 1


async def test_what_has_grown_too_old_while_nothing_happened_takes_nothing_else_along(
    caplog: pytest.LogCaptureFixture,
) -> None:
    clock = Clock()
    statistics, receiver = Statistics(clock), Receiver()
    for _ in range(20):
        statistics.count_request()
        clock.now += 60
    clock.now = NOON + (MOST_MINUTES + 4) * 60
    await Reporter(statistics, receiver).report()
    assert f"statistics of 5 minutes are lost, from {FIRST} on" in caplog.text
    assert receiver.total.requests == 15
    assert min(receiver.cells) == "2026-11-22T12:05Z"


async def test_what_is_never_accepted_holds_nothing_up(caplog: pytest.LogCaptureFixture) -> None:
    receiver = Receiver(UnacceptableReportError("answered 422"))
    statistics = Statistics(Clock())
    statistics.count_request()
    reporter = Reporter(statistics, receiver)
    await reporter.report()
    await reporter.report()
    assert f"statistics of {FIRST} are lost: answered 422" in caplog.text
    assert [sent for _, sent, _ in receiver.reports] == [{}]


async def test_at_the_end_everything_goes_and_the_last_report_says_so() -> None:
    clock, receiver = Clock(), Receiver()
    statistics = Statistics(clock)
    for _ in range(2 * MOST_CELLS + 5):
        statistics.count_request()
        clock.now += 60
    await Reporter(statistics, receiver).finish()
    assert [(len(sent), last) for _, sent, last in receiver.reports] == [
        (MOST_CELLS, False),
        (MOST_CELLS, False),
        (5, True),
    ]


async def test_an_end_without_a_receiver_does_not_hang() -> None:
    statistics, receiver = Statistics(Clock()), Receiver(*[OSError("away")] * 3)
    statistics.count_request()
    await Reporter(statistics, receiver).finish()
    assert receiver.reports == []


async def test_it_reports_at_once_and_until_it_is_stopped() -> None:
    seen = asyncio.Event()

    async def send(sequence: int, _: dict[str, Cell], last: bool) -> None:
        if sequence == 3:
            seen.set()

    task = asyncio.create_task(Reporter(Statistics(time.time), send).run(0.001))
    await asyncio.wait_for(seen.wait(), 10)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


class Reporting(RuleBasedStateMachine):
    """Whatever happens to reports, each event counts once when the last has arrived, and never twice before."""

    def __init__(self) -> None:
        super().__init__()
        self.clock = Clock()
        self.statistics = Statistics(self.clock)
        self.receiver = Receiver()
        self.under_way: list[tuple[int, dict[str, Cell]]] = []
        self.fate = "arrives"
        self.reporter = Reporter(self.statistics, self.send)
        self.counted = 0

    async def send(self, sequence: int, sent: dict[str, Cell], last: bool) -> None:  # noqa: ARG002 - as the real one
        self.under_way.append((sequence, sent))  # a copy may come later, whatever became of this one
        if self.fate != "is lost":
            self.receiver.take(sequence, sent)
        if self.fate != "arrives":
            raise OSError

    @rule(events=st.integers(1, 3))
    def count(self, events: int) -> None:
        for _ in range(events):
            self.statistics.count_request()
            self.counted += 1

    @rule(seconds=st.sampled_from([-170, -90, -1, 30, 60, 600]))
    def pass_time(self, seconds: int) -> None:
        self.clock.now += seconds

    @rule(fate=st.sampled_from(["arrives", "is lost", "arrives without an answer"]))
    def report(self, fate: str) -> None:
        self.fate = fate
        asyncio.run(self.reporter.report())

    @rule(data=st.data())
    def deliver_again(self, data: st.DataObject) -> None:
        if self.under_way:
            self.receiver.take(*data.draw(st.sampled_from(self.under_way)))

    @invariant()
    def nothing_counts_twice(self) -> None:
        assert self.receiver.total.requests <= self.counted

    def teardown(self) -> None:
        self.fate = "arrives"
        asyncio.run(self.reporter.finish())
        assert self.receiver.total.requests == self.counted


Reporting.TestCase.settings = settings(max_examples=30, stateful_step_count=20, deadline=None)
TestReporting = Reporting.TestCase
