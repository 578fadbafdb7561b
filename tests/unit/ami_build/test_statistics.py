"""What a process counts in a minute, and how it names it."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.headers import Result
from contract.modes import Mode
from contract.sketch import Sketch
from contract.statistics import MOST_HOSTS, MOST_REASONS, OTHERS, Cell, HostCount
from slipway_proxy.statistics import MOST_HOSTS_COUNTED, Statistics, host_name
from tests.unit.ami_build.receiver import FIRST, SECOND, Clock, cells

ANYTHING = st.text(st.characters(exclude_categories=()))  # halves of surrogate pairs and zero bytes, too


def test_a_cell_says_everything_about_its_minute_but_nobodys_path() -> None:
    statistics = Statistics(Clock())
    statistics.count_request()
    statistics.count_response(Result.TRANSFORMED, host="Example.ORG.", mode=Mode.XXX, milliseconds=20)
    statistics.count_response(Result.CACHED, host="example.org", mode=Mode.XXX, milliseconds=5)
    statistics.count_response(Result.PASSED_THROUGH, host="example.com", mode=Mode.OFF, milliseconds=1)
    statistics.count_response(Result.FAILED_OPEN, host="example.com", mode=Mode.XXX, milliseconds=9)
    statistics.count_response(Result.REFUSED, host="refused.example")
    statistics.count_failure("timeout")
    statistics.count_page(3)
    statistics.count_bytes(7)
    statistics.count_recycling()
    answering, transforming = Sketch(), Sketch()
    for value in (20, 5, 1, 9):
        answering.add(value)
    transforming.add(3)
    assert cells(statistics) == {
        FIRST: Cell(
            requests=1,
            responses=5,
            response_bytes=7,
            recycled=1,
            results={"transformed": 1, "cached": 1, "passed-through": 1, "failed-open": 1, "refused": 1},
            modes={"xxx": 2},
            hosts={"example.org": HostCount(2, 2, 0), "example.com": HostCount(2, 0, 1)},
            reasons={"timeout": 1},
            answering=answering,
            transforming=transforming,
        )
    }


def test_a_cell_has_a_bounded_number_of_names() -> None:
    statistics = Statistics(Clock())
    for number in range(MOST_HOSTS_COUNTED + 7):
        statistics.count_response(Result.CACHED, host=f"{number}.example", mode=Mode.XXX)
        statistics.count_failure(f"reason {number}")
    statistics.count_failure("x" * 10_000)
    cell = cells(statistics)[FIRST]
    assert len(cell.hosts) == MOST_HOSTS + 1
    assert sum(count.responses for count in cell.hosts.values()) == MOST_HOSTS_COUNTED + 7
    assert len(cell.reasons) == MOST_REASONS + 1
    assert sum(cell.reasons.values()) == MOST_HOSTS_COUNTED + 8


def test_a_crawler_that_comes_first_does_not_hide_the_busiest_host() -> None:
    statistics = Statistics(Clock())
    for number in range(MOST_HOSTS_COUNTED - 1):
        statistics.count_response(Result.PASSED_THROUGH, host=f"{number}.crawled.example")
    for _ in range(3):
        statistics.count_response(Result.CACHED, host="busy.example", mode=Mode.XXX)
    statistics.count_response(Result.CACHED, host="too-late.example", mode=Mode.XXX)
    hosts = cells(statistics)[FIRST].hosts
    assert next(iter(hosts.items())) == ("busy.example", HostCount(3, 3, 0))
    assert hosts[OTHERS] == HostCount(MOST_HOSTS_COUNTED - 1 - (MOST_HOSTS - 1) + 1, 1, 0)


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("WWW.Example.org.", "www.example.org"),
        ("b\u00fccher.example", "xn--bcher-kva.example"),
        ("192.0.2.1", "192.0.2.1"),
        ("[2001:DB8::1]", "2001:db8::1"),
        ("::1", "::1"),
        ("0x7f.1", OTHERS),
        ("192.0.2.1 <script>", OTHERS),
        ("<script>alert(1)</script>", OTHERS),
        ("a." * 200 + "example", OTHERS),
        ("a" * 100_000, OTHERS),
        ("", OTHERS),
        ("bad.example\0", OTHERS),
        ("\udcff.example", OTHERS),
    ],
)
def test_hosts_count_under_one_plain_name(written: str, told: str) -> None:
    assert host_name(written) == told


@given(host=ANYTHING)
def test_no_host_whatever_it_looks_like_makes_counts_disagree(host: str) -> None:
    statistics = Statistics(Clock())
    statistics.count_response(Result.CACHED, host=host, mode=Mode.XXX)
    [cell] = cells(statistics).values()
    assert [count.responses for count in cell.hosts.values()] == [cell.responses]


def test_what_had_no_whole_response_is_told_and_counts_as_none() -> None:
    statistics = Statistics(Clock())
    statistics.count_unanswered(Result.ORIGIN_FAILED)
    statistics.count_unanswered(Result.CLIENT_LEFT)
    assert cells(statistics)[FIRST] == Cell(results={"origin-failed": 1, "client-left": 1})


def test_each_minute_has_its_own_cell() -> None:
    clock = Clock()
    statistics = Statistics(clock)
    statistics.count_request()
    clock.now += 60
    statistics.count_request()
    statistics.count_request()
    assert {minute: cell.requests for minute, cell in cells(statistics).items()} == {FIRST: 1, SECOND: 2}


def test_counting_a_request_costs_microseconds() -> None:
    statistics, count = Statistics(time.time), 2000

    def seconds() -> float:
        began = time.perf_counter()
        for _ in range(count):
            statistics.count_request()
            statistics.count_page(12.5)
            statistics.count_response(Result.TRANSFORMED, host="www.example.org", mode=Mode.XXX, milliseconds=20.5)
            statistics.count_bytes(1000)
        return (time.perf_counter() - began) / count

    # Some 4 us where nothing else runs; the bound leaves room for machines that are slow or busy.
    assert min(seconds() for _ in range(5)) < 50e-6
