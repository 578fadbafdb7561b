"""Taking the reports of the proxy's processes: each is merged into the object of its process and hour.

Many containers of the function do that at once, and a process may have two reports under way. A write names the version
that it replaces, and is tried again on top of what somebody else has written meanwhile; so nothing gets lost, and
nothing counts twice.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from contract.statistics import Cell, Report
from lambda_src.proxy_management.hours import (
    Process,
    ProcessHour,
    SignOfLife,
    UnreadableHourError,
    hour_of,
    hour_of_minute,
)
from lambda_src.proxy_management.store import ObjectStore
from lambda_src.shared.errors import UnavailableError

MOST_ATTEMPTS = 5
"""Two reports of one process hardly ever meet; more than a few collisions in a row mean that something is wrong."""


@dataclass(frozen=True)
class Taken:
    """What became of a report.

    :param is_first: whether it was the process's first in this hour.
    :param unreadable: keys of objects that it should have gone into and that are none of ours; they are as they were,
        and what it says of their hours is not kept.
    """

    is_first: bool
    unreadable: tuple[str, ...] = ()


def take_report(store: ObjectStore, process: Process, report: Report, now: datetime) -> Taken:
    """Keep what a report says, where that is news.

    An object that cannot be read is left alone: more of it may be known to another version of this code, which runs
    beside this one while a deployment changes. The report is not refused for it, as its answer brings the settings.

    :param now: UTC, by the function's clock.
    :raises UnavailableError: if the store does not answer, or others kept writing in between.
    """
    current = hour_of(now)
    by_hour: dict[str, dict[str, Cell]] = {current: {}}
    for minute, cell in report.cells.items():
        by_hour.setdefault(hour_of_minute(minute), {})[minute] = cell
    life = SignOfLife.of(report, now)
    is_first = False
    unreadable: list[str] = []
    for hour, cells in sorted(by_hour.items()):
        key = process.key(hour)
        try:
            before = _merge(store, key, report.sequence, cells, life if hour == current else None)
        except UnreadableHourError:
            unreadable.append(key)
        else:
            is_first |= hour == current and before.life is None
    return Taken(is_first, tuple(unreadable))


def _merge(
    store: ObjectStore, key: str, sequence: int, cells: Mapping[str, Cell], life: SignOfLife | None
) -> ProcessHour:
    """Return what was kept before."""
    for _ in range(MOST_ATTEMPTS):
        kept = store.read(key)
        before = ProcessHour.from_json(kept.data) if kept else ProcessHour()
        after = before.updated(sequence, cells, life)
        if after is before or store.write(key, after.to_json(), replaces=kept.etag if kept else None):
            return before
    raise UnavailableError("contended", f"others kept writing {key}; send the report again")
