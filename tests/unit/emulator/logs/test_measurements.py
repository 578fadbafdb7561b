"""Metrics that lie in log events."""

from __future__ import annotations

import json
from typing import Any

from emulator.logs.measurements import Event, Measurement, embedded, found_by_filter

REQUEST = Event(100.0, json.dumps({"level": "ERROR", "ms": 12.5, "page": "home"}))
OTHER = Event(101.0, json.dumps({"level": "INFO", "ms": 3, "page": "home"}))


def transformation(**more: Any) -> dict[str, Any]:
    return {"metricNamespace": "Shop", "metricName": "Errors", "metricValue": "1", **more}


def test_each_matching_event_counts_at_its_own_time():
    found = found_by_filter('{ $.level = "ERROR" }', [transformation(unit="Count")], [REQUEST, OTHER])

    assert list(found) == [Measurement("Shop", "Errors", 1.0, "Count", {}, 100.0)]


def test_value_and_dimensions_come_from_the_event():
    wanted = transformation(metricName="Time", metricValue="$.ms", dimensions={"Page": "$.page"})

    found = list(found_by_filter("{ $.ms > 0 }", [wanted], [REQUEST, OTHER]))

    assert [(measurement.value, measurement.dimensions) for measurement in found] == [
        (12.5, {"Page": "home"}),
        (3.0, {"Page": "home"}),
    ]


def test_an_event_without_the_value_or_a_dimension_counts_for_nothing():
    no_value = transformation(metricValue="$.seconds")
    no_dimension = transformation(dimensions={"Country": "$.country"})

    assert list(found_by_filter("", [no_value, no_dimension], [REQUEST])) == []


def test_default_value_for_each_event_that_does_not_match():
    found = found_by_filter('{ $.level = "ERROR" }', [transformation(defaultValue=0)], [REQUEST, OTHER])

    assert [measurement.value for measurement in found] == [1.0, 0.0]


def test_value_from_a_column():
    found = found_by_filter("[ip, ms]", [transformation(metricValue="$ms")], [Event(1.0, "1.2.3.4 17")])

    assert [measurement.value for measurement in found] == [17.0]


def emf(**more: Any) -> Event:
    directive = {
        "Namespace": "Shop",
        "Dimensions": [["service"], ["service", "page"], ["unknown"]],
        "Metrics": [{"Name": "Time", "Unit": "Milliseconds", "StorageResolution": 1}, {"Name": "Calls"}],
    }
    content = {"_aws": {"Timestamp": 5500, "CloudWatchMetrics": [directive]}, "service": "s", "page": "p"}
    return Event(9.0, json.dumps({**content, "Time": [1, 2.5], "Calls": 3, **more}))


def test_embedded_metrics_have_each_set_of_dimensions_whose_values_are_there():
    found = list(embedded(emf()))

    assert len(found) == 6
    assert found[0] == Measurement("Shop", "Time", 1.0, "Milliseconds", {"service": "s"}, 5.5, 1)
    assert found[-1] == Measurement("Shop", "Calls", 3.0, "None", {"service": "s", "page": "p"}, 5.5)


def test_events_without_metrics_have_none():
    for message in ("text", '{"a": 1}', '{"_aws": 1}', '{"_aws": ', "the key '\"_aws\"' in text"):
        assert list(embedded(Event(1.0, message))) == []


def test_a_metric_without_a_number_counts_for_nothing():
    assert {measurement.name for measurement in embedded(emf(Calls="many"))} == {"Time"}
