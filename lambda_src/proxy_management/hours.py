"""What one process did in one hour, as it is kept: one object for each process and hour, that grows with its reports.

An object holds the newest cell of each minute and the number of the report that it came in, so a report may come twice,
late, or after its successor: it replaces only what is older than it. Knows no store; see :mod:`.reports`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime, timedelta
from typing import Any, Self

from contract.statistics import Cell, Report
from lambda_src.proxy_management.trees import Tree, tree_of

FOLDER = "hours"
HOUR_FORMAT = "%Y-%m-%dT%H"
"""How an hour is named, in UTC, for example `2026-11-21T22`."""

HOUR = timedelta(hours=1)


class UnreadableHourError(Exception):
    """An object that is kept as a process's hour is none."""


def hour_of(moment: datetime) -> str:
    """Return the name of the hour that a moment is in."""
    return moment.astimezone(UTC).strftime(HOUR_FORMAT)


def hour_of_minute(minute: str) -> str:
    """Return the name of the hour that a minute is in, by its name."""
    return minute[: len("2026-11-21T22")]


def beginning(hour: str) -> datetime:
    """Return the moment at which an hour begins.

    :raises ValueError: if that is no hour's name.
    """
    return datetime.strptime(hour, HOUR_FORMAT).replace(tzinfo=UTC)


def beginning_of_minute(minute: str) -> datetime:
    """Return the moment at which a minute begins, by its name in :data:`contract.statistics.MINUTE_FORMAT`.

    :raises ValueError: if that is no name of a time.
    """
    return datetime.fromisoformat(minute)  # which is ten times as fast as `strptime`


@dataclass(frozen=True, order=True)
class Process:
    """A process of the proxy. Both names are safe as parts of a key."""

    instance_id: str
    process_id: str

    def key(self, hour: str) -> str:
        """Return under which key is kept what it did in an hour."""
        return f"{FOLDER}/{hour}/{self.instance_id}/{self.process_id}.json"


@dataclass(frozen=True)
class Place:
    """Whose hour an object is."""

    hour: str
    process: Process

    @classmethod
    def of(cls, key: str) -> Self | None:
        """Return what a key of :meth:`Process.key` stands for; None for any other."""
        match key.removesuffix(".json").split("/"):
            case [folder, hour, instance_id, process_id] if folder == FOLDER:
                return cls(hour, Process(instance_id, process_id))
        return None


@dataclass(frozen=True)
class SignOfLife:
    """What a process said of itself when it reported last.

    :param sequence: number of that report.
    :param at: when it came, by the receiver's clock, UTC.
    :param running: requests that were running.
    :param settings_version: version of the fleet settings that it used.
    :param failing: functions that it did not ask, since they failed.
    :param ended: whether it said that it ends.
    """

    sequence: int
    at: datetime
    running: int
    settings_version: int
    failing: tuple[str, ...] = ()
    ended: bool = False

    @classmethod
    def of(cls, report: Report, at: datetime) -> Self:
        """Read it off a report."""
        return cls(report.sequence, at, report.running, report.settings_version, report.failing, report.ended)

    @classmethod
    def parse(cls, values: object) -> Self | None:
        """Read what is kept, as far as this version of the code knows it; None if that is not enough.

        It says how a process is now, and its next report says it anew; what it counted must not hang on it.
        """
        match values:
            case {"at": str(at), "failing": list(failing), **rest}:
                known: dict[str, Any] = {each.name: rest[each.name] for each in fields(cls) if each.name in rest}
                try:
                    return cls(at=datetime.fromisoformat(at), failing=tuple(failing), **known)
                except (ValueError, TypeError):
                    return None
        return None


@dataclass(frozen=True)
class Counted:
    """The newest cell of a minute, as it is kept.

    :param sequence: number of the report that it came in.
    """

    sequence: int
    cell: Tree


@dataclass(frozen=True)
class ProcessHour:
    """What one process did in one hour.

    :param minutes: by minute, in :data:`contract.statistics.MINUTE_FORMAT`.
    :param life: from the newest report that came in this hour; None if none did.
    """

    minutes: Mapping[str, Counted] = field(default_factory=dict)
    life: SignOfLife | None = None

    def updated(self, sequence: int, cells: Mapping[str, Cell], life: SignOfLife | None) -> ProcessHour:
        """Return the hour with what a report says of it, where that is newer; the same object if nothing is.

        :param sequence: the report's number.
        :param cells: its cells of this hour.
        :param life: what it says of its process, if it came in this hour.
        """
        newer = {
            minute: Counted(sequence, tree_of(cell))
            for minute, cell in cells.items()
            if minute not in self.minutes or self.minutes[minute].sequence < sequence
        }
        is_alive = life is not None and (self.life is None or self.life.sequence < life.sequence)
        if not newer and not is_alive:
            return self
        return ProcessHour({**self.minutes, **newer}, life if is_alive else self.life)

    def to_json(self) -> bytes:
        """Return it as it is kept."""
        minutes = {minute: vars(counted) for minute, counted in sorted(self.minutes.items())}
        life = {**vars(self.life), "at": self.life.at.isoformat()} if self.life else None
        return json.dumps({"minutes": minutes, "life": life}, separators=(",", ":")).encode()

    @classmethod
    def from_json(cls, data: bytes) -> Self:
        """Read what :meth:`to_json` wrote, or another version of it that has more keys.

        :raises UnreadableHourError: if it is nothing of ours; what it says is not known then, so it must stay.
        """
        try:
            values = json.loads(data)
            counted = {minute: Counted(each["sequence"], dict(each["cell"])) for minute, each in _minutes(values)}
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise UnreadableHourError(repr(error)) from error
        return cls(counted, SignOfLife.parse(values.get("life")))


def _minutes(values: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for minute, each in values["minutes"].items():
        beginning_of_minute(minute)
        yield minute, each
