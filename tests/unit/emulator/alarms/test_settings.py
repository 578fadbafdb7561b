"""Reading alarms, and what they see of a metric as time goes by."""

from __future__ import annotations

from typing import Any

import pytest

from emulator.alarms.evaluation import State, judge
from emulator.alarms.queries import QueryError
from emulator.alarms.settings import SettingsError, points, read
from emulator.alarms.statistics import sample
from emulator.alarms.store import MetricStore, metric

NOW = 1_800_000_000
ERRORS = metric("AWS/Lambda", "Errors", {"FunctionName": "f"})
ALARM: dict[str, Any] = {
    "Namespace": "AWS/Lambda",
    "MetricName": "Errors",
    "Dimensions": [{"Name": "FunctionName", "Value": "f"}],
    "Statistic": "Sum",
    "Period": 60,
    "EvaluationPeriods": 1,
    "Threshold": 1,
    "ComparisonOperator": "GreaterThanOrEqualToThreshold",
    "TreatMissingData": "notBreaching",
}
SHARE: dict[str, Any] = {
    "EvaluationPeriods": 1,
    "Threshold": 50,
    "ComparisonOperator": "GreaterThanThreshold",
    "Metrics": [
        {"Id": "share", "Expression": "100 * e / FILL(i, 1)"},
        {"Id": "e", "ReturnData": False,
         "MetricStat": {"Metric": {key: ALARM[key] for key in ("Namespace", "MetricName", "Dimensions")},
                        "Period": 60, "Stat": "Sum"}},
        {"Id": "i", "ReturnData": False,
         "MetricStat": {"Metric": {"Namespace": "AWS/Lambda", "MetricName": "Invocations", "Dimensions": []},
                        "Period": 60, "Stat": "Sum"}},
    ],
}  # fmt: skip


def state(request: dict[str, Any], store: MetricStore, now: float, current: State = State.OK) -> State:
    settings = read(request)
    return judge(settings.rule, points(settings, store, now), current).state


def test_an_error_in_the_running_minute_fires_at_once_and_clears_when_it_has_passed():
    store = MetricStore()
    store.put(ERRORS, "Count", NOW + 5, sample(1.0))

    assert state(ALARM, store, NOW + 6) == State.ALARM
    assert [state(ALARM, store, NOW + 60 * minute) for minute in (1, 2, 3, 4)] == [
        State.ALARM, State.ALARM, State.ALARM, State.OK,
    ]  # fmt: skip


def test_a_minute_with_calls_but_without_errors_clears_it_when_that_is_over():
    store = MetricStore()
    store.put(ERRORS, "Count", NOW + 5, sample(1.0))
    store.put(ERRORS, "Count", NOW + 65, sample(0.0))

    assert state(ALARM, store, NOW + 70) == State.ALARM
    assert state(ALARM, store, NOW + 120) == State.OK


def test_an_average_waits_for_the_end_of_its_period():
    store = MetricStore()
    store.put(ERRORS, "Count", NOW + 5, sample(1.0))
    average = {**ALARM, "Statistic": "Average"}

    assert state(average, store, NOW + 59) == State.OK
    assert state(average, store, NOW + 60) == State.ALARM


def test_other_dimensions_do_not_fire_it():
    store = MetricStore()
    store.put(metric("AWS/Lambda", "Errors", {"FunctionName": "g"}), "Count", NOW + 5, sample(1.0))

    assert state(ALARM, store, NOW + 60) == State.OK


def test_other_units_do_not_fire_it_if_it_names_one():
    store = MetricStore()
    store.put(ERRORS, "Count", NOW + 5, sample(1.0))

    assert state({**ALARM, "Unit": "Seconds"}, store, NOW + 60) == State.OK
    assert state({**ALARM, "Unit": "Count"}, store, NOW + 60) == State.ALARM


def test_an_alarm_on_an_expression():
    store = MetricStore()
    store.put(ERRORS, "Count", NOW, sample(3.0))
    store.put(metric("AWS/Lambda", "Invocations", {}), "Count", NOW, sample(4.0))

    assert state(SHARE, store, NOW + 60) == State.ALARM
    assert read(SHARE).watched.name == "share"
    assert state({**SHARE, "Threshold": 75}, store, NOW + 60) == State.OK


def test_an_expression_that_gives_several_series_cannot_be_compared():
    several = {**SHARE, "Metrics": [{"Id": "share", "Expression": "METRICS()"}, *SHARE["Metrics"][1:]]}

    with pytest.raises(QueryError, match="gives 2 series, and an alarm compares one"):
        state(several, MetricStore(), NOW)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"Period": 45}, "The Period 45 must be 10, 20, 30, or a multiple of 60"),
        ({"DatapointsToAlarm": 2}, "from 1 to EvaluationPeriods, which is 1"),
        ({"EvaluationPeriods": 1441}, "more than 86400 seconds"),
        ({"Threshold": None}, "Threshold is required"),
        ({"ComparisonOperator": "GreaterThanUpperThreshold"}, "'GreaterThanUpperThreshold' is not emulated"),
        ({"TreatMissingData": "sometimes"}, "'sometimes' for parameter TreatMissingData is none of"),
        ({"ExtendedStatistic": "p90"}, "either Statistic or ExtendedStatistic"),
        ({"Statistic": None, "ExtendedStatistic": "wm"}, "the statistic 'wm' is not emulated"),
        ({"Statistic": "p90"}, "The statistic 'p90' is none of"),
        ({"Namespace": None}, "Namespace is required"),
        ({"MetricName": None}, "either MetricName or Metrics"),
        ({"MetricName": None, "Metrics": SHARE["Metrics"][1:]}, "0 of the 2 do"),
        ({"MetricName": None, "Metrics": SHARE["Metrics"][:1]}, "refers to e, i, which is not there"),
    ],
)
def test_wrong_alarms_are_refused_with_the_reason(changes: dict[str, Any], why: str):
    with pytest.raises(SettingsError, match=why):
        read({**ALARM, **changes})
