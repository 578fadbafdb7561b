import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise

import pytest

from contract.fleet_settings import MOST_BLOCKED_HOSTS, FleetSettings
from lambda_src.proxy_management.settings_history import (
    FRESH_SECONDS,
    MOST_TOLD,
    Difference,
    Entry,
    FreshSettings,
    OutdatedChangeError,
    SettingsHistory,
)
from lambda_src.shared.errors import InvalidInputError, UnavailableError

NOW = datetime(2026, 11, 21, 22, 41, 30, tzinfo=UTC)
FIRST = FleetSettings(default_mode="dict")


@pytest.fixture
def history(store):
    return SettingsHistory(store)


def change(history, base, wanted, who="ada", note=""):
    return history.change(base, wanted, who=who, note=note, now=NOW)


def test_before_the_first_change_nothing_is_set(history):
    assert history.newest() == Entry(FleetSettings())
    assert history.entries(at_most=10) == []


def test_changes_follow_each_other(history):
    first = change(history, 0, FIRST, note="for the demonstration")
    second = change(history, 1, replace(FIRST, ratings={"xxx-negative": 0.5}), "bob")
    assert first.changes == (Difference("default_mode", None, "dict"),)
    assert second.changes == (Difference("ratings", {}, {"xxx-negative": 0.5}),)
    assert (first.version, first.who, first.when, first.note) == (1, "ada", NOW, "for the demonstration")
    assert history.newest() == second
    assert history.entries(at_most=10) == [second, first]


def test_the_newest_of_many_is_found_with_two_calls(history, store):
    for base in range(12):
        change(history, base, FleetSettings(blocked_hosts=(f"{base}.org",)))
    store.calls.clear()
    assert history.newest().settings == FleetSettings(12, blocked_hosts=("11.org",))
    assert store.calls == {"list": 1, "read": 1}
    assert [entry.version for entry in history.entries(before=10, at_most=3)] == [9, 8, 7]


def test_hosts_are_kept_in_order_and_once(history):
    made = change(history, 0, FleetSettings(blocked_hosts=("b.org", "*.a.org", "b.org")))
    assert made.settings.blocked_hosts == ("*.a.org", "b.org")


def test_a_change_that_changes_nothing_makes_no_version(history):
    first = change(history, 0, FIRST)
    assert change(history, 1, FIRST, "bob") == first
    assert history.newest() == first


@pytest.mark.parametrize("base", [0, 7])
def test_an_outdated_change_says_who_changed_what(history, base):
    change(history, 0, FIRST)
    second = change(history, 1, FleetSettings(), "bob")
    with pytest.raises(OutdatedChangeError) as refused:
        change(history, base, FleetSettings(default_mode="xxx"), "eve")
    assert refused.value.newest == second
    assert f"starts from version {base}, and the newest is 2" in refused.value.message
    if base == 0:
        assert [entry.who for entry in refused.value.meanwhile] == ["bob", "ada"]
        assert "version 2 by bob" in refused.value.details[0].message
        assert "changed default_mode" in refused.value.details[0].message
    assert refused.value.details[0].allowed == 2
    assert history.newest() == second


def test_an_outdated_change_is_told_of_the_last_changes_only(history):
    for base in range(MOST_TOLD + 5):
        change(history, base, FleetSettings(blocked_hosts=(f"{base}.org",)))
    with pytest.raises(OutdatedChangeError) as refused:
        change(history, 1, FIRST)
    assert len(refused.value.details) == MOST_TOLD


def test_the_same_change_again_returns_what_it_made(history):
    first = change(history, 0, FIRST, note="why")
    assert change(history, 0, FIRST, note="why") == first
    change(history, 1, FleetSettings(), "bob")
    with pytest.raises(OutdatedChangeError) as refused:
        change(history, 0, FIRST, note="why")
    assert refused.value.newest.version == 2, "what it made does not hold any more"


def test_a_write_that_is_refused_though_nobody_has_written_is_tried_again(history, store):
    writes = iter([False, True])
    write, store.write = store.write, lambda *args, **kwargs: next(writes) and write(*args, **kwargs)
    assert change(history, 0, FIRST).version == 1
    store.write = lambda *_, **__: False
    with pytest.raises(UnavailableError, match="others are changing the settings") as refused:
        change(history, 1, FleetSettings())
    assert refused.value.code == "contended"


@pytest.mark.parametrize(
    ("who", "note", "wanted"), [("bob", "why", FIRST), ("ada", "", FIRST), ("ada", "why", FleetSettings())]
)
def test_another_change_from_the_same_base_is_not_the_same(history, who, note, wanted):
    change(history, 0, FIRST, note="why")
    with pytest.raises(OutdatedChangeError):
        change(history, 0, wanted, who, note)


def test_who_slips_in_between_wins(history, store):
    store.before_write = lambda: change(history, 0, FIRST, "bob")
    with pytest.raises(OutdatedChangeError) as refused:
        change(history, 0, FleetSettings(default_mode="xxx"))
    assert [entry.who for entry in refused.value.meanwhile] == ["bob"]


def test_of_many_changes_at_once_each_version_has_one(history):
    def try_until_done(number):
        base = 0
        while True:
            try:
                return change(history, base, FleetSettings(blocked_hosts=(f"{number}.org",)), f"user-{number}").version
            except OutdatedChangeError as error:
                base = error.newest.version

    with ThreadPoolExecutor(20) as people:
        made = list(people.map(try_until_done, range(20)))
    assert sorted(made) == list(range(1, 21))
    entries = history.entries(at_most=100)
    assert [entry.version for entry in entries] == list(range(20, 0, -1))
    assert {entry.who for entry in entries} == {f"user-{number}" for number in range(20)}
    for newer, older in pairwise(entries):
        assert newer.changes[0].before == list(older.settings.blocked_hosts), "each saw what it changed"


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        (FleetSettings(default_mode="shout"), "default_mode"),
        (FleetSettings(ratings={"xxx": 0.5}), "ratings"),
        (FleetSettings(blocked_hosts=("a",) * (MOST_BLOCKED_HOSTS + 1)), "501 entries"),
    ],
)
def test_what_no_proxy_would_take_is_refused(history, wanted, words):
    with pytest.raises(InvalidInputError, match=words):
        change(history, 0, wanted)
    assert history.newest().version == 0


def test_settings_of_a_newer_version_of_the_code_can_be_seen_and_changed(history, store):
    change(history, 0, FIRST)
    (key,) = store.objects
    store.objects[key] = store.objects[key].replace(b'"dict"', b'"shout"')
    assert history.newest().settings.default_mode == "shout"
    assert change(history, 1, FIRST).changes == (Difference("default_mode", "shout", "dict"),)


def test_a_version_from_before_a_setting_was_added_can_be_read(history, store):
    change(history, 0, replace(FIRST, blocked_hosts=("a.org",)))
    (key,) = store.objects
    values = json.loads(store.objects[key])
    del values["settings"]["ratings"]
    values["changes"][0]["why"] = "added later"
    store.objects[key] = json.dumps(values).encode()
    assert history.newest().settings == FleetSettings(1, "dict", ("a.org",))
    assert change(history, 1, FleetSettings()).version == 2


@pytest.mark.parametrize("data", [b"{broken", b"[]", b"{}", json.dumps({"settings": 5}).encode()])
def test_what_is_no_version_is_told(history, store, data):
    store.objects["999999998.json"] = data
    with pytest.raises(UnavailableError, match="configuration bucket"):
        history.newest()


@pytest.fixture
def now():
    return [100.0]


@pytest.fixture
def fresh(history, now):
    return FreshSettings(history, lambda: now[0])


def test_reports_are_answered_with_what_was_found_lately(fresh, history, store, now):
    assert fresh.newer_than(0) is None
    change(history, 0, FIRST)
    store.calls.clear()
    now[0] += FRESH_SECONDS - 0.01
    assert fresh.newer_than(0) is None
    assert not store.calls
    now[0] += 0.01
    assert fresh.newer_than(0) == replace(FIRST, version=1)
    assert fresh.newer_than(1) is None
    assert fresh.newer_than(2) is None
    assert store.calls == {"list": 1, "read": 2}


def test_while_nothing_changes_a_look_is_one_read(fresh, history, store, now):
    change(history, 0, FIRST)
    assert fresh.newer_than(0).version == 1
    store.calls.clear()
    now[0] += FRESH_SECONDS
    assert fresh.newer_than(0).version == 1
    assert store.calls == {"read": 1}


def test_several_changes_at_once_are_all_seen(fresh, history, now):
    fresh.newer_than(0)
    change(history, 0, FIRST)
    change(history, 1, FleetSettings())
    now[0] += FRESH_SECONDS
    assert fresh.newer_than(0) == FleetSettings(2)
