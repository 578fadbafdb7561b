import json
import random
from datetime import UTC, datetime, timedelta

import pytest

from contract.statistics import Cell, Report
from lambda_src.proxy_management.hours import Process, ProcessHour
from lambda_src.proxy_management.reports import MOST_ATTEMPTS, Taken, take_report
from lambda_src.shared.errors import UnavailableError

NOW = datetime(2026, 11, 21, 22, 0, 30, tzinfo=UTC)
PROCESS = Process("i-1", "1")
CURRENT = PROCESS.key("2026-11-21T22")
BEFORE = PROCESS.key("2026-11-21T21")
MINUTE = "2026-11-21T22:00Z"


def report(sequence, requests, minute=MINUTE):
    return Report(sequence, cells={minute: Cell(requests)})


def requests(store, key=CURRENT):
    hour = ProcessHour.from_json(store.objects[key])
    return {minute[11:16]: counted.cell["requests"] for minute, counted in hour.minutes.items()}


def test_the_first_report_of_an_hour_is_told(store):
    assert take_report(store, PROCESS, report(1, 5), NOW) == Taken(is_first=True)
    assert take_report(store, PROCESS, report(2, 6), NOW) == Taken(is_first=False)
    assert take_report(store, PROCESS, Report(3), NOW + timedelta(hours=1)).is_first
    assert requests(store) == {"22:00": 6}


def test_the_first_report_of_an_hour_is_told_though_the_clock_of_the_process_was_ahead(store):
    take_report(store, PROCESS, report(1, 5), NOW - timedelta(minutes=1))
    assert requests(store) == {"22:00": 5}, "it lies in the hour that has not begun"
    assert take_report(store, PROCESS, report(2, 6), NOW).is_first


def test_cells_lie_in_the_hours_of_their_minutes(store):
    cells = {"2026-11-21T21:59Z": Cell(1), MINUTE: Cell(2)}
    take_report(store, PROCESS, Report(1, cells=cells), NOW)
    assert (requests(store, BEFORE), requests(store)) == ({"21:59": 1}, {"22:00": 2})
    assert ProcessHour.from_json(store.objects[BEFORE]).life is None, "only the present hour shows that it lives"


def test_a_report_without_cells_is_a_sign_of_life(store):
    take_report(store, PROCESS, Report(1, running=4, settings_version=2, failing=("html-service",)), NOW)
    life = ProcessHour.from_json(store.objects[CURRENT]).life
    assert (life.sequence, life.at, life.running, life.settings_version) == (1, NOW, 4, 2)
    assert life.failing == ("html-service",)


def test_a_repeated_report_writes_nothing(store):
    take_report(store, PROCESS, report(1, 5), NOW)
    store.calls.clear()
    take_report(store, PROCESS, report(1, 5), NOW)
    assert store.calls == {"read": 1}


@pytest.mark.parametrize("seed", range(5))
def test_the_order_of_reports_does_not_matter(store, seed):
    reports = [report(number, number * 10) for number in range(1, 10)] * 2
    random.Random(seed).shuffle(reports)  # noqa: S311 - order, not secrets
    for each in reports:
        take_report(store, PROCESS, each, NOW)
    assert requests(store) == {"22:00": 90}


@pytest.mark.parametrize(("slips_in", "stays"), [(report(9, 9), 9), (report(3, 3), 5)])
@pytest.mark.parametrize("was_there", [False, True])
def test_whatever_slips_in_between_the_newest_cell_stays(store, slips_in, stays, was_there):
    if was_there:
        take_report(store, PROCESS, report(1, 1), NOW)
    store.before_write = lambda: take_report(store, PROCESS, slips_in, NOW)
    take_report(store, PROCESS, report(5, 5), NOW)
    assert requests(store) == {"22:00": stays}


def test_another_minute_that_slips_in_between_stays(store):
    store.before_write = lambda: take_report(store, PROCESS, report(2, 2, "2026-11-21T22:01Z"), NOW)
    take_report(store, PROCESS, report(1, 1), NOW)
    assert requests(store) == {"22:00": 1, "22:01": 2}


@pytest.mark.parametrize("unreadable", [CURRENT, BEFORE])
def test_what_cannot_be_read_stays_and_the_other_hours_are_kept(store, unreadable):
    store.objects[unreadable] = b"{broken"
    cells = {"2026-11-21T21:59Z": Cell(1), MINUTE: Cell(2)}
    assert take_report(store, PROCESS, Report(1, cells=cells), NOW).unreadable == (unreadable,)
    assert store.objects[unreadable] == b"{broken"
    (other,) = {CURRENT, BEFORE} - {unreadable}
    assert sum(requests(store, other).values()) > 0


def test_what_a_newer_version_of_the_code_has_counted_outlives_a_report_to_an_older_one(store):
    take_report(store, PROCESS, report(1, 5), NOW)
    values = json.loads(store.objects[CURRENT])
    values["life"]["cpu"] = 3
    store.objects[CURRENT] = json.dumps(values).encode()
    take_report(store, PROCESS, report(2, 6, "2026-11-21T22:01Z"), NOW)
    assert requests(store) == {"22:00": 5, "22:01": 6}


def test_endless_contention_is_told(store):
    store.write = lambda *_, **__: False
    with pytest.raises(UnavailableError, match="i-1/1"):
        take_report(store, PROCESS, report(1, 1), NOW)
    assert store.calls["read"] == MOST_ATTEMPTS
