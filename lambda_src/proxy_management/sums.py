"""Sums of finished hours, so that a look at a week need not read what each process did in each of its hours.

A sum names the version of each object that is in it. A list of the hour's objects shows whether it still holds: a
report that comes late changes one of them, and the sum is made anew. So a sum is never wrong, only missing.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

from contract.busiest import busiest
from lambda_src.proxy_management.hours import FOLDER as HOURS_FOLDER
from lambda_src.proxy_management.hours import ProcessHour, UnreadableHourError
from lambda_src.proxy_management.store import Listed, ObjectStore
from lambda_src.proxy_management.trees import Tree, add, cell_of, tree_of

FOLDER = "sums"

MOST_HOSTS = 500
"""Hosts that keep their names in a sum; the less busy ones count together from then on."""


def key_of(hour: str) -> str:
    """Return under which key the sum of an hour is kept."""
    return f"{FOLDER}/{hour}.json"


@dataclass(frozen=True)
class HourSum:
    """What all processes did in one hour.

    :param parts: by key of each object that is in it, the ETag that it had.
    """

    parts: Mapping[str, str]
    cell: Tree

    def holds(self, listed: Sequence[Listed]) -> bool:
        """Return whether exactly these objects are in it."""
        return self.parts == {each.key: each.etag for each in listed}

    def to_json(self) -> bytes:
        """Return it as it is kept."""
        return json.dumps(vars(self), separators=(",", ":")).encode()

    @classmethod
    def from_json(cls, data: bytes) -> Self:
        """Read what :meth:`to_json` wrote; what cannot be read holds for nothing, and is made anew."""
        try:
            values: dict[str, Any] = json.loads(data)
            return cls(dict(values["parts"]), dict(values["cell"]))
        except (ValueError, TypeError, KeyError):
            return cls({}, {})


def sum_of_hour(store: ObjectStore, hour: str) -> None:
    """See to it that a finished hour has its sum, as far as reports have come; once, whoever else does so too.

    :raises UnavailableError: if the store does not answer.
    """
    listed = store.list_each([f"{HOURS_FOLDER}/{hour}/"])
    # A sum of nothing says that somebody is about it: it holds for no hour, so if they fail, who looks makes it.
    if listed and store.write(key_of(hour), HourSum({}, {}).to_json(), replaces=None):
        sums_of(store, {hour: listed})


def sums_of(store: ObjectStore, hours: Mapping[str, Sequence[Listed]]) -> dict[str, Tree]:
    """Return what all processes did in each of some finished hours; sums that do not hold are made and kept.

    :param hours: by hour, the objects that there are of it.
    :raises UnavailableError: if the store does not answer.
    """
    found = store.read_each([key_of(hour) for hour in hours])
    cells: dict[str, Tree] = {}
    for (hour, listed), kept in zip(hours.items(), found, strict=True):
        known = HourSum.from_json(kept.data) if kept else None
        if known is None or not known.holds(listed):
            known = _made(store, [each.key for each in listed])
            # If somebody else was faster, theirs is as good; if not, the next look finds that and makes it anew.
            store.write(key_of(hour), known.to_json(), replaces=kept.etag if kept else None)
        cells[hour] = known.cell
    return cells


def _made(store: ObjectStore, keys: Sequence[str]) -> HourSum:
    """Add up an hour's objects. It names the versions that it has read, which may be newer than those listed.

    One that cannot be read is none of them, so the sum does not hold, and is made anew until somebody can read it.
    """
    parts: dict[str, str] = {}
    total: Tree = {}
    for key, kept in zip(keys, store.read_each(keys), strict=True):
        if kept is None:
            continue
        try:
            hour = ProcessHour.from_json(kept.data)
        except UnreadableHourError:
            continue
        parts[key] = kept.etag
        for counted in hour.minutes.values():
            add(total, counted.cell)
    cell = cell_of(total)
    return HourSum(parts, tree_of(replace(cell, hosts=busiest(cell.hosts, MOST_HOSTS))))
