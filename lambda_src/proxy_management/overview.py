"""What all proxies together did in a window of time, as programs and the dashboard get it.

Plain data that pydantic can write and describe, and how it is made of a cell. Where the cells come from is the matter
of :mod:`.windows`.
"""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Self

from pydantic import BaseModel, ConfigDict

from contract.busiest import busiest
from contract.headers import Result
from contract.sketch import RELATIVE_ERROR, Sketch
from contract.statistics import Cell

MOST_HOSTS = 50
"""Hosts in a reply, those with the most responses."""

TRANSFORMED = (Result.TRANSFORMED, Result.PARTIAL)
"""Results of pages that the functions have just changed."""

_DIGITS = 3
"""After the point of a share or of milliseconds; more would pretend what a sketch does not know."""


class Window(StrEnum):
    """How far to look back from now."""

    LIVE = "live"
    HOUR = "hour"
    DAY = "day"
    WEEK = "week"

    @property
    def slot(self) -> timedelta:
        """How much time each point of the series stands for."""
        return _SLOTS[self][0]

    @property
    def slots(self) -> int:
        """How many whole slots the window has, before the one that is running."""
        return _SLOTS[self][1]


_SLOTS = {
    Window.LIVE: (timedelta(minutes=1), 15),
    Window.HOUR: (timedelta(minutes=5), 12),
    Window.DAY: (timedelta(hours=1), 24),
    Window.WEEK: (timedelta(hours=6), 28),
}


class _Plain(BaseModel):
    model_config = ConfigDict(frozen=True)


class Percentiles(_Plain):
    """Durations in milliseconds, each at most `relative_error` of itself away from the true one; None without any."""

    count: int
    p50: float | None
    p90: float | None
    p99: float | None
    relative_error: float = RELATIVE_ERROR

    @classmethod
    def of(cls, sketch: Sketch) -> Self:
        """Read them off a sketch."""
        shares = {"p50": 0.5, "p90": 0.9, "p99": 0.99}
        return cls(count=sketch.count, **{name: _rounded(sketch.quantile(share)) for name, share in shares.items()})


class Figures(_Plain):
    """Everything that was counted in some time; see :class:`contract.statistics.Cell`.

    `transformed` are pages that were changed, now or earlier, in part or as a whole. `cache_hit_rate` is the share of
    them that came from the cache, from 0 to 1; None where there were none.
    """

    requests: int
    responses: int
    response_bytes: int
    recycled: int
    transformed: int
    failed_open: int
    cache_hit_rate: float | None
    results: dict[str, int]
    modes: dict[str, int]
    reasons: dict[str, int]
    answering: Percentiles
    transforming: Percentiles

    @classmethod
    def of(cls, cell: Cell) -> Self:
        """Tell what a cell says."""
        cached = cell.results.get(Result.CACHED, 0)
        transformed = cached + sum(cell.results.get(result, 0) for result in TRANSFORMED)
        return cls(
            requests=cell.requests,
            responses=cell.responses,
            response_bytes=cell.response_bytes,
            recycled=cell.recycled,
            transformed=transformed,
            failed_open=cell.results.get(Result.FAILED_OPEN, 0),
            cache_hit_rate=_rounded(cached / transformed) if transformed else None,
            results=_most_first(cell.results),
            modes=_most_first(cell.modes),
            reasons=_most_first(cell.reasons),
            answering=Percentiles.of(cell.answering),
            transforming=Percentiles.of(cell.transforming),
        )


class Slot(_Plain):
    """One point of a series: what was counted from `at` on, for as long as a slot is."""

    at: datetime
    figures: Figures


class HostFigures(_Plain):
    """What was counted of one host; `(others)` are those beyond the bounds of cells, sums and replies."""

    host: str
    responses: int
    transformed: int
    failed_open: int


class ProcessState(_Plain):
    """A process of the proxy that reported within the last three intervals, and the time that a report may take.

    `running` are requests, `settings_version` is that of the fleet settings that it uses, and `failing` are functions
    that it does not ask at the moment, since they failed.
    """

    process_id: str
    reported_at: datetime
    running: int
    settings_version: int
    failing: tuple[str, ...]


class InstanceState(_Plain):
    """The living processes of one instance."""

    instance_id: str
    processes: tuple[ProcessState, ...]


class Overview(_Plain):
    """All of a window. It begins with a whole slot, so it reaches up to one slot further back than its name says.

    `updated_at` is when the newest report came that the window looked at; None if there was none.
    """

    window: Window
    since: datetime
    until: datetime
    slot_seconds: int
    totals: Figures
    series: tuple[Slot, ...]
    hosts: tuple[HostFigures, ...]
    instances: tuple[InstanceState, ...]
    updated_at: datetime | None


def top_hosts(cell: Cell) -> tuple[HostFigures, ...]:
    """Return the hosts with the most responses, the most first, and all others together at the end."""
    found = busiest(cell.hosts, MOST_HOSTS)
    return tuple(HostFigures(host=name, **asdict(count)) for name, count in found.items())


def _most_first(counts: dict[str, int]) -> dict[str, int]:
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, _DIGITS)
