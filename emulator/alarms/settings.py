"""An alarm's settings, read from the request or template that makes it, and refused as CloudWatch refuses them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from emulator.alarms import queries
from emulator.alarms.evaluation import COMPARISONS, Missing, Point, Rule, is_final
from emulator.alarms.queries import Query, QueryError, Range
from emulator.alarms.statistics import BASIC, Period, statistic_of
from emulator.alarms.store import DAY, HOUR, MINUTE, MetricStore

SHORT_PERIODS = (10, 20, 30)
MEMORY_SECONDS = DAY
LONG_MEMORY_SECONDS = 7 * DAY


class SettingsError(Exception):
    """An alarm cannot be as it is wanted; the message says why."""


@dataclass(frozen=True)
class Settings:
    """An alarm.

    :param queries: what it reads; one of them is shown, and that is what it compares.
    """

    rule: Rule
    queries: tuple[Query, ...]

    @property
    def watched(self) -> Query:
        """Return the query whose values are compared."""
        return next(query for query in self.queries if query.shown)


def read(request: Mapping[str, Any]) -> Settings:
    """Read the settings of an alarm.

    :param request: as PutMetricAlarm or the properties of AWS::CloudWatch::Alarm have them.
    :raises SettingsError: if they are wrong.
    """
    found = _queries(request)
    shown = [query for query in found if query.shown]
    if len(shown) != 1:
        raise SettingsError(
            f"Exactly one element of the metrics list must return data; {len(shown)} of the {len(found)} do"
        )
    return Settings(_rule(request, shown[0].period), tuple(found))


def _queries(request: Mapping[str, Any]) -> list[Query]:
    items = request.get("Metrics")
    if bool(items) == bool(request.get("MetricName")):
        raise SettingsError("An alarm must have either MetricName or Metrics")
    if not items:
        items = [{"Id": "m1", "MetricStat": _metric_stat(request)}]
    try:
        return queries.read(items)
    except QueryError as error:
        raise SettingsError(str(error)) from error


def _metric_stat(request: Mapping[str, Any]) -> dict[str, Any]:
    statistic, extended = request.get("Statistic"), request.get("ExtendedStatistic")
    if bool(statistic) == bool(extended):
        raise SettingsError("An alarm on a metric must have either Statistic or ExtendedStatistic")
    if statistic and statistic not in BASIC:
        raise SettingsError(f"The statistic {statistic!r} is none of {', '.join(BASIC)}")
    if not request.get("Namespace"):
        raise SettingsError("The parameter Namespace is required for an alarm on a metric")
    return {
        "Metric": {name: request.get(name) for name in ("Namespace", "MetricName", "Dimensions")},
        "Period": int(request.get("Period") or MINUTE),
        "Stat": statistic or extended,
        "Unit": request.get("Unit"),
    }


def _rule(request: Mapping[str, Any], period: int) -> Rule:
    comparison = str(request.get("ComparisonOperator"))
    if comparison not in COMPARISONS:
        raise SettingsError(
            f"The ComparisonOperator {comparison!r} is not emulated; there are {', '.join(COMPARISONS)}"
        )
    if request.get("Threshold") is None:
        raise SettingsError("The parameter Threshold is required")
    missing = request.get("TreatMissingData") or Missing.MISSING
    if missing not in list(Missing):
        raise SettingsError(f"The value {missing!r} for parameter TreatMissingData is none of {', '.join(Missing)}")
    needed = request.get("DatapointsToAlarm")
    rule = Rule(
        period=period,
        evaluation_periods=int(request.get("EvaluationPeriods") or 1),
        datapoints_to_alarm=None if needed is None else int(needed),
        threshold=float(request["Threshold"]),
        comparison=comparison,
        missing=Missing(missing),
    )
    _check_periods(rule)
    return rule


def _check_periods(rule: Rule) -> None:
    if rule.period not in SHORT_PERIODS and (rule.period < MINUTE or rule.period % MINUTE):
        raise SettingsError(f"The Period {rule.period} must be 10, 20, 30, or a multiple of 60 seconds")
    if not 1 <= rule.needed <= rule.evaluation_periods:
        raise SettingsError(
            f"DatapointsToAlarm {rule.needed} must be from 1 to EvaluationPeriods, which is {rule.evaluation_periods}"
        )
    longest = LONG_MEMORY_SECONDS if rule.period >= HOUR else MEMORY_SECONDS
    if rule.period * rule.evaluation_periods > longest:
        raise SettingsError(
            f"Metrics cannot be checked across more than {longest // DAY} day(s): EvaluationPeriods "
            f"{rule.evaluation_periods} times Period {rule.period} is more than {longest} seconds"
        )


def points(settings: Settings, store: MetricStore, now: float) -> list[Point]:
    """Return the values that an alarm looks at, oldest first.

    :param now: in seconds since 1970.
    :raises QueryError: if an expression cannot be computed.
    """
    rule, watched = settings.rule, settings.watched
    running = int(now) // rule.period * rule.period
    end = running + rule.period if _running_counts(settings, store, running) else running
    between = Range(end - rule.looked_at * rule.period, end)
    found = queries.results(settings.queries, store, between)[watched.name]
    if len(found) != 1:
        raise QueryError(f"the expression of {watched.name!r} gives {len(found)} series, and an alarm compares one")
    [values] = found
    samples = _samples(watched, store, between)
    return [Point(time, values.get(time), samples.get(time, 1.0)) for time in between.periods(rule.period)]


def _running_counts(settings: Settings, store: MetricStore, running: int) -> bool:
    watched = settings.watched
    if watched.metric is None:
        return False
    period = settings.rule.period
    found: Period | None = store.read(watched.metric, watched.unit, period, running, running + period).get(running)
    value = statistic_of(found, watched.statistic) if found else None
    return value is not None and is_final(settings.rule, watched.statistic, value)


def _samples(watched: Query, store: MetricStore, between: Range) -> dict[int, float]:
    if watched.metric is None:
        return {}
    periods = store.read(watched.metric, watched.unit, watched.period, between.start, between.end)
    return {time: period.samples for time, period in periods.items()}
