"""The form for the fleet's settings: what somebody has typed, as typed, and as settings if it can be some.

Knows no HTTP and no HTML. What a proxy would refuse is told at the field that it was typed into.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from contract.fleet_settings import FleetSettings
from contract.modes import RULES
from lambda_src.proxy_management.models import LONGEST_NOTE

DEFAULT_MODE = "default-mode"
BLOCKED_HOSTS = "blocked-hosts"
RATINGS = "ratings"
NOTE = "note"
BASE = "base"

_FIELDS = {"default_mode": DEFAULT_MODE, "blocked_hosts": BLOCKED_HOSTS, "ratings": RATINGS}
"""By the word that a refusal of :class:`FleetSettings` begins with."""


def rating_field(mode: str) -> str:
    """Return the field of a mode's threshold."""
    return f"rating-{mode}"


@dataclass(frozen=True)
class Typed:
    """What stands in the form.

    :param base: version that whoever typed has seen.
    :param ratings: by mode, all of :data:`contract.modes.RULES`.
    """

    base: str
    default_mode: str
    blocked_hosts: str
    ratings: Mapping[str, str]
    note: str

    @classmethod
    def showing(cls, settings: FleetSettings) -> Typed:
        """Return the form with settings as they are."""
        return cls(
            base=str(settings.version),
            default_mode=settings.default_mode or "",
            blocked_hosts="\n".join(settings.blocked_hosts),
            ratings={mode: f"{settings.ratings[mode]:g}" if mode in settings.ratings else "" for mode in RULES},
            note="",
        )

    @classmethod
    def read(cls, fields: Mapping[str, str]) -> Typed:
        """Return what was sent; a field that is missing is empty."""
        return cls(
            base=fields.get(BASE, ""),
            default_mode=fields.get(DEFAULT_MODE, ""),
            blocked_hosts=fields.get(BLOCKED_HOSTS, "").replace("\r\n", "\n"),
            ratings={mode: fields.get(rating_field(mode), "") for mode in RULES},
            note=fields.get(NOTE, ""),
        )

    @property
    def base_version(self) -> int:
        """The version that it starts from; one that never was, if that cannot be read."""
        return int(self.base) if self.base.isascii() and self.base.isdigit() and len(self.base) < 10 else -1

    def settings(self) -> FleetSettings:
        """Return the settings that were meant, those that cannot be read left out; see :meth:`problems`."""
        ratings = {mode: number for mode, text in self.ratings.items() if (number := _number(text)) is not None}
        return FleetSettings(
            version=0,
            default_mode=self.default_mode or None,
            blocked_hosts=tuple(line.strip().lower() for line in self.blocked_hosts.splitlines() if line.strip()),
            ratings=ratings,
        )

    def problems(self) -> dict[str, str]:
        """Return what cannot be accepted, by field."""
        found = {
            rating_field(mode): f"{mode}: {text.strip()[:20]!r} is no number; allowed is one from 0 to 1, or nothing"
            for mode, text in self.ratings.items()
            if text.strip() and _number(text) is None
        }
        if len(self.note) > LONGEST_NOTE:
            found[NOTE] = f"the note has {len(self.note)} characters, {LONGEST_NOTE} are allowed"
        try:
            self.settings().check()
        except ValueError as error:
            found[_field_of(str(error))] = str(error)
        return found


def _field_of(refusal: str) -> str:
    field = _FIELDS.get(refusal.partition(" ")[0], RATINGS)
    mode = next((mode for mode in RULES if f" for {mode};" in refusal), None)
    return rating_field(mode) if field == RATINGS and mode else field


def _number(text: str) -> float | None:
    try:
        return float(text.strip().replace(",", "."))
    except ValueError:
        return None
