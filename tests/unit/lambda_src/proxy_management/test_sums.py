from datetime import UTC, datetime

import pytest

from contract.sketch import Sketch
from contract.statistics import OTHERS, Cell, HostCount, Report
from lambda_src.proxy_management.hours import Process
from lambda_src.proxy_management.reports import take_report
from lambda_src.proxy_management.sums import MOST_HOSTS, HourSum, key_of, sum_of_hour, sums_of
from lambda_src.proxy_management.trees import cell_of, tree_of

HOUR = "2026-11-21T22"
NOW = datetime(2026, 11, 21, 22, 30, tzinfo=UTC)
LATE = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
SUM = key_of(HOUR)


def told(store, process_id, sequence, cell, minute=f"{HOUR}:10Z", now=NOW):
    take_report(store, Process("i", process_id), Report(sequence, cells={minute: cell}), now)


def look(store):
    """Return what the hour's sum says now, and whether the objects were read for it."""
    listed = store.list_each([f"hours/{HOUR}/"])
    store.calls.clear()
    return cell_of(sums_of(store, {HOUR: listed})[HOUR]), store.calls["read"] > 1


def test_a_sum_is_made_once_and_read_from_then_on(store):
    told(store, "1", 1, Cell(5, hosts={"a.org": HostCount(5)}, answering=Sketch(1, {3: 4})))
    told(store, "2", 1, Cell(2, hosts={"a.org": HostCount(2)}, answering=Sketch(0, {3: 1})))
    expected = Cell(7, hosts={"a.org": HostCount(7)}, answering=Sketch(1, {3: 5}))
    assert look(store) == (expected, True)
    assert look(store) == (expected, False)


def test_a_late_report_of_a_known_process_is_in_it(store):
    told(store, "1", 1, Cell(5))
    look(store)
    told(store, "1", 2, Cell(6), f"{HOUR}:59Z", LATE)
    assert look(store) == (Cell(11), True)
    assert look(store) == (Cell(11), False)


def test_a_late_report_of_another_process_is_in_it(store):
    told(store, "1", 1, Cell(5))
    look(store)
    told(store, "2", 1, Cell(6), now=LATE)
    assert look(store) == (Cell(11), True)


def test_what_expired_takes_nothing_of_the_others_along(store):
    told(store, "1", 1, Cell(5))
    told(store, "2", 1, Cell(6))
    look(store)
    del store.objects[Process("i", "2").key(HOUR)]
    assert look(store)[0] == Cell(5)


def test_a_report_that_comes_while_it_is_made_is_found_missing(store):
    told(store, "1", 1, Cell(5))
    store.before_write = lambda: told(store, "1", 2, Cell(6))
    assert look(store)[0] == Cell(5)
    assert look(store) == (Cell(6), True)


def test_who_comes_second_is_not_disturbed(store):
    told(store, "1", 1, Cell(5))
    store.before_write = lambda: sum_of_hour(store, HOUR)
    assert look(store)[0] == Cell(5)
    assert look(store) == (Cell(5), False)


@pytest.mark.parametrize("data", [b"{broken", b"[]", b'{"parts": 1}', b'{"parts": {}, "cell": 1}'])
def test_a_sum_that_cannot_be_read_is_made_anew(store, data):
    told(store, "1", 1, Cell(5))
    store.objects[SUM] = data
    assert look(store) == (Cell(5), True)
    assert look(store) == (Cell(5), False)


def test_a_sum_without_what_cannot_be_read_holds_until_somebody_can(store):
    told(store, "1", 1, Cell(5))
    told(store, "2", 1, Cell(6))
    key = Process("i", "2").key(HOUR)
    store.objects[key], readable = b"{broken", store.objects[key]
    assert [look(store), look(store)] == [(Cell(5), True)] * 2
    store.objects[key] = readable
    assert look(store)[0] == Cell(11)


def test_an_hour_of_nobody_gets_no_sum(store):
    sum_of_hour(store, HOUR)
    assert not store.objects


def test_an_hour_is_summed_before_anybody_looks(store):
    told(store, "1", 1, Cell(5))
    sum_of_hour(store, HOUR)
    assert look(store) == (Cell(5), False)


def test_an_hour_that_somebody_is_about_is_left_to_them(store):
    told(store, "1", 1, Cell(5))
    store.before_write = lambda: sum_of_hour(store, HOUR)
    store.calls.clear()
    sum_of_hour(store, HOUR)
    assert store.calls["read"] == 2, "the sum and the object, for one of the two"
    assert look(store) == (Cell(5), False)


def test_an_hour_that_nobody_has_finished_is_summed_by_who_looks(store):
    told(store, "1", 1, Cell(5))
    store.write(SUM, HourSum({}, {}).to_json(), replaces=None)
    assert look(store) == (Cell(5), True)


def test_it_is_read_as_it_was_written():
    made = HourSum({"hours/x": '"1"'}, tree_of(Cell(1, hosts={"a.org": HostCount(1)}, transforming=Sketch(0, {1: 1}))))
    assert HourSum.from_json(made.to_json()) == made


def test_hosts_are_bounded_and_none_is_lost(store):
    for number in range(MOST_HOSTS // 50 + 1):
        hosts = {f"{number}-{each}.org": HostCount(1) for each in range(50)}
        told(store, str(number), 1, Cell(50, hosts=hosts))
    cell, _ = look(store)
    assert len(cell.hosts) == MOST_HOSTS + 1
    assert cell.hosts[OTHERS] == HostCount(50)
