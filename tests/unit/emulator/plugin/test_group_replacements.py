"""Replacements under way, as a group's record keeps them."""

from __future__ import annotations

import pytest

from emulator.plugin import clock, group_replacements
from emulator.scaling.group import Group, Member


@pytest.fixture(autouse=True)
def started():
    clock.use(lambda: 1000.0)


@pytest.fixture
def record():
    made = {
        "InstanceRefreshes": [{"InstanceRefreshId": "one", "Status": "Pending", "StatusReason": "", "Preferences": {}}]
    }
    group_replacements.begin(made, ["i-1", "i-2"], refresh="one", minimum_percent=50)
    return made


def group(*names: str, state: str = "InService") -> Group:
    members = tuple(Member(name, state, since=0.0, template="lt 1", machine="running") for name in names)
    return Group(template="lt 1", desired=2, maximum=4, members=members)


def silent(_alarm: str) -> bool:
    return False


def status(record) -> tuple[str, int]:
    refresh = record["InstanceRefreshes"][0]
    return refresh["Status"], refresh["PercentageComplete"]


def test_only_instances_that_are_there_are_outdated(record):
    assert group_replacements.of(record, group("i-1", "i-3")).outdated == {"i-1"}
    assert group_replacements.of(record, group("i-1", state="Terminating")).outdated == frozenset()
    assert group_replacements.of({}, group("i-1")) is None


def test_refresh_tells_how_far_it_is_and_ends_when_all_serve(record):
    group_replacements.progress(record, group("i-1", "i-3"), 1000.0, silent)
    assert status(record) == ("InProgress", 50)

    group_replacements.progress(record, group("i-3", "i-4", state="Pending"), 1000.0, silent)
    assert status(record)[0] == "InProgress"

    group_replacements.progress(record, group("i-3", "i-4"), 1000.0, silent)
    assert status(record) == ("Successful", 100)
    assert group_replacements.KEY not in record


def test_update_of_a_stack_ends_without_a_refresh():
    record = {}
    group_replacements.begin(record, ["i-1"], minimum=1)

    assert group_replacements.of(record, group("i-1", "i-2")).minimum == 1
    assert group_replacements.progress(record, group("i-2", "i-3"), 1000.0, silent) == 1
    assert record == {}


def test_refresh_fails_when_one_of_its_alarms_rings(record):
    record["InstanceRefreshes"][0]["Preferences"] = {"AlarmSpecification": {"Alarms": ["quiet", "loud"]}}

    assert group_replacements.progress(record, group("i-1", "i-3"), 1000.0, lambda alarm: alarm == "loud") == 1

    assert record["InstanceRefreshes"][0]["Status"] == "Failed"
    assert record["InstanceRefreshes"][0]["StatusReason"].endswith("in the ALARM state: loud.")
    assert group_replacements.KEY not in record
