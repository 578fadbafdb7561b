"""What the processes of the proxy count, and how they report it.

Each event is counted once in the sum over all processes and minutes, however often, late or in whichever order the
reports come: a process sends everything of a minute each time, and the receiver keeps the newest of each.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from contract.sketch import Sketch

MINUTE_FORMAT = "%Y-%m-%dT%H:%MZ"
"""How a minute is named, in UTC, for example `2026-11-21T22:41Z`; in alphabetical order they are in order of time."""

MOST_HOSTS = 50
MOST_REASONS = 20
"""Names in one cell; what comes after them counts under :data:`OTHERS`."""

LONGEST_NAME = 253
"""Characters of a host's name or a reason: a name in DNS has no more (RFC 1035, section 2.3.4)."""

OTHERS = "(others)"
"""No host's name, and no reason."""

MOST_CELLS = 30
"""Cells in one report."""

LONGEST_REPORT_BYTES = 2 * 1024 * 1024
"""More than the fullest possible report; one of a single busy minute has some kilobytes."""


@dataclass(frozen=True)
class HostCount:
    """What one host was asked for.

    :param responses: responses to clients that came from it.
    :param transformed: those that were changed, now or earlier, in part or as a whole.
    :param failed_open: those that should have been changed, and were not because a function failed.
    """

    responses: int = 0
    transformed: int = 0
    failed_open: int = 0


@dataclass(frozen=True)
class Cell:
    """What one process did in one minute, so far: a later cell of the same process and minute replaces it.

    Nothing of it says who asked for what: of a request, it has the name of the host, and no path or query.

    :param requests: requests that the proxy received from clients.
    :param responses: responses that it sent back, each in the minute in which it was complete.
    :param response_bytes: bytes of response bodies sent to clients.
    :param recycled: 1 if the process began to end because it had grown too large.
    :param results: what became of requests, by :class:`contract.headers.Result` value: the responses, and requests that
        ended without a whole one.
    :param modes: transformed or cached pages by :class:`contract.modes.Mode` value.
    :param hosts: responses by the host's canonical name, without those that the proxy refused; the busiest
        :data:`MOST_HOSTS` of this minute so far, and :data:`OTHERS`.
    :param reasons: pages that should have been changed and were not, or not to their end, by reason; at most
        :data:`MOST_REASONS`, and :data:`OTHERS`. They failed open, or were refused where the deployment fails closed,
        or the functions could not be certain how to read them.
    :param answering: time, in milliseconds, from the head of a request until its answer has come in from the origin
        and, if it is a page, is ready; the last bytes may still be on their way to the client. Refusals are left out.
    :param transforming: time, in milliseconds, that a page spent in the proxy's own pipeline, with the cache and the
        functions.
    """

    requests: int = 0
    responses: int = 0
    response_bytes: int = 0
    recycled: int = 0
    results: dict[str, int] = field(default_factory=dict)
    modes: dict[str, int] = field(default_factory=dict)
    hosts: dict[str, HostCount] = field(default_factory=dict)
    reasons: dict[str, int] = field(default_factory=dict)
    answering: Sketch = field(default_factory=Sketch)
    transforming: Sketch = field(default_factory=Sketch)

    def to_dict(self) -> dict[str, object]:
        """Return it as JSON knows it."""
        hosts = {name: asdict(count) for name, count in self.hosts.items()}
        sketches = {"answering": self.answering.to_dict(), "transforming": self.transforming.to_dict()}
        return {**vars(self), "hosts": hosts, **sketches}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Cell:
        """Read what :meth:`to_dict` wrote.

        :raises ValueError: if a value cannot be.
        :raises TypeError: if a key is missing or unknown, or a value has the wrong type.
        """
        hosts = {name: HostCount(**count) for name, count in values["hosts"].items()} if "hosts" in values else {}
        sketches = {name: Sketch.from_dict(values[name]) for name in ("answering", "transforming") if name in values}
        return cls(**{**values, "hosts": hosts, **sketches})


def add_up(cells: Iterable[Cell]) -> Cell:
    """Return what all cells say together; it may have more hosts and reasons than one cell of a process."""
    totals: Counter[str] = Counter()
    results: Counter[str] = Counter()
    modes: Counter[str] = Counter()
    reasons: Counter[str] = Counter()
    hosts: dict[str, HostCount] = {}
    answering, transforming = Sketch(), Sketch()
    for cell in cells:
        for name in ("requests", "responses", "response_bytes", "recycled"):
            totals[name] += getattr(cell, name)
        results.update(cell.results)
        modes.update(cell.modes)
        reasons.update(cell.reasons)
        for name, more in cell.hosts.items():
            so_far = hosts.get(name, HostCount())
            hosts[name] = HostCount(
                so_far.responses + more.responses,
                so_far.transformed + more.transformed,
                so_far.failed_open + more.failed_open,
            )
        answering.merge(cell.answering)
        transforming.merge(cell.transforming)
    return Cell(
        **totals,
        results=dict(results),
        modes=dict(modes),
        hosts=hosts,
        reasons=dict(reasons),
        answering=answering,
        transforming=transforming,
    )


@dataclass(frozen=True)
class Report:
    """What a process tells, regularly, even where nothing has changed: it is also its sign of life.

    A cell carries everything of its minute so far, never a difference. So a report that is sent twice, late or in
    another order changes nothing, if of two cells of the same process and minute the one counts that came in the
    report with the higher sequence.

    :param sequence: grows by one with each report of a process, from 1.
    :param running: requests that are running now, and WebSockets that are open.
    :param settings_version: version of the :class:`contract.fleet_settings.FleetSettings` that it uses.
    :param ended: whether it is the last one of a process that ends in order.
    :param failing: values of :class:`contract.components.Function` that it does not ask at the moment, since they
        failed several times in a row.
    :param cells: by minute, in :data:`MINUTE_FORMAT`: those that have changed since they were last delivered, the
        oldest first, at most :data:`MOST_CELLS`.
    """

    sequence: int
    running: int = 0
    settings_version: int = 0
    failing: tuple[str, ...] = ()
    ended: bool = False
    cells: dict[str, Cell] = field(default_factory=dict)

    def to_json(self) -> str:
        """Return the JSON object that reporting sends."""
        cells = {minute: cell.to_dict() for minute, cell in self.cells.items()}
        return json.dumps({**vars(self), "cells": cells}, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str | bytes) -> Report:
        """Read what :meth:`to_json` wrote.

        :raises ValueError: if the text is no JSON object, or a value cannot be.
        :raises TypeError: if a key is missing or unknown, or a value has the wrong type.
        """
        match json.loads(text):
            case {"cells": dict(cells), "failing": list(failing)} as values:
                read = {minute: Cell.from_dict(cell) for minute, cell in cells.items()}
                return cls(**{**values, "failing": tuple(failing), "cells": read})
            case other:
                raise ValueError(f"a report has to be a JSON object with cells, not {type(other).__name__}")
