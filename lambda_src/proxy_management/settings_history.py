"""The fleet's settings and their history, which are the same: each version is an object that is written once.

Its key is free until somebody writes it, so of several changes at once exactly one becomes the next version, and the
others are told. Nothing is ever replaced or deleted, so the history is also the audit trail. Newer versions have lower
keys: a list of one key finds the newest.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, datetime
from typing import Any, Self

from contract.fleet_settings import FleetSettings
from lambda_src.proxy_management.store import ObjectStore
from lambda_src.shared.errors import ConflictError, Detail, InvalidInputError, UnavailableError

HIGHEST_VERSION = 999_999_999

FRESH_SECONDS = 2.0
"""How long a container answers reports with what it knows: a change is with the fleet so much later at most."""

MOST_ATTEMPTS = 3
"""To write a version that nobody has written. More would only keep a person waiting."""

MOST_TOLD = 20
"""Changes that an answer to an outdated one names."""

Clock = Callable[[], float]


@dataclass(frozen=True)
class Difference:
    """One setting that a version changed, by name, and its values as JSON knows them."""

    what: str
    before: Any
    after: Any


@dataclass(frozen=True)
class Entry:
    """One version of the settings.

    :param who: a person's name, or the ARN of a program; empty for version 0, which nobody has made.
    :param when: UTC; None for version 0.
    :param note: why, in the words of who did it.
    """

    settings: FleetSettings = field(default_factory=FleetSettings)
    who: str = ""
    when: datetime | None = None
    note: str = ""
    changes: tuple[Difference, ...] = ()

    @property
    def version(self) -> int:
        """Number of the version, from 1; 0 before the first change."""
        return self.settings.version

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON knows it, and as it is kept."""
        return {
            "version": self.version,
            "settings": self.settings.to_dict(),
            "who": self.who,
            "when": self.when.isoformat() if self.when else None,
            "note": self.note,
            "changes": [vars(change) for change in self.changes],
        }

    @classmethod
    def from_json(cls, data: bytes) -> Self:
        """Read what :meth:`to_dict` wrote.

        Values that this version of the code would refuse are kept as they are: a newer one may have written them, the
        proxies check them anyway, and somebody has to be able to see and change them. A setting that there was not yet
        when they were written is not set.

        :raises UnavailableError: if it is nothing of ours.
        """
        try:
            values = json.loads(data)
            return cls(
                settings=_settings(values["settings"]),
                who=values["who"],
                when=datetime.fromisoformat(values["when"]),
                note=values["note"],
                changes=tuple(Difference(each["what"], each["before"], each["after"]) for each in values["changes"]),
            )
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            reason = "a version of the fleet's settings cannot be read; look at it in the configuration bucket"
            raise UnavailableError("unreadable-settings", reason) from error


class OutdatedChangeError(ConflictError):
    """Somebody else has changed the settings meanwhile.

    :param base: version that the change started from.
    :param newest: what holds now.
    :param meanwhile: the versions after `base`, the newest first, at most :data:`MOST_TOLD`.
    """

    def __init__(self, base: int, newest: Entry, meanwhile: tuple[Entry, ...]) -> None:
        message = (
            f"this change starts from version {base}, and the newest is {newest.version}; read the settings again, "
            "see whether you still want the change, and send it with that base"
        )
        changes = [
            f"version {each.version} by {each.who} at {each.when} changed {', '.join(one.what for one in each.changes)}"
            for each in meanwhile
        ]
        details = [Detail("body.base", change, base, newest.version) for change in changes or [message]]
        super().__init__("outdated", message, details)
        self.base = base
        self.newest = newest
        self.meanwhile = meanwhile


@dataclass(frozen=True)
class SettingsHistory:
    """All versions of the fleet's settings.

    :param store: where they are kept.
    """

    store: ObjectStore

    def newest(self) -> Entry:
        """Return what holds now.

        :raises UnavailableError: if the store does not answer.
        """
        newest = self.entries(at_most=1)
        return newest[0] if newest else Entry()

    def is_newest(self, version: int) -> bool:
        """Return whether no version follows this one; a read, which costs a twelfth of a list.

        :raises UnavailableError: if the store does not answer.
        """
        return self.store.read(_key(version + 1)) is None

    def entries(self, *, before: int | None = None, at_most: int) -> list[Entry]:
        """Return versions, the newest first; version 0 is none of them.

        :param before: leave out this version and those after it.
        :param at_most: how many, up to 1,000.
        :raises UnavailableError: if the store does not answer.
        """
        after = "" if before is None else _key(before)
        listed = self.store.list_first(after=after, at_most=at_most)
        found = self.store.read_each([each.key for each in listed])
        return [Entry.from_json(kept.data) for kept in found if kept]

    def change(self, base: int, wanted: FleetSettings, *, who: str, note: str, now: datetime) -> Entry:
        """Make the wanted settings the next version, and return it.

        The same change again, by the same person and from the same base, returns what it made at first, for as long as
        that holds: its answer may have got lost. A change that changes nothing makes no version.

        :param base: version that the change starts from.
        :param wanted: the settings; what version they say does not matter.
        :param now: UTC.
        :raises OutdatedChangeError: if `base` is not the newest version.
        :raises InvalidInputError: if a proxy would not take the settings.
        :raises UnavailableError: if the store does not answer, or others keep writing.
        """
        wanted = _checked(replace(wanted, version=base + 1))
        for _ in range(MOST_ATTEMPTS):
            newest = self.newest()
            if newest.version != base:
                break
            changes = _differences(newest.settings, wanted)
            if not changes:
                return newest
            entry = Entry(wanted, who, now.astimezone(UTC), note, changes)
            if self.store.write(_key(entry.version), json.dumps(entry.to_dict()).encode(), replaces=None):
                return entry
        else:
            # S3 refuses a write, too, while another one of the same key is under way, which may fail in the end.
            raise UnavailableError("contended", "others are changing the settings at this moment; send it again")
        if (newest.settings, newest.who, newest.note) == (wanted, who, note):
            return newest
        since = self.entries(at_most=MOST_TOLD)
        raise OutdatedChangeError(base, newest, tuple(entry for entry in since if entry.version > base))


class FreshSettings:
    """The newest settings for the answers to reports, looked for at most once in :data:`FRESH_SECONDS`.

    :param clock: seconds, monotonic.
    """

    def __init__(self, history: SettingsHistory, clock: Clock) -> None:
        self._history = history
        self._clock = clock
        self._looked_at: float | None = None
        self._settings = FleetSettings()

    def newer_than(self, version: int) -> FleetSettings | None:
        """Return the newest settings, or None if a process has them already.

        :param version: of the settings that the process uses.
        :raises UnavailableError: if the store does not answer.
        """
        now = self._clock()
        if self._looked_at is None or now - self._looked_at >= FRESH_SECONDS:
            if self._looked_at is None or not self._history.is_newest(self._settings.version):
                self._settings = self._history.newest().settings
            self._looked_at = now
        return self._settings if self._settings.version > version else None


def _key(version: int) -> str:
    return f"{HIGHEST_VERSION - version:09d}.json"


def _settings(values: Mapping[str, Any]) -> FleetSettings:
    known = {each.name: values[each.name] for each in fields(FleetSettings) if each.name in values}
    return FleetSettings(**{**known, "version": values["version"], "blocked_hosts": tuple(known["blocked_hosts"])})


def _checked(settings: FleetSettings) -> FleetSettings:
    try:
        settings.check()
    except ValueError as error:
        raise InvalidInputError("invalid-settings", str(error), [Detail("body.settings", str(error))]) from error
    return replace(settings, blocked_hosts=tuple(sorted(set(settings.blocked_hosts))))


def _differences(before: FleetSettings, after: FleetSettings) -> tuple[Difference, ...]:
    old, new = before.to_dict(), after.to_dict()
    return tuple(Difference(name, old[name], new[name]) for name in old if name != "version" and old[name] != new[name])
