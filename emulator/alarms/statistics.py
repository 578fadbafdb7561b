"""What one period of a metric says: the five basic statistics, percentiles and trimmed means.

Sources: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Statistics-definitions.html,
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_concepts.html#Percentiles
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping
from functools import reduce
from typing import NamedTuple

EXACT_VALUES = 100
"""Different values that a period keeps as they are; beyond, they are kept to two digits, so that memory is bounded."""

_EXTENDED = re.compile(r"(p|tm)(\d{1,2}(?:\.\d{1,10})?|100)")


class StatisticError(Exception):
    """A statistic has no meaning that is known here."""


class Period(NamedTuple):
    """What was measured in one period.

    :param samples: how many.
    :param total: their sum.
    :param low: the least of them.
    :param high: the greatest of them.
    :param values: how often each value was seen, or None where only the sums are known (a published statistic set).
    """

    samples: float
    total: float
    low: float
    high: float
    values: Mapping[float, float] | None


def sample(value: float, count: float = 1.0) -> Period:
    """Return a period that saw one value, so many times."""
    return Period(count, value * count, value, value, {value: count})


def statistic_set(count: float, total: float, low: float, high: float) -> Period:
    """Return a period of which only these are known; without doubt about single values where all were the same."""
    same = low == high and math.isclose(total, low * count)
    return Period(count, total, low, high, {low: count} if same else None)


def merged(periods: Iterable[Period]) -> Period:
    """Return one period for several; there must be at least one."""
    return reduce(_merge, periods)


def _merge(one: Period, other: Period) -> Period:
    values = None if one.values is None or other.values is None else _joined(one.values, other.values)
    return Period(
        one.samples + other.samples,
        one.total + other.total,
        min(one.low, other.low),
        max(one.high, other.high),
        values,
    )


def _joined(one: Mapping[float, float], other: Mapping[float, float]) -> Mapping[float, float]:
    values = dict(one)
    for value, count in other.items():
        key = value if len(values) < EXACT_VALUES or value in values else float(f"{value:.1e}")
        values[key] = values.get(key, 0.0) + count
    return values


BASIC: Mapping[str, Callable[[Period], float]] = {
    "SampleCount": lambda period: period.samples,
    "Sum": lambda period: period.total,
    "Average": lambda period: period.total / period.samples,
    "Minimum": lambda period: period.low,
    "Maximum": lambda period: period.high,
}


def check(statistic: str) -> None:
    """Check that a statistic is known.

    :raises StatisticError: naming it and what is known.
    """
    if statistic not in BASIC and not _EXTENDED.fullmatch(statistic):
        raise StatisticError(
            f"the statistic {statistic!r} is not emulated; there are {', '.join(BASIC)}, percentiles such as p95, and "
            "trimmed means such as tm90"
        )


def statistic_of(period: Period, statistic: str) -> float | None:
    """Return one statistic of a period; None where it has none: no samples, or no percentile of a statistic set.

    :param statistic: one of BASIC, `p95` or `tm90`.
    :raises StatisticError: if the statistic is not known.
    """
    check(statistic)
    if period.samples <= 0:
        return None
    if statistic in BASIC:
        return BASIC[statistic](period)
    extended = _EXTENDED.fullmatch(statistic)
    if extended is None or period.values is None or period.low < 0:
        return None
    kind, share = extended[1], float(extended[2]) / 100
    return percentile(period.values, share) if kind == "p" else trimmed_mean(period.values, share)


def percentile(values: Mapping[float, float], share: float) -> float:
    """Return the value below which a share of the samples lies, between two samples by straight line.

    :param values: how often each value was seen.
    :param share: 0 to 1.
    """
    ordered = sorted(values.items())
    rank = share * (sum(values.values()) - 1)
    below = max(0, math.floor(rank))
    low, high = _at(ordered, below), _at(ordered, below + 1)
    return low + (rank - below) * (high - low) if rank > below else low


def _at(ordered: list[tuple[float, float]], index: int) -> float:
    seen = 0.0
    for value, count in ordered:
        seen += count
        if index < seen:
            return value
    return ordered[-1][0]


def trimmed_mean(values: Mapping[float, float], share: float) -> float:
    """Return the mean of the lowest samples, as many as are this share of all.

    :param values: how often each value was seen.
    :param share: 0 to 1; at least one sample counts.
    """
    left = kept = max(1.0, round(share * sum(values.values())))
    total = 0.0
    for value, count in sorted(values.items()):
        taken = min(left, count)
        total += value * taken
        left -= taken
    return total / kept
