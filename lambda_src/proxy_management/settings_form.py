"""The form for the fleet's settings: what somebody has typed, as typed, and as settings if it can be some.

Knows no HTTP and no HTML. Everything that is in the way is told at once, each at the field that it was typed into.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from contract import hosts
from contract.fleet_settings import MOST_BLOCKED_HOSTS, FleetSettings
from contract.modes import HIGHEST_RATING, LOWEST_RATING, RULES, Mode
from lambda_src.proxy_management.models import HIDDEN_CHARACTERS, LONGEST_NOTE

DEFAULT_MODE = "default-mode"
BLOCKED_HOSTS = "blocked-hosts"
NOTE = "note"
BASE = "base"

MOST_LINES_TOLD = 20
"""Lines of blocked hosts that are told to be wrong; what is wrong with the others is likely the same."""

_RATING = re.compile(r"rating-([a-z0-9-]{1,64})")


def rating_field(mode: str) -> str:
    """Return the field of a mode's threshold."""
    return f"rating-{mode}"


def own_fields(fields: Mapping[str, str]) -> dict[str, str]:
    """Return those fields that are of this form."""
    own = (BASE, DEFAULT_MODE, BLOCKED_HOSTS, NOTE)
    return {name: text for name, text in fields.items() if name in own or _RATING.fullmatch(name)}


@dataclass(frozen=True)
class Typed:
    """What stands in the form.

    :param base: version that whoever typed has seen.
    :param ratings: by mode, all of :data:`contract.modes.RULES`, and those that only a newer Slipway knows: they must
        not disappear because somebody changed something else here.
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
            ratings=_with_all_modes({mode: str(rating) for mode, rating in settings.ratings.items()}),
            note="",
        )

    @classmethod
    def read(cls, fields: Mapping[str, str]) -> Typed:
        """Return what was sent; a field that is missing is empty."""
        return cls(
            base=fields.get(BASE, ""),
            default_mode=fields.get(DEFAULT_MODE, ""),
            blocked_hosts=fields.get(BLOCKED_HOSTS, "").replace("\r\n", "\n"),
            ratings=_with_all_modes({match[1]: fields[name] for name in fields if (match := _RATING.fullmatch(name))}),
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
            blocked_hosts=tuple(host for _, host in self._hosts()),
            ratings=ratings,
        )

    def problems(self) -> dict[str, str]:
        """Return what cannot be accepted, in words, by field and in their order."""
        found = {
            DEFAULT_MODE: self._problem_of_mode(),
            BLOCKED_HOSTS: self._problem_of_hosts(),
            **{rating_field(mode): _problem_of_rating(mode, text) for mode, text in self.ratings.items()},
            NOTE: self._problem_of_note(),
        }
        return {field: problem for field, problem in found.items() if problem}

    def replaces(self, newest: FleetSettings) -> dict[str, str]:
        """Return what holds now and would not any more if this were saved, in words, by field."""
        wanted = self.settings()
        found = {}
        if wanted.default_mode != newest.default_mode:
            found[DEFAULT_MODE] = f"Now: {newest.default_mode or 'as deployed'}."
        mine, theirs = set(wanted.blocked_hosts), set(newest.blocked_hosts)
        words = (("Now also", theirs - mine), ("Not now", mine - theirs))
        if mine != theirs:
            found[BLOCKED_HOSTS] = " ".join(f"{word}: {', '.join(sorted(which))}." for word, which in words if which)
        for mode in {**self.ratings, **newest.ratings}:
            if wanted.ratings.get(mode) != newest.ratings.get(mode):
                found[rating_field(mode)] = f"Now: {newest.ratings.get(mode, 'its own')}."
        return found

    def _hosts(self) -> list[tuple[int, str]]:
        """Return the hosts, each with the number of its line."""
        lines = enumerate(self.blocked_hosts.splitlines(), start=1)
        return [(number, host) for number, line in lines if (host := line.strip().lower())]

    def _problem_of_mode(self) -> str:
        if not self.default_mode or self.default_mode in list(Mode):
            return ""
        return f"Mode of requests that choose none: {self.default_mode[:20]!r} is unknown here; choose another"

    def _problem_of_hosts(self) -> str:
        found = self._hosts()
        wrong = [
            f"line {number}, {host[:60]!r}, {problem}" for number, host in found if (problem := _problem_of_host(host))
        ]
        told = wrong[:MOST_LINES_TOLD]
        if len(wrong) > len(told):
            told.append(f"{len(wrong) - len(told)} more lines are wrong")
        if len(found) > MOST_BLOCKED_HOSTS:
            told.append(
                f"these are {len(found)}, and {MOST_BLOCKED_HOSTS} are allowed; "
                f"write {hosts.EXAMPLE} for all below example.org"
            )
        return f"Blocked hosts: {'; '.join(told)}" if told else ""

    def _problem_of_note(self) -> str:
        if len(self.note) > LONGEST_NOTE:
            return f"Why: this has {len(self.note)} characters, {LONGEST_NOTE} are allowed"
        if hidden := re.search(f"[{HIDDEN_CHARACTERS}]", self.note):
            return (
                f"Why: character {hidden.start() + 1} (U+{ord(hidden[0]):04X}) cannot be seen and may change how the "
                f"rest is read; take it out"
            )
        return ""


def _with_all_modes(ratings: Mapping[str, str]) -> dict[str, str]:
    return {**dict.fromkeys(map(str, RULES), ""), **ratings}


def _problem_of_host(host: str) -> str:
    """Return why a host cannot be blocked, in the words that help most; an empty text if it can."""
    problem = hosts.problem_of(host)
    if problem is None:
        return ""
    if "/" in host:
        return f"is more than a name; write {host.rpartition('://')[2].partition('/')[0] or hosts.EXAMPLE} alone"
    if re.search(r"[\s,;]", host):
        return "has several words; write one host on each line"
    if host.endswith("."):
        return "ends in a dot; leave that out"
    try:
        written = host.encode("idna").decode()
    except UnicodeError:
        return problem
    return problem if written == host else f"is not in ASCII; write {written}"


def _problem_of_rating(mode: str, text: str) -> str:
    if not text.strip():
        return ""
    if mode not in RULES:
        return f"{mode}: this mode is unknown here; change settings where it is known, or empty its field"
    number = _number(text)
    if number is None or not LOWEST_RATING <= number <= HIGHEST_RATING:
        return f"{mode}: {text.strip()[:20]!r} is no number from 0 to 1; empty the field for the mode's own"
    return ""


def _number(text: str) -> float | None:
    try:
        return float(text.strip().replace(",", "."))
    except ValueError:
        return None
