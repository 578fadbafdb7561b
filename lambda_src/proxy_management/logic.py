"""Collecting the snapshots of all proxy processes, and adding them up. Knows no S3: the store is passed in.

Each process has one object, which always holds its newest snapshot. So every event is counted once, however often,
late or in whichever order the reports come, and however many containers of this function take them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Protocol

from contract.statistics import StatisticsSnapshot
from lambda_src.shared.errors import UnavailableError

MOST_ATTEMPTS = 5
"""Two reports of one process hardly ever meet; more than a few collisions in a row mean that something is wrong."""


@dataclass(frozen=True)
class Kept:
    """A snapshot as it is kept.

    :param version: changes with each write; a write names the one that it replaces.
    :param written_at: time of the write, UTC.
    """

    snapshot: StatisticsSnapshot
    version: str
    written_at: datetime


class SnapshotStore(Protocol):
    """Where snapshots are kept."""

    def read(self, name: str) -> Kept | None:
        """Return a snapshot, or None if there is none (or none that can be read)."""

    def write(self, name: str, snapshot: StatisticsSnapshot, replaces: str | None) -> bool:
        """Keep a snapshot, unless somebody else has written meanwhile.

        :param replaces: version that it replaces; None if there must be none yet.
        :return: False if the condition did not hold and nothing was written.
        """

    def read_all(self) -> Iterable[Kept]:
        """Return all snapshots, in any order."""


@dataclass(frozen=True)
class Totals:
    """Counters added up over all processes; see :class:`contract.statistics.StatisticsSnapshot`."""

    requests: int = 0
    responses: int = 0
    response_bytes: int = 0
    results: dict[str, int] = field(default_factory=dict)
    modes: dict[str, int] = field(default_factory=dict)
    recycled: int = 0


@dataclass(frozen=True)
class Summary:
    """What all proxies together did.

    :param processes: number of processes that ever reported.
    :param updated_at: time of the newest report, UTC; None if there is none.
    """

    totals: Totals
    processes: int
    updated_at: datetime | None

    def to_dict(self) -> dict[str, object]:
        """Return the body of the reply."""
        updated_at = self.updated_at.isoformat() if self.updated_at else None
        return {"totals": asdict(self.totals), "processes": self.processes, "updated_at": updated_at}


def report(store: SnapshotStore, instance_id: str, process_id: str, snapshot: StatisticsSnapshot) -> bool:
    """Keep a process's snapshot, unless a newer one is there already.

    :return: False if it was not newer, and was dropped.
    :raises UnavailableError: if others kept writing in between.
    """
    name = f"{instance_id}/{process_id}"
    for _ in range(MOST_ATTEMPTS):
        kept = store.read(name)
        if kept and kept.snapshot.sequence >= snapshot.sequence:
            return False
        if store.write(name, snapshot, replaces=kept.version if kept else None):
            return True
    raise UnavailableError("contended", f"others kept writing the snapshot of {name}; send the report again")


def summarize(store: SnapshotStore) -> Summary:
    """Add up the snapshots of all processes."""
    kept = list(store.read_all())
    snapshots = [item.snapshot for item in kept]
    totals = Totals(
        requests=sum(snapshot.requests for snapshot in snapshots),
        responses=sum(snapshot.responses for snapshot in snapshots),
        response_bytes=sum(snapshot.response_bytes for snapshot in snapshots),
        recycled=sum(snapshot.recycled for snapshot in snapshots),
        results=_add_up(snapshot.results for snapshot in snapshots),
        modes=_add_up(snapshot.modes for snapshot in snapshots),
    )
    return Summary(totals, len(kept), max((item.written_at for item in kept), default=None))


def _add_up(counters: Iterable[dict[str, int]]) -> dict[str, int]:
    total: Counter[str] = Counter()
    for counter in counters:
        total.update(counter)
    return dict(sorted(total.items()))
