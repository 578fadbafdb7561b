"""Metric data queries: metrics and expressions that refer to each other, as GetMetricData and alarms take them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from emulator.alarms import expressions, statistics
from emulator.alarms.expressions import ExpressionError, Scope, Series, Value
from emulator.alarms.statistics import StatisticError
from emulator.alarms.store import Metric, MetricStore, metric

_ID = re.compile(r"[a-z][A-Za-z0-9_]{0,254}")


class QueryError(Exception):
    """Queries cannot be answered; the message says which and why."""


@dataclass(frozen=True)
class Query:
    """One of the queries.

    :param name: its id, for example `m1`.
    :param label: how a graph names it.
    :param shown: whether its result is wanted, not only that of others which refer to it.
    :param metric: what it reads, unless it is an expression.
    :param statistic: of each period.
    :param period: in seconds.
    :param unit: None for all.
    :param expression: what it computes, if it is one.
    """

    name: str
    label: str
    shown: bool
    metric: Metric | None
    statistic: str
    period: int
    unit: str | None
    expression: str | None


@dataclass(frozen=True)
class Range:
    """Between which times.

    :param start: in seconds since 1970.
    :param end: the same, not included.
    """

    start: int
    end: int

    def periods(self, seconds: int) -> list[int]:
        """Return the starts of all periods."""
        return list(range(self.start, self.end, seconds))


def dimensions(items: Sequence[Mapping[str, str]] | None) -> dict[str, str]:
    """Return the dimensions of a request as a map."""
    return {item["Name"]: item.get("Value", "") for item in items or ()}


def read(items: Sequence[Mapping[str, Any]]) -> list[Query]:
    """Read the queries of a request or of a template.

    :raises QueryError: if one is wrong, or refers to what is not there, or uses what is not emulated.
    """
    period = max((_period(item) for item in items if "MetricStat" in item), default=60)
    queries = [_query(item, period) for item in items]
    known = [query.name for query in queries]
    for query in queries:
        if not _ID.fullmatch(query.name) or known.count(query.name) > 1:
            raise QueryError(f"The value {query.name!r} for parameter Id is not valid: ids begin with a small letter, "
                             "hold letters, digits and underscores, and are unique")  # fmt: skip
        if query.expression is not None:
            _check_expression(query, known)
    _in_order(queries)
    return queries


def _period(item: Mapping[str, Any]) -> int:
    return int(item["MetricStat"].get("Period", 60))


def _query(item: Mapping[str, Any], period: int) -> Query:
    name = str(item.get("Id", ""))
    stat = item.get("MetricStat")
    if (stat is None) == (item.get("Expression") is None):
        raise QueryError(f"the query {name!r} must have either MetricStat or Expression")
    shown = str(item.get("ReturnData", True)).lower() != "false"
    if stat is None:
        seconds = int(item.get("Period") or period)
        return Query(name, item.get("Label") or name, shown, None, "", seconds, None, str(item["Expression"]))
    source = stat.get("Metric") or {}
    if not (source.get("Namespace") and source.get("MetricName") and stat.get("Stat")):
        raise QueryError(f"the query {name!r} must name a Namespace, a MetricName and a Stat")
    try:
        statistics.check(stat["Stat"])
    except StatisticError as error:
        raise QueryError(str(error)) from error
    which = metric(source["Namespace"], source["MetricName"], dimensions(source.get("Dimensions")))
    label = item.get("Label") or which.name
    return Query(name, label, shown, which, stat["Stat"], _period(item), stat.get("Unit"), None)


def _check_expression(query: Query, known: list[str]) -> None:
    try:
        unknown = expressions.names(query.expression or "") - set(known)
    except ExpressionError as error:
        raise QueryError(f"the expression of {query.name!r}: {error}") from error
    if unknown:
        raise QueryError(f"the expression of {query.name!r} refers to {', '.join(sorted(unknown))}, which is not there")


def _in_order(queries: list[Query]) -> list[Query]:
    """Return the queries so that each stands after those which it refers to.

    :raises QueryError: if they refer to each other in a circle.
    """
    ordered: list[Query] = [query for query in queries if query.expression is None]
    left = [query for query in queries if query.expression is not None]
    while left:
        done = {query.name for query in ordered}
        ready = [query for query in left if expressions.names(query.expression or "") <= done]
        if not ready:
            raise QueryError(f"the expressions {', '.join(query.name for query in left)} refer to each other")
        ordered += ready
        left = [query for query in left if query not in ready]
    return ordered


def results(queries: Sequence[Query], store: MetricStore, between: Range) -> dict[str, list[Series]]:
    """Answer the queries: for each id its series, one or, for an expression that gives an array, several.

    :raises QueryError: if an expression cannot be computed.
    """
    values: dict[str, Value] = {}
    metrics = [query.name for query in queries if query.metric is not None]
    for query in _in_order(list(queries)):
        if query.metric is not None:
            values[query.name] = series(query, store, between)
            continue
        scope = Scope(values, metrics, between.periods(query.period))
        try:
            values[query.name] = expressions.evaluate(query.expression or "", scope)
        except ExpressionError as error:
            raise QueryError(f"the expression of {query.name!r}: {error}") from error
    return {query.name: _as_list(values[query.name], between.periods(query.period)) for query in queries}


def series(query: Query, store: MetricStore, between: Range) -> Series:
    """Return the values of a query that reads a metric."""
    if query.metric is None:
        return {}
    periods = store.read(query.metric, query.unit, query.period, between.start, between.end)
    values = {time: statistics.statistic_of(period, query.statistic) for time, period in periods.items()}
    return {time: value for time, value in values.items() if value is not None}


def _as_list(value: Value, times: list[int]) -> list[Series]:
    match value:
        case float():
            return [dict.fromkeys(times, value)]
        case list():
            return value
        case _:
            return [value]
