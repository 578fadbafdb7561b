"""What one period of a metric says."""

from __future__ import annotations

import pytest

from emulator.alarms.statistics import (
    StatisticError,
    merged,
    percentile,
    sample,
    statistic_of,
    statistic_set,
    trimmed_mean,
)

FIVE = merged(sample(value) for value in (5.0, 1.0, 3.0, 2.0, 4.0))


@pytest.mark.parametrize(
    ("statistic", "value"),
    [
        ("SampleCount", 5.0),
        ("Sum", 15.0),
        ("Average", 3.0),
        ("Minimum", 1.0),
        ("Maximum", 5.0),
        ("p0", 1.0),
        ("p50", 3.0),
        ("p90", 4.6),
        ("p100", 5.0),
        ("tm80", 2.5),
    ],
)
def test_statistics_of_samples(statistic: str, value: float):
    assert statistic_of(FIVE, statistic) == pytest.approx(value)


def test_a_value_that_was_seen_often_weighs_as_often():
    period = merged((sample(1.0, count=9.0), sample(100.0)))

    assert statistic_of(period, "Average") == pytest.approx(10.9)
    assert statistic_of(period, "p50") == 1.0


def test_a_statistic_set_has_no_percentiles_unless_all_its_values_are_the_same():
    assert statistic_of(statistic_set(2.0, 5.0, 2.0, 3.0), "Average") == 2.5
    assert statistic_of(statistic_set(2.0, 5.0, 2.0, 3.0), "p90") is None
    assert statistic_of(statistic_set(2.0, 6.0, 3.0, 3.0), "p90") == 3.0


def test_negative_values_have_no_percentiles():
    assert statistic_of(merged((sample(-1.0), sample(1.0))), "p50") is None


def test_no_samples_are_no_value():
    assert statistic_of(statistic_set(0.0, 0.0, 0.0, 0.0), "Average") is None


def test_many_different_values_take_little_memory_and_little_truth():
    period = merged(sample(float(value)) for value in range(1, 10_001))

    assert len(period.values or {}) < 1000
    assert statistic_of(period, "p95") == pytest.approx(9500, rel=0.06)
    assert statistic_of(period, "Average") == 5000.5


def test_a_statistic_that_is_not_known_is_refused_with_those_that_are():
    with pytest.raises(StatisticError, match=r"'iqm' is not emulated.*p95"):
        statistic_of(FIVE, "iqm")


def test_percentile_and_trimmed_mean_of_one_value():
    assert percentile({7.0: 1.0}, 0.99) == 7.0
    assert trimmed_mean({7.0: 1.0}, 0.1) == 7.0
