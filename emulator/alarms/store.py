"""The values of metrics over time, in memory, coarser the older they are, so that a long run does not grow.

CloudWatch keeps seconds for 3 hours, minutes for 15 days, five minutes for 63 days. Here minutes become five minutes
after a day and go after 15 days, which no alarm that AWS allows can see.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from emulator.alarms.statistics import Period, merged

MINUTE = 60
HOUR = 60 * MINUTE
DAY = 24 * HOUR
RESOLUTIONS = ((3 * HOUR, 1), (DAY, MINUTE), (15 * DAY, 5 * MINUTE))
"""Up to which age, in seconds, values stand at which resolution, in seconds."""

OLDEST = RESOLUTIONS[-1][0]
METRICS = 5000
"""Metrics that are kept; those that have had no value for longest go first."""


class Metric(NamedTuple):
    """Which metric. Each combination of dimensions is a metric of its own.

    :param dimensions: name and value of each, in order of the names.
    """

    namespace: str
    name: str
    dimensions: tuple[tuple[str, str], ...] = ()


def metric(namespace: str, name: str, dimensions: Mapping[str, str]) -> Metric:
    """Return the metric of these dimensions."""
    return Metric(namespace, name, tuple(sorted(dimensions.items())))


Series = dict[int, Period]
"""By start of each period, in seconds since 1970."""


class MetricStore:
    """All metrics of one account in one region. Safe for use by several threads."""

    def __init__(self) -> None:
        self._series: dict[tuple[Metric, str], Series] = {}
        self._lock = threading.Lock()

    def put(self, which: Metric, unit: str, time: float, value: Period, resolution: int = MINUTE) -> None:
        """Add what was measured.

        :param unit: for example `Count`, or `None`.
        :param time: when, in seconds since 1970.
        :param resolution: 1 or 60 seconds.
        """
        start = math.floor(time) // resolution * resolution
        with self._lock:
            series = self._series.setdefault((which, unit), {})
            series[start] = merged((series[start], value)) if start in series else value

    def read(self, which: Metric, unit: str | None, period: int, start: int, end: int) -> Series:
        """Return what a metric says, by periods counted from the start.

        :param unit: None for all units together.
        :param period: in seconds.
        :param start: in seconds since 1970.
        :param end: the same; not included.
        """
        found: dict[int, list[Period]] = {}
        with self._lock:
            for (metric_of, unit_of), series in self._series.items():
                if metric_of == which and unit in (None, unit_of):
                    for time, value in _between(series, start, end):
                        found.setdefault(start + (time - start) // period * period, []).append(value)
        return {time: merged(values) for time, values in sorted(found.items())}

    def units(self, which: Metric) -> list[str]:
        """Return the units in which a metric has values."""
        with self._lock:
            return [unit for metric_of, unit in self._series if metric_of == which]

    def metrics(self, since: float) -> list[Metric]:
        """Return the metrics that have had a value since a time."""
        with self._lock:
            alive = [which for (which, _unit), series in self._series.items() if max(series) >= since]
        return sorted(set(alive))

    def trim(self, now: float) -> None:
        """Make old values coarser, and drop those that are too old or too many."""
        with self._lock:
            for key, series in list(self._series.items()):
                self._series[key] = _coarser(series, now)
            alive = {key: series for key, series in self._series.items() if series}
            newest = sorted(alive, key=lambda key: max(alive[key]), reverse=True)[:METRICS]
            self._series = {key: alive[key] for key in newest}

    def state(self) -> list[Any]:
        """Return everything in a form that JSON can hold; cheap, since what it refers to never changes."""
        with self._lock:
            return [[*which, unit, dict(series)] for (which, unit), series in self._series.items()]

    def load(self, state: list[Any]) -> None:
        """Take back what :meth:`state` gave, also after a way through JSON."""
        series = {_key(entry): {int(time): _period(value) for time, value in entry[4].items()} for entry in state}
        with self._lock:
            self._series = series


def _between(series: Series, start: int, end: int) -> Iterator[tuple[int, Period]]:
    if end - start < len(series):
        return ((time, series[time]) for time in range(start, end) if time in series)
    return ((time, value) for time, value in series.items() if start <= time < end)


def _coarser(series: Series, now: float) -> Series:
    changed: dict[int, list[Period]] = {}
    for time, value in series.items():
        resolution = next((seconds for age, seconds in RESOLUTIONS if now - time <= age), None)
        if resolution is not None:
            changed.setdefault(time // resolution * resolution, []).append(value)
    return {time: merged(values) for time, values in changed.items()}


def _key(entry: list[Any]) -> tuple[Metric, str]:
    namespace, name, dimensions, unit = entry[:4]
    return Metric(namespace, name, tuple((key, value) for key, value in dimensions)), unit


def _period(saved: list[Any]) -> Period:
    samples, total, low, high, values = saved
    counts = None if values is None else {float(value): count for value, count in values.items()}
    return Period(samples, total, low, high, counts)
