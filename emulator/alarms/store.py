"""The values of metrics over time, in memory, coarser the older they are, so that a long run does not grow.

As CloudWatch does, in small: it keeps seconds for 3 hours, minutes for 15 days, five minutes for 63 days, and hours for
15 months.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from emulator.alarms.packing import pack, restored, unpack
from emulator.alarms.statistics import Period, merged

MINUTE = 60
HOUR = 60 * MINUTE
DAY = 24 * HOUR
RESOLUTIONS = ((3 * HOUR, 1), (DAY, MINUTE), (3 * DAY, 5 * MINUTE), (15 * DAY, HOUR))
"""Up to which age, in seconds, values stand at which resolution, in seconds."""

METRICS = 5000
"""Metrics that are kept; those that have had no value for longest go first."""

SEALED_AFTER = HOUR
SEALED_AGAIN_AFTER = 2 * HOUR
"""Values of which age, in seconds, are packed for saving, and how old they are when more are packed."""


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


class Series:
    """The values of a metric in one unit."""

    def __init__(self, values: dict[int, Period] | None = None) -> None:
        self.values: dict[int, Period] = values or {}
        """By start of each period, in seconds since 1970."""
        self._sealed_until = 0
        self._sealed = ""

    def add(self, start: int, value: Period) -> None:
        """Add what was measured in the period that begins then."""
        known = self.values.get(start)
        self.values[start] = value if known is None else merged((known, value))
        if start < self._sealed_until:
            self._sealed_until, self._sealed = 0, ""

    def between(self, start: int, end: int) -> Iterator[tuple[int, Period]]:
        """Return the values from one time to before another, in no order."""
        if end - start < len(self.values):
            return ((time, self.values[time]) for time in range(start, end) if time in self.values)
        return ((time, value) for time, value in self.values.items() if start <= time < end)

    def newest(self) -> int:
        """Return the start of the newest period."""
        return max(self.values, default=0)

    def trim(self, now: float) -> None:
        """Make old values coarser, drop those that are too old, and pack what seldom changes."""
        for time in [time for time in self.values if time % (_resolution(now - time) or now)]:
            value, resolution = self.values.pop(time), _resolution(now - time)
            if resolution:
                self.add(time // resolution * resolution, value)
        if now - self._sealed_until > SEALED_AGAIN_AFTER:
            self._sealed_until = int(now) - SEALED_AFTER
            self._sealed = pack({time: value for time, value in self.values.items() if time < self._sealed_until})

    def state(self) -> list[Any]:
        """Return the values in a form that JSON can hold: packed ones, and new ones."""
        return [self._sealed, {time: value for time, value in self.values.items() if time >= self._sealed_until}]


def _resolution(age: float) -> int | None:
    return next((seconds for oldest, seconds in RESOLUTIONS if age <= oldest), None)


class MetricStore:
    """All metrics of one account in one region. Safe for use by several threads."""

    def __init__(self) -> None:
        self._metrics: dict[Metric, dict[str, Series]] = {}
        self._lock = threading.Lock()

    def __len__(self) -> int:
        """Return the number of values."""
        with self._lock:
            return sum(len(series.values) for units in self._metrics.values() for series in units.values())

    def put(self, which: Metric, unit: str, time: float, value: Period, resolution: int = MINUTE) -> None:
        """Add what was measured.

        :param unit: for example `Count`, or `None`.
        :param time: when, in seconds since 1970.
        :param resolution: 1 or 60 seconds.
        """
        start = math.floor(time) // resolution * resolution
        with self._lock:
            units = self._metrics.setdefault(which, {})
            units.setdefault(unit, Series()).add(start, value)

    def read(self, which: Metric, unit: str | None, period: int, start: int, end: int) -> dict[int, Period]:
        """Return what a metric says, by periods counted from the start.

        :param unit: None for all units together.
        :param period: in seconds.
        :param start: in seconds since 1970.
        :param end: the same; not included.
        """
        found: dict[int, list[Period]] = {}
        with self._lock:
            for unit_of, series in self._metrics.get(which, {}).items():
                if unit in (None, unit_of):
                    for time, value in series.between(start, end):
                        found.setdefault(start + (time - start) // period * period, []).append(value)
        return {time: merged(values) for time, values in sorted(found.items())}

    def units(self, which: Metric) -> list[str]:
        """Return the units in which a metric has values."""
        return list(self._metrics.get(which, {}))

    def metrics(self, since: float) -> list[Metric]:
        """Return the metrics that have had a value since a time."""
        with self._lock:
            return sorted(which for which, units in self._metrics.items() if _newest(units) >= since)

    def trim(self, now: float) -> None:
        """Make old values coarser, and drop those that are too old or too many. Takes a moment."""
        for units in list(self._metrics.values()):
            for series in list(units.values()):
                with self._lock:
                    series.trim(now)
        with self._lock:
            alive = sorted(self._metrics, key=lambda which: _newest(self._metrics[which]), reverse=True)[:METRICS]
            self._metrics = {which: self._metrics[which] for which in alive if _newest(self._metrics[which])}

    def state(self) -> list[Any]:
        """Return everything in a form that JSON can hold; cheap, since what it refers to never changes."""
        with self._lock:
            return [
                [*which, unit, *series.state()]
                for which, units in self._metrics.items()
                for unit, series in units.items()
            ]

    def load(self, state: list[Any]) -> None:
        """Take back what :meth:`state` gave, also after a way through JSON."""
        with self._lock:
            for namespace, name, dimensions, unit, sealed, new in state:
                which = Metric(namespace, name, tuple((key, value) for key, value in dimensions))
                values = unpack(sealed) | restored(new)
                self._metrics.setdefault(which, {})[unit] = Series(values)


def _newest(units: Mapping[str, Series]) -> int:
    return max((series.newest() for series in units.values()), default=0)
