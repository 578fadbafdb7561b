"""Metrics over time, and how they are bounded."""

from __future__ import annotations

import json

import emulator.alarms.store
from emulator.alarms.statistics import sample, statistic_of
from emulator.alarms.store import DAY, HOUR, MINUTE, MetricStore, metric

NOW = 1_800_000_000
CALLS = metric("Shop", "Calls", {"Page": "home", "Country": "lu"})


def sums(store: MetricStore, period: int, start: int, end: int, unit: str | None = None) -> dict[int, float | None]:
    return {
        time - start: statistic_of(value, "Sum") for time, value in store.read(CALLS, unit, period, start, end).items()
    }


def test_values_are_kept_per_minute_or_per_second():
    store = MetricStore()
    store.put(CALLS, "Count", NOW + 61.5, sample(1.0))
    store.put(CALLS, "Count", NOW + 119, sample(2.0))
    store.put(CALLS, "Count", NOW + 130, sample(4.0), resolution=1)

    assert sums(store, 60, NOW, NOW + 180) == {60: 3.0, 120: 4.0}
    assert sums(store, 10, NOW, NOW + 180) == {60: 3.0, 130: 4.0}
    assert sums(store, 180, NOW, NOW + 180) == {0: 7.0}
    assert len(store) == 2


def test_end_of_a_range_is_not_in_it():
    store = MetricStore()
    store.put(CALLS, "Count", NOW, sample(1.0))

    assert sums(store, 60, NOW - 60, NOW) == {}


def test_dimensions_are_exact_and_their_order_says_nothing():
    store = MetricStore()
    store.put(metric("Shop", "Calls", {"Country": "lu", "Page": "home"}), "Count", NOW, sample(1.0))
    store.put(metric("Shop", "Calls", {"Page": "home"}), "Count", NOW, sample(2.0))
    store.put(metric("Shop", "Calls", {}), "Count", NOW, sample(4.0))

    assert sums(store, 60, NOW, NOW + 60) == {0: 1.0}
    assert len(store.metrics(since=NOW)) == 3


def test_units_stand_apart_and_together():
    store = MetricStore()
    store.put(CALLS, "Count", NOW, sample(1.0))
    store.put(CALLS, "Seconds", NOW, sample(2.0))

    assert sums(store, 60, NOW, NOW + 60, unit="Seconds") == {0: 2.0}
    assert sums(store, 60, NOW, NOW + 60) == {0: 3.0}
    assert store.units(CALLS) == ["Count", "Seconds"]


def test_old_values_become_coarser_and_then_go():
    store = MetricStore()
    for age in (30, 4 * HOUR, 4 * HOUR - 20, 2 * DAY, 2 * DAY - MINUTE, 5 * DAY, 5 * DAY - MINUTE, 16 * DAY):
        store.put(CALLS, "Count", NOW - age, sample(1.0), resolution=1)

    store.trim(NOW)

    assert sums(store, 1, NOW - 20 * DAY, NOW) == {
        20 * DAY - 30: 1.0, 20 * DAY - 4 * HOUR: 2.0, 18 * DAY: 2.0, 15 * DAY: 2.0,
    }  # fmt: skip


def test_a_long_run_with_a_value_in_each_second_stays_small():
    store = MetricStore()
    for second in range(0, 8 * HOUR):
        store.put(CALLS, "Count", NOW - second, sample(1.0), resolution=1)

    store.trim(NOW)

    values = store.read(CALLS, "Count", 1, NOW - DAY, NOW + 1)
    assert len(values) < 3 * HOUR + 5 * 60 + 2
    assert sum(value.total for value in values.values()) == 8 * HOUR


def test_too_many_metrics_push_out_those_without_new_values():
    store = MetricStore()
    store.put(CALLS, "Count", NOW - HOUR, sample(1.0))
    for number in range(emulator.alarms.store.METRICS):
        store.put(metric("Shop", "Calls", {"Visitor": str(number)}), "Count", NOW, sample(1.0))

    store.trim(NOW)

    assert CALLS not in store.metrics(since=0)
    assert len(store.metrics(since=0)) == emulator.alarms.store.METRICS


def saved_and_loaded(store: MetricStore) -> MetricStore:
    restored = MetricStore()
    restored.load(json.loads(json.dumps(store.state())))
    return restored


def test_saved_values_come_back():
    store = MetricStore()
    store.put(CALLS, "Count", NOW, sample(1.5))

    restored = saved_and_loaded(store)

    assert restored.read(CALLS, "Count", 60, NOW, NOW + 60) == store.read(CALLS, "Count", 60, NOW, NOW + 60)
    assert restored.metrics(since=0) == [CALLS]


def test_old_values_are_packed_once_and_come_back_with_what_was_added_to_them():
    store = MetricStore()
    for ago in range(0, 10 * HOUR, MINUTE):
        store.put(CALLS, "Count", NOW - ago, sample(1.0))
    store.trim(NOW)
    [[*_metric, packed, new]] = store.state()
    store.put(CALLS, "Count", NOW - 5 * HOUR, sample(1.0))

    assert len(new) <= 61
    assert len(packed) < 6000
    for made in (store, saved_and_loaded(store)):
        values = made.read(CALLS, "Count", DAY, NOW - DAY + 60, NOW + 60)
        assert [value.total for value in values.values()] == [601.0]
