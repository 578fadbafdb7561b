"""What the first dashboard shows; goes with it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True)
class Totals:
    """Counters added up over all processes; see :class:`contract.statistics.Cell`."""

    requests: int = 0
    responses: int = 0
    response_bytes: int = 0
    results: dict[str, int] = field(default_factory=dict)
    modes: dict[str, int] = field(default_factory=dict)
    recycled: int = 0


@dataclass(frozen=True)
class Summary:
    """What all proxies together did.

    :param processes: number of living processes.
    :param updated_at: time of the newest report, UTC; None if there is none.
    """

    totals: Totals
    processes: int
    updated_at: datetime | None
