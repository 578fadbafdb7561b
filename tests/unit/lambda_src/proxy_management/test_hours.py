import json
from datetime import UTC, datetime, timedelta, timezone

import pytest

from contract.sketch import Sketch
from contract.statistics import Cell, HostCount, Report
from lambda_src.proxy_management.hours import (
    Counted,
    Place,
    Process,
    ProcessHour,
    SignOfLife,
    UnreadableHourError,
    beginning,
    beginning_of_minute,
    hour_of,
    hour_of_minute,
)
from lambda_src.proxy_management.trees import tree_of

NOW = datetime(2026, 11, 21, 22, 41, 5, tzinfo=UTC)
MINUTE = "2026-11-21T22:41Z"
FULL = Cell(3, 2, 1000, 1, {"cached": 1}, {"xxx": 1}, {"a.org": HostCount(2, 1, 0)}, {"slow": 1}, Sketch(1, {9: 2}))


def life(sequence):
    return SignOfLife(sequence, NOW, 7, 3, ("html-service",), ended=True)


def test_names_of_times():
    there = datetime(2026, 11, 22, 1, 41, tzinfo=timezone(timedelta(hours=3)))
    assert hour_of(there) == hour_of_minute(MINUTE) == "2026-11-21T22"
    assert beginning("2026-11-21T22") == datetime(2026, 11, 21, 22, tzinfo=UTC)
    assert beginning_of_minute(MINUTE) == datetime(2026, 11, 21, 22, 41, tzinfo=UTC)


def test_a_key_says_whose_hour_it_is():
    process = Process("i-1", "4.2-x")
    key = process.key("2026-11-21T22")
    assert key == "hours/2026-11-21T22/i-1/4.2-x.json"
    assert Place.of(key) == Place("2026-11-21T22", process)


@pytest.mark.parametrize("key", ["sums/2026-11-21T22/i/1.json", "i-1/42.json", "hours/x/y/z/1.json", ""])
def test_other_keys_are_nobodys(key):
    assert Place.of(key) is None


def test_it_is_read_as_it_was_written():
    hour = ProcessHour({MINUTE: Counted(4, tree_of(FULL))}, life(4))
    assert ProcessHour.from_json(hour.to_json()) == hour
    assert ProcessHour.from_json(ProcessHour().to_json()) == ProcessHour()


def test_the_sign_of_life_is_in_the_report():
    assert SignOfLife.of(Report(4, 7, 3, ("html-service",), ended=True), NOW) == life(4)


@pytest.mark.parametrize(
    "data",
    [
        b"{broken", b"[]", b"{}", b'{"minutes": [], "life": null}', b'{"minutes": {"x": 1}, "life": null}',
        b'{"minutes": {"22:41": {"sequence": 1, "cell": {}}}, "life": null}',
        b'{"minutes": {"2026-11-21T22:41Z": {"sequence": 1, "cell": 5}}, "life": null}',
    ],
)  # fmt: skip
def test_what_is_no_hour_is_told(data):
    with pytest.raises(UnreadableHourError):
        ProcessHour.from_json(data)


def test_what_another_version_of_the_code_wrote_beside_it_does_no_harm():
    hour = ProcessHour({MINUTE: Counted(4, tree_of(FULL))}, life(4))
    values = json.loads(hour.to_json())
    values["life"]["cpu"] = values["minutes"][MINUTE]["seen"] = values["of"] = 3
    assert ProcessHour.from_json(json.dumps(values).encode()) == hour


@pytest.mark.parametrize("said", [{"at": 1}, {"at": "noon", "failing": []}, {"at": "2026-11-21", "failing": []}, [], 5])
def test_what_was_counted_hangs_on_no_sign_of_life(said):
    values = json.loads(ProcessHour({MINUTE: Counted(4, tree_of(FULL))}).to_json())
    values["life"] = said
    hour = ProcessHour.from_json(json.dumps(values).encode())
    assert hour == ProcessHour({MINUTE: Counted(4, tree_of(FULL))})


@pytest.mark.parametrize("sequence", [1, 2])
def test_an_older_or_repeated_report_changes_nothing(sequence):
    hour = ProcessHour().updated(2, {MINUTE: Cell(9)}, life(2))
    assert hour.updated(sequence, {MINUTE: Cell(1)}, life(sequence)) is hour


def test_a_newer_cell_replaces_and_other_minutes_stay():
    hour = ProcessHour().updated(1, {MINUTE: Cell(1), "2026-11-21T22:40Z": Cell(5)}, None)
    hour = hour.updated(3, {MINUTE: Cell(2)}, life(3))
    assert {minute: counted.cell["requests"] for minute, counted in hour.minutes.items()} == {
        MINUTE: 2,
        "2026-11-21T22:40Z": 5,
    }
    assert hour.life == life(3)


def test_an_older_report_may_bring_a_minute_that_is_not_there_yet():
    hour = ProcessHour().updated(3, {}, life(3)).updated(2, {MINUTE: Cell(1)}, life(2))
    assert hour.minutes[MINUTE] == Counted(2, tree_of(Cell(1)))
    assert hour.life.sequence == 3
