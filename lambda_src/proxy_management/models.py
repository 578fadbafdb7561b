"""What proxy management takes and gives in JSON, where :mod:`.overview` does not say it; every value is checked."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from contract import hosts
from contract.components import Function
from contract.fleet_settings import MOST_BLOCKED_HOSTS, FleetSettings
from contract.modes import HIGHEST_RATING, LOWEST_RATING, RULES, Mode
from contract.sketch import FIRST_BIN, LAST_BIN
from contract.statistics import (
    LONGEST_NAME,
    MINUTE_FORMAT,
    MOST_CELLS,
    MOST_HOSTS,
    MOST_REASONS,
    Report,
)
from lambda_src.proxy_management.overview import Window
from lambda_src.proxy_management.settings_history import HIGHEST_VERSION, Entry

MOST_COUNTERS = 100
"""Results or modes of a cell: more than there are, since a newer proxy may know more."""

MOST_ENTRIES = 100
LONGEST_NOTE = 500
HIDDEN_CHARACTERS = r"\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
"""Control characters, and those by which a text turns the direction of what follows it.

Source: https://www.unicode.org/reports/tr9/#Directional_Formatting_Characters
"""


def _check_minute(text: str) -> str:
    datetime.strptime(text, MINUTE_FORMAT).replace(tzinfo=UTC)
    return text


def _check_host(text: str) -> str:
    problem = hosts.problem_of(text)
    if problem is not None:
        raise ValueError(f"the name {problem}")
    return text


def _check_rates(mode: Mode) -> Mode:
    if mode not in RULES:
        raise ValueError(f"the mode {mode} rates no texts; these do: {', '.join(RULES)}")
    return mode


Count = Annotated[int, Field(ge=0, le=2**63 - 1, strict=True)]
Version = Annotated[int, Field(ge=0, lt=HIGHEST_VERSION, strict=True)]
Name = Annotated[str, Field(pattern=r"^[a-z0-9-]{1,64}$")]
Words = Annotated[str, Field(pattern=r"^[^\x00-\x1f\x7f]+$", max_length=LONGEST_NAME)]
Counters = Annotated[dict[Name, Count], Field(max_length=MOST_COUNTERS)]
Minute = Annotated[str, Field(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\dZ$"), AfterValidator(_check_minute)]
Bin = Annotated[int, Field(ge=FIRST_BIN, le=LAST_BIN)]
Host = Annotated[str, AfterValidator(_check_host)]
Rating = Annotated[float, Field(ge=LOWEST_RATING, le=HIGHEST_RATING, strict=True)]
RatingMode = Annotated[Mode, AfterValidator(_check_rates)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class _Reported(BaseModel):
    """A part of a report: what only a newer proxy tells is left out, and what this function knows still counts."""

    model_config = ConfigDict(extra="ignore")


class SketchBody(_Reported):
    """A :class:`contract.sketch.Sketch`: counts of durations by the index of their bin."""

    zeros: Count
    bins: dict[Bin, Count]


class HostCountBody(_Reported):
    """A :class:`contract.statistics.HostCount`."""

    responses: Count = 0
    transformed: Count = 0
    failed_open: Count = 0


class CellBody(_Reported):
    """A :class:`contract.statistics.Cell`: all that a process did in one minute so far."""

    requests: Count = 0
    responses: Count = 0
    response_bytes: Count = 0
    recycled: Count = 0
    results: Counters = {}
    modes: Counters = {}
    hosts: Annotated[dict[Words, HostCountBody], Field(max_length=MOST_HOSTS + 1)] = {}
    reasons: Annotated[dict[Words, Count], Field(max_length=MOST_REASONS + 1)] = {}
    answering: SketchBody = SketchBody(zeros=0, bins={})
    transforming: SketchBody = SketchBody(zeros=0, bins={})


class ReportBody(_Reported):
    """A :class:`contract.statistics.Report`."""

    sequence: Count
    running: Count = 0
    settings_version: Count = 0
    failing: Annotated[tuple[Name, ...], Field(max_length=len(Function))] = ()
    ended: Annotated[bool, Field(strict=True)] = False
    cells: Annotated[dict[Minute, CellBody], Field(max_length=MOST_CELLS)] = {}

    def to_report(self) -> Report:
        """Return the same as plain data."""
        return Report.from_json(self.model_dump_json())


class SettingsBody(BaseModel):
    """A :class:`contract.fleet_settings.FleetSettings`: what holds for the whole fleet, beside its configuration."""

    version: int
    default_mode: str | None
    blocked_hosts: tuple[str, ...]
    ratings: dict[str, float]


class ReportReply(BaseModel):
    """The newest settings, if the process does not have them yet."""

    settings: SettingsBody | None


class WantedSettings(_Strict):
    """What is to hold for the whole fleet; what is left out holds as the configuration says."""

    default_mode: Mode | None = None
    blocked_hosts: Annotated[tuple[Host, ...], Field(max_length=MOST_BLOCKED_HOSTS)] = ()
    ratings: dict[RatingMode, Rating] = {}

    def to_settings(self) -> FleetSettings:
        """Return the same as plain data."""
        return FleetSettings(
            default_mode=self.default_mode.value if self.default_mode else None,
            blocked_hosts=self.blocked_hosts,
            ratings={mode.value: rating for mode, rating in self.ratings.items()},
        )


class ChangeBody(_Strict):
    """A change of the settings: it starts from the version that its author has seen, and says why."""

    base: Version
    settings: WantedSettings
    note: Annotated[str, Field(max_length=LONGEST_NOTE, pattern=f"^[^{HIDDEN_CHARACTERS}]*$")] = ""


class DifferenceReply(BaseModel):
    """One setting that a version changed."""

    what: str
    before: Any
    after: Any


class EntryReply(BaseModel):
    """A version of the settings: what holds, who made it when and why, and what was otherwise before."""

    version: int
    settings: SettingsBody
    who: str
    when: datetime | None
    note: str
    changes: list[DifferenceReply]

    @classmethod
    def of(cls, entry: Entry) -> EntryReply:
        """Tell a version."""
        return cls.model_validate(entry.to_dict())


class HistoryReply(BaseModel):
    """Versions of the settings, the newest first; `next_before` is how to ask for more, and None at the end."""

    entries: list[EntryReply]
    next_before: int | None


class OverviewQuery(_Strict):
    """How far to look back."""

    window: Window = Window.LIVE


class HistoryQuery(_Strict):
    """Which versions of the settings to tell: those before one, and how many."""

    before: Annotated[int, Field(ge=1, le=HIGHEST_VERSION)] | None = None
    limit: Annotated[int, Field(ge=1, le=MOST_ENTRIES)] = 20
