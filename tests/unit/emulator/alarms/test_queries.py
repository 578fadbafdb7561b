"""Metric data queries that refer to each other."""

from __future__ import annotations

from typing import Any

import pytest

from emulator.alarms.queries import QueryError, Range, read, results
from emulator.alarms.statistics import sample
from emulator.alarms.store import MetricStore, metric

BETWEEN = Range(0, 180)


def stat(name: str, metric_name: str, statistic: str = "Sum", **more: Any) -> dict[str, Any]:
    source = {"Namespace": "Shop", "MetricName": metric_name, "Dimensions": [{"Name": "Page", "Value": "home"}]}
    return {"Id": name, "MetricStat": {"Metric": source, "Period": 60, "Stat": statistic}, **more}


@pytest.fixture
def store() -> MetricStore:
    filled = MetricStore()
    for time, errors, calls in ((0, 1.0, 4.0), (60, 2.0, 4.0)):
        filled.put(metric("Shop", "Errors", {"Page": "home"}), "Count", time, sample(errors))
        filled.put(metric("Shop", "Calls", {"Page": "home"}), "Count", time, sample(calls))
    return filled


def test_expressions_may_stand_before_what_they_refer_to(store: MetricStore):
    queries = read(
        [
            {"Id": "twice", "Expression": "share * 2"},
            {"Id": "share", "Expression": "100 * e / c"},
            stat("e", "Errors", ReturnData=False),
            stat("c", "Calls", ReturnData="false"),
        ]
    )

    found = results(queries, store, BETWEEN)

    assert found["twice"] == [{0: 50.0, 60: 100.0}]
    assert [query.name for query in queries if query.shown] == ["twice", "share"]


def test_an_expression_may_give_several_series_or_one_number(store: MetricStore):
    queries = read([stat("e", "Errors"), stat("c", "Calls"), {"Id": "all", "Expression": "METRICS()"},
                    {"Id": "most", "Expression": "MAX(c)"}])  # fmt: skip

    found = results(queries, store, BETWEEN)

    assert found["all"] == [{0: 1.0, 60: 2.0}, {0: 4.0, 60: 4.0}]
    assert found["most"] == [{0: 4.0, 60: 4.0, 120: 4.0}]


@pytest.mark.parametrize(
    ("items", "why"),
    [
        ([{"Id": "m1"}], "either MetricStat or Expression"),
        ([{"Id": "m1", "MetricStat": {"Metric": {"Namespace": "Shop"}}}], "a Namespace, a MetricName and a Stat"),
        ([stat("M1", "Errors")], "begin with a small letter"),
        ([stat("m1", "Errors"), stat("m1", "Calls")], "unique"),
        ([stat("m1", "Errors", "wm90")], "the statistic 'wm90' is not emulated"),
        ([{"Id": "e1", "Expression": "m1 * 2"}], "refers to m1, which is not there"),
        ([{"Id": "a", "Expression": "b"}, {"Id": "b", "Expression": "a"}], "a, b refer to each other"),
        ([stat("m1", "Errors"), {"Id": "e1", "Expression": "SEARCH('x')"}], "SEARCH is not emulated"),
    ],
)
def test_wrong_queries_are_refused_with_the_reason(items: list[dict[str, Any]], why: str):
    with pytest.raises(QueryError, match=why):
        read(items)
