"""CloudWatch's operations on metrics: exact dimensions, units, extended statistics and metric math."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from emulator.alarms import queries
from emulator.alarms.queries import Query, QueryError, Range
from emulator.alarms.statistics import BASIC, Period, StatisticError, check, sample, statistic_of, statistic_set
from emulator.alarms.store import DAY, MINUTE, metric
from emulator.plugin import clock
from emulator.plugin.borrowed import borrow
from emulator.plugin.cloudwatch_api import ApiError, Body, serve
from emulator.plugin.metrics import store

_cw = borrow(
    "services.cloudwatch",
    "_get_metric_data",
    "_get_metric_statistics",
    "_list_metrics",
    "_parse_ts",
    "_put_metric_data",
)

LISTED_SECONDS = 14 * DAY
PAGE = 500
LARGEST_PAGE = 100_800
"""Values that GetMetricData returns at most for a query."""

MOST_DATAPOINTS = 1440
"""What GetMetricStatistics returns at most."""

SHORT_PERIODS = (1, 5, 10, 20, 30)


def _time(value: Any) -> float:
    parsed: float | None = _cw._parse_ts(value)
    if parsed is None:
        raise ApiError("InvalidParameterValue", f"{value!r} is no time")
    return parsed


def _put(request: Body) -> Body:
    namespace = str(request.get("Namespace") or "")
    if not namespace:
        raise ApiError("MissingParameter", "The parameter Namespace is required.")
    if namespace.startswith("AWS/"):
        raise ApiError(
            "InvalidParameterValue", f"The value {namespace} for parameter Namespace is invalid: AWS/ is AWS's."
        )
    for datum in request.get("MetricData") or []:
        _put_datum(namespace, datum)
    return {}


def _put_datum(namespace: str, datum: Body) -> None:
    if not datum.get("MetricName"):
        raise ApiError("MissingParameter", "The parameter MetricData.member.1.MetricName is required.")
    which = metric(namespace, str(datum["MetricName"]), queries.dimensions(datum.get("Dimensions")))
    time = _time(datum["Timestamp"]) if datum.get("Timestamp") is not None else clock.now()
    if not clock.now() - LISTED_SECONDS <= time <= clock.now() + 7200:
        raise ApiError(
            "InvalidParameterValue",
            "The parameter MetricData.member.1.Timestamp must specify a time within the past two weeks and no more "
            f"than two hours in the future; it is {datetime.fromtimestamp(time).astimezone().isoformat()}.",
        )
    resolution = 1 if int(datum.get("StorageResolution") or MINUTE) == 1 else MINUTE
    for value in _values(datum):
        store().put(which, str(datum.get("Unit") or "None"), time, value, resolution)


def _values(datum: Body) -> list[Period]:
    values = _samples(datum)
    if not all(math.isfinite(value.total) for value in values):
        raise ApiError(
            "InvalidParameterValue", "The value of a metric must be a number; NaN and infinity are not supported."
        )
    return values


def _samples(datum: Body) -> list[Period]:
    if datum.get("StatisticValues"):
        sums = datum["StatisticValues"]
        return [statistic_set(*(float(sums[name]) for name in ("SampleCount", "Sum", "Minimum", "Maximum")))]
    if datum.get("Values"):
        counts = datum.get("Counts") or [1.0] * len(datum["Values"])
        return [sample(float(value), float(count)) for value, count in zip(datum["Values"], counts, strict=True)]
    if datum.get("Value") is None:
        raise ApiError("MissingParameter", "One of Value, Values and StatisticValues is required.")
    return [sample(float(datum["Value"]))]


def _list(request: Body) -> Body:
    wanted = request.get("Dimensions") or []
    found = [
        {
            "Namespace": which.namespace,
            "MetricName": which.name,
            "Dimensions": [{"Name": name, "Value": value} for name, value in which.dimensions],
        }
        for which in store().metrics(clock.now() - LISTED_SECONDS)
        if request.get("Namespace") in (None, "", which.namespace)
        and request.get("MetricName") in (None, "", which.name)
        and all(_has(dict(which.dimensions), dimension) for dimension in wanted)
    ]
    start = int(request.get("NextToken") or 0)
    more = {"NextToken": str(start + PAGE)} if len(found) > start + PAGE else {}
    return {"Metrics": found[start : start + PAGE], **more}


def _has(dimensions: Mapping[str, str], wanted: Mapping[str, str]) -> bool:
    return wanted["Name"] in dimensions and wanted.get("Value") in (None, "", dimensions[wanted["Name"]])


def _range(request: Body) -> Range:
    """Return the range of a request; as on AWS, it begins at a whole minute."""
    start, end = _time(request.get("StartTime")), _time(request.get("EndTime"))
    if start >= end:
        raise ApiError("ValidationError", "The parameter StartTime must be less than the parameter EndTime.")
    return Range(int(start) // MINUTE * MINUTE, -int(-end // 1))


def _get_statistics(request: Body) -> Body:
    basic = request.get("Statistics") or []
    extended = request.get("ExtendedStatistics") or []
    if bool(basic) == bool(extended):
        raise ApiError(
            "InvalidParameterCombination", "Either Statistics or ExtendedStatistics must be given, not both."
        )
    _check_statistics([*basic, *extended])
    which = metric(
        str(request.get("Namespace")), str(request.get("MetricName")), queries.dimensions(request.get("Dimensions"))
    )
    between, period = _range(request), int(request.get("Period") or MINUTE)
    _check_amount(between, period)
    units = [request["Unit"]] if request.get("Unit") else store().units(which)
    datapoints = [
        _datapoint(time, unit, value, basic, extended)
        for unit in units
        for time, value in store().read(which, unit, period, between.start, between.end).items()
    ]
    return {"Label": which.name, "Datapoints": datapoints}


def _check_amount(between: Range, period: int) -> None:
    if period not in SHORT_PERIODS and (period < MINUTE or period % MINUTE):
        raise ApiError("InvalidParameterValue", "The parameter Period must be 1, 5, 10, 20, 30, or a multiple of 60.")
    wanted = (between.end - between.start) // period
    if wanted > MOST_DATAPOINTS:
        raise ApiError(
            "InvalidParameterCombination",
            f"You have requested up to {wanted} datapoints, which exceeds the limit of {MOST_DATAPOINTS}. You may "
            "reduce the datapoints requested by increasing Period, or decreasing the time range.",
        )


def _check_statistics(statistics: list[str]) -> None:
    for statistic in statistics:
        try:
            check(statistic)
        except StatisticError as error:
            raise ApiError("InvalidParameterValue", str(error)) from error


def _datapoint(time: int, unit: str, value: Period, basic: list[str], extended: list[str]) -> Body:
    values = {name: statistic_of(value, name) for name in BASIC if name in basic}
    point: Body = {"Timestamp": float(time), "Unit": unit, **values}
    more = {name: number for name in extended if (number := statistic_of(value, name)) is not None}
    return {**point, "ExtendedStatistics": more} if more else point


def _get_data(request: Body) -> Body:
    items = request.get("MetricDataQueries") or []
    try:
        wanted = queries.read(items)
        between = _range(request)
        found = queries.results(wanted, store(), between)
    except QueryError as error:
        raise ApiError("ValidationError", str(error)) from error
    ascending = request.get("ScanBy") == "TimestampAscending"
    shown = [_result(query, series, ascending) for query in wanted if query.shown for series in found[query.name]]
    return {"MetricDataResults": shown, "Messages": []}


def _result(query: Query, series: Mapping[int, float], ascending: bool) -> Body:
    times = sorted(series, reverse=not ascending)[:LARGEST_PAGE]
    return {
        "Id": query.name,
        "Label": query.label,
        "Timestamps": [float(time) for time in times],
        "Values": [series[time] for time in times],
        "StatusCode": "Complete",
    }


def install() -> None:
    """Put our operations in place of the emulator's."""
    serve("PutMetricData", "_put_metric_data", _put)
    serve("ListMetrics", "_list_metrics", _list)
    serve("GetMetricStatistics", "_get_metric_statistics", _get_statistics)
    serve("GetMetricData", "_get_metric_data", _get_data)
