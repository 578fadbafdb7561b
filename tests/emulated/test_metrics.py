"""CloudWatch metrics: what is put is what is read."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.emulated.conftest import eventually

HOUR = timedelta(hours=1)


def minute(ago: int) -> datetime:
    """Return the start of a minute, so many minutes ago."""
    return datetime.now(UTC).replace(second=0, microsecond=0) - timedelta(minutes=ago)


def datum(name: str, value: float, ago: int = 3, **more: Any) -> dict[str, Any]:
    return {"MetricName": name, "Value": value, "Timestamp": minute(ago), "Unit": "Count", **more}


def page(name: str) -> list[dict[str, str]]:
    return [{"Name": "Page", "Value": name}]


def metric_stat(
    namespace: str, name: str, stat: str, dimensions: list[dict[str, str]], period: int = 60
) -> dict[str, Any]:
    metric = {"Namespace": namespace, "MetricName": name, "Dimensions": dimensions}
    return {"Metric": metric, "Period": period, "Stat": stat}


def read(cloudwatch: Any, queries: list[dict[str, Any]], **more: Any) -> dict[str, list[float]]:
    now = datetime.now(UTC)
    found = cloudwatch.get_metric_data(MetricDataQueries=queries, StartTime=now - HOUR, EndTime=now, **more)
    return {result["Id"]: result["Values"] for result in found["MetricDataResults"]}


@pytest.mark.behaviour("CloudWatch", "a metric is read by its exact dimensions, not by a part of them")
def test_dimensions_are_exact(client, stack):
    cloudwatch = client("cloudwatch")
    cloudwatch.put_metric_data(
        Namespace=stack.name,
        MetricData=[
            datum("Calls", 1),
            datum("Calls", 2, Dimensions=page("home")),
            datum("Calls", 4, Dimensions=page("x")),
        ],
    )

    queries = [
        {"Id": "all", "MetricStat": metric_stat(stack.name, "Calls", "Sum", [])},
        {"Id": "home", "MetricStat": metric_stat(stack.name, "Calls", "Sum", page("home"))},
    ]
    eventually(lambda: read(cloudwatch, queries) == {"all": [1.0], "home": [2.0]}, "reading both", seconds=180)
    listed = cloudwatch.list_metrics(Namespace=stack.name, Dimensions=page("home"))["Metrics"]
    assert [metric["Dimensions"] for metric in listed] == [page("home")]


@pytest.mark.behaviour("CloudWatch", "GetMetricData computes metric math over the metrics of the request")
def test_metric_math(client, stack):
    cloudwatch = client("cloudwatch")
    cloudwatch.put_metric_data(
        Namespace=stack.name,
        MetricData=[datum("Errors", 1, ago=3), datum("Calls", 4, ago=3), datum("Calls", 2, ago=2)],
    )
    queries = [
        {"Id": "e", "MetricStat": metric_stat(stack.name, "Errors", "Sum", []), "ReturnData": False},
        {"Id": "c", "MetricStat": metric_stat(stack.name, "Calls", "Sum", []), "ReturnData": False},
        {"Id": "share", "Expression": "100 * e / c", "Label": "share"},
        {"Id": "filled", "Expression": "IF(FILL(e, 0) > 0, 1, 0) * c"},
        {"Id": "total", "Expression": "SUM(METRICS())"},
    ]

    wanted = {"share": [25.0], "filled": [0.0, 4.0], "total": [2.0, 5.0]}
    eventually(lambda: read(cloudwatch, queries) == wanted, "computing", seconds=180)
    ascending = read(cloudwatch, queries, ScanBy="TimestampAscending")
    assert ascending["total"] == [5.0, 2.0]


@pytest.mark.behaviour("CloudWatch", "percentiles and trimmed means are computed of all samples of a period")
def test_extended_statistics(client, stack):
    cloudwatch = client("cloudwatch")
    values = {"Values": [float(number) for number in range(1, 101)], "Timestamp": minute(3), "MetricName": "Time"}
    cloudwatch.put_metric_data(Namespace=stack.name, MetricData=[values])

    def statistics() -> list[dict[str, Any]]:
        return cloudwatch.get_metric_statistics(
            Namespace=stack.name, MetricName="Time", StartTime=minute(5), EndTime=minute(0), Period=60,
            ExtendedStatistics=["p50", "p90"],
        )["Datapoints"]  # fmt: skip

    [point] = eventually(statistics, "reading", seconds=180)
    assert point["ExtendedStatistics"] == {"p50": pytest.approx(50.5, rel=0.02), "p90": pytest.approx(90.1, rel=0.02)}


@pytest.mark.behaviour("CloudWatch", "a statistic set is added to the samples, and different units stay apart")
def test_statistic_sets_and_units(client, stack):
    cloudwatch = client("cloudwatch")
    sums = {"SampleCount": 4, "Sum": 10, "Minimum": 1, "Maximum": 4}
    cloudwatch.put_metric_data(
        Namespace=stack.name,
        MetricData=[
            {"MetricName": "Time", "StatisticValues": sums, "Timestamp": minute(3), "Unit": "Seconds"},
            {"MetricName": "Time", "Value": 6, "Timestamp": minute(3), "Unit": "Seconds"},
            {"MetricName": "Time", "Value": 60, "Timestamp": minute(3), "Unit": "Milliseconds"},
        ],
    )

    def statistics() -> list[dict[str, Any]]:
        return cloudwatch.get_metric_statistics(
            Namespace=stack.name, MetricName="Time", StartTime=minute(5), EndTime=minute(0), Period=60,
            Statistics=["SampleCount", "Average", "Maximum"], Unit="Seconds",
        )["Datapoints"]  # fmt: skip

    [point] = eventually(statistics, "reading", seconds=180)
    assert (point["SampleCount"], point["Average"], point["Maximum"], point["Unit"]) == (5.0, 3.2, 6.0, "Seconds")


@pytest.mark.difference(
    "CloudWatch",
    aws="keeps values per minute for 15 days",
    here="keeps them per minute for a day, per five minutes for three, and per hour for 15, so that a long run does "
    "not grow",
)
def test_old_values_become_coarser(client, stack):
    cloudwatch = client("cloudwatch")
    earlier = minute(0).replace(minute=0) - timedelta(days=2)
    old = [{"MetricName": "Calls", "Value": 1, "Timestamp": earlier + timedelta(minutes=number)} for number in (0, 1)]
    cloudwatch.put_metric_data(Namespace=stack.name, MetricData=old)

    def sums() -> list[float]:
        found = cloudwatch.get_metric_statistics(
            Namespace=stack.name, MetricName="Calls", StartTime=earlier, EndTime=earlier + HOUR, Period=60,
            Statistics=["Sum"],
        )["Datapoints"]  # fmt: skip
        return [point["Sum"] for point in found]

    eventually(lambda: sums() == [2.0], "trimming")
