"""What state an alarm is in, from the values of its periods.

Source of the rules and of the tables that the tests repeat:
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

EXTRA_PERIODS = 2
"""Periods that are looked at beyond those that count, in case some have no data. AWS's only example has two."""


class State(StrEnum):
    """What an alarm says."""

    OK = "OK"
    ALARM = "ALARM"
    INSUFFICIENT_DATA = "INSUFFICIENT_DATA"


class Missing(StrEnum):
    """What a period without data means."""

    MISSING = "missing"
    IGNORE = "ignore"
    BREACHING = "breaching"
    NOT_BREACHING = "notBreaching"


COMPARISONS: Mapping[str, Callable[[float, float], bool]] = {
    "GreaterThanOrEqualToThreshold": operator.ge,
    "GreaterThanThreshold": operator.gt,
    "LessThanThreshold": operator.lt,
    "LessThanOrEqualToThreshold": operator.le,
}
_FINAL_AT_ONCE = {
    "GreaterThanOrEqualToThreshold": ("Sum", "SampleCount", "Maximum"),
    "GreaterThanThreshold": ("Sum", "SampleCount", "Maximum"),
    "LessThanThreshold": ("Minimum",),
    "LessThanOrEqualToThreshold": ("Minimum",),
}


@dataclass(frozen=True)
class Rule:
    """When an alarm is in which state.

    :param period: seconds that make one value.
    :param evaluation_periods: number of the newest values that count.
    :param datapoints_to_alarm: number of those that have to breach; None for all.
    :param comparison: a key of COMPARISONS.
    :param missing: what a period without data means.
    """

    period: int
    evaluation_periods: int
    datapoints_to_alarm: int | None
    threshold: float
    comparison: str
    missing: Missing = Missing.MISSING

    @property
    def needed(self) -> int:
        """Return the number of values that have to breach."""
        return self.datapoints_to_alarm or self.evaluation_periods

    @property
    def looked_at(self) -> int:
        """Return the number of periods that are looked at."""
        return self.evaluation_periods + EXTRA_PERIODS

    def breaches(self, value: float) -> bool:
        """Tell whether a value breaches."""
        return COMPARISONS[self.comparison](value, self.threshold)


@dataclass(frozen=True)
class Point:
    """The value of one period.

    :param time: start of the period, in seconds since 1970.
    :param value: None for no data.
    :param samples: how many made it.
    """

    time: int
    value: float | None
    samples: float = 1.0


@dataclass(frozen=True)
class Verdict:
    """The state of an alarm, and what it follows from.

    :param used: the real values that counted, oldest first.
    :param filled: how many missing values were made up for.
    """

    state: State
    used: tuple[Point, ...]
    filled: int


def is_final(rule: Rule, statistic: str, value: float) -> bool:
    """Tell whether nothing that the running period may still bring can change that it breaches.

    Such a period counts at once; any other when it is over. A sum counts as growing: what is counted is not negative.
    """
    return statistic in _FINAL_AT_ONCE.get(rule.comparison, ()) and rule.breaches(value)


def judge(rule: Rule, points: Sequence[Point], current: State) -> Verdict:
    """Return the state that an alarm ought to be in.

    :param points: one for each period that is looked at, oldest first.
    :param current: the state that it is in.
    """
    real = [point for point in points if point.value is not None]
    used = tuple(real[-rule.evaluation_periods :])
    filled = rule.evaluation_periods - len(used)
    breaching = sum(1 for point in used if _breaches(rule, point))
    if breaching >= rule.needed:
        state = State.ALARM
    elif not filled:
        state = State.OK
    else:
        state = _with_missing(rule, points, breaching, filled, current)
    return Verdict(state, used, filled)


def _breaches(rule: Rule, point: Point) -> bool:
    return point.value is not None and rule.breaches(point.value)


def _with_missing(rule: Rule, points: Sequence[Point], breaching: int, filled: int, current: State) -> State:
    all_breach = all(_breaches(rule, point) for point in points if point.value is not None)
    match rule.missing:
        case Missing.BREACHING:
            return State.ALARM if breaching + filled >= rule.needed else State.OK
        case Missing.NOT_BREACHING:
            return State.OK
        case _ if not all_breach:
            return State.OK
        case Missing.IGNORE:
            return current
        case _ if not breaching:
            return State.INSUFFICIENT_DATA
        case _:
            # It waits for the next value, unless the breach is old enough for all of these to have come since.
            return State.ALARM if _oldest_age(points) >= rule.needed else current


def _oldest_age(points: Sequence[Point]) -> int:
    """Return how many periods ago the oldest real value was, the newest period being 1."""
    return next((len(points) - index for index, point in enumerate(points) if point.value is not None), 0)
