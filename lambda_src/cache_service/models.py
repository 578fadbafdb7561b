"""What the cache service is asked and what it answers, in the words of pydantic's models.

All times are in seconds since 1970, UTC; all sizes in bytes.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from contract.cache import LONGEST_TTL, SHORTEST_TTL, Strategy

Seconds = Annotated[int, Field(ge=SHORTEST_TTL, json_schema_extra={"maximum": LONGEST_TTL})]
"""A time to live. The most that a deployment allows may be less, and whoever asks for more is told that bound."""

MOST_ON_A_PAGE = 500
"""Entries on one page of a list: each is asked for its end, eight at a time."""

MOST_COUNTED = 1000
"""Entries that one call for statistics looks at."""

MOST_VERSIONS = 1000
"""Versions of a key that have numbers."""


class Options(BaseModel):
    """What every query has."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)


class StoreByKeyOptions(Options):
    """How a store is done.

    `by_hash=false` saves a write: the entry is then not found by its hash.
    """

    ttl_seconds: Seconds | None = None
    by_hash: bool = True


class StoreOptions(StoreByKeyOptions):
    """How a store is done, and under which key: any text."""

    key: str = ""


class RetrieveByKeyOptions(Options):
    """Which version is meant; the newest where none is named."""

    version: Annotated[int, Field(ge=1)] | None = None


class RetrieveOptions(RetrieveByKeyOptions):
    """Which key is meant: any text."""

    key: Annotated[str, Field(min_length=1)]


class VersionsOptions(Options):
    """Of which key the versions are meant, and how many of the newest are looked at."""

    key: Annotated[str, Field(min_length=1)]
    limit: Annotated[int, Field(ge=1, le=MOST_VERSIONS)] = 100


class DeleteOptions(Options):
    """Which entries go: those whose keys begin so. An empty prefix means all, and has to be written."""

    prefix: str
    strategy: Strategy | None = None


class StatisticsOptions(Options):
    """Where counting goes on: behind the id that the last answer named as `next`."""

    strategy: Strategy | None = None
    after: str | None = None


class ListOptions(StatisticsOptions):
    """Which entries are listed: those whose keys begin so; and how many are looked at."""

    prefix: str = ""
    limit: Annotated[int, Field(ge=1, le=MOST_ON_A_PAGE)] = 100


class ExportOptions(Options):
    """Which entries are exported: those whose keys begin so, behind the id that the last answer named as `next`."""

    prefix: str = ""
    after: str | None = None


class ChildStoreOptions(Options):
    """For how long a child is kept: at most, and where nothing is named, until the end that its entry has now.

    If that is put off later, the child's is not.
    """

    ttl_seconds: Seconds | None = None


class ChildrenOptions(Options):
    """Which children are listed: those behind this name; and how many are looked at."""

    after: str = ""
    limit: Annotated[int, Field(ge=1, le=MOST_ON_A_PAGE)] = 100


class Reply(BaseModel):
    """What is answered; made ready when it is first needed, as requests are: a cold start would wait for all of it."""

    model_config = ConfigDict(defer_build=True)


class StoredReply(Reply):
    """Receipt of a store: by what the entry is found, which objects hold it, and until when.

    `version` is its number among those of its key, where the strategy counts.
    """

    cache_id: str
    cache_hash: str
    namespace: str
    paths: list[str]
    size: int
    expires_at: float
    version: int | None


class ExistsReply(Reply):
    """Whether there is such an entry, and what its id is."""

    exists: bool
    cache_id: str | None


class DeletedReply(Reply):
    """How many entries were deleted. Where not complete, the same call deletes more, them or what is under them."""

    deleted: int
    complete: bool


class EntryReply(Reply):
    """An entry, as a list shows it."""

    cache_id: str
    strategy: Strategy
    key: str
    cache_hash: str
    content_type: str
    size: int
    stored_at: float
    expires_at: float


class ListReply(Reply):
    """The entries among those that were looked at whose time is not over. `next` is null where nothing follows."""

    namespace: str
    entries: list[EntryReply]
    next: str | None


class VersionReply(EntryReply):
    """A version of a key; the thousand newest are numbered, and what was beyond them once has no number for good."""

    version: int | None


class VersionsReply(Reply):
    """The versions of a key whose time is not over, the newest first."""

    namespace: str
    key: str
    versions: list[VersionReply]


class StrategyStatistics(Reply):
    """What there is of a strategy: entries, and what has expired and was not cleared away yet."""

    entries: int
    size: int
    expired: int
    expired_size: int
    oldest: float | None
    newest: float | None


class StatisticsReply(Reply):
    """What was counted. Where not complete, the next call goes on behind `next`, and the two are added up."""

    namespace: str
    strategies: dict[Strategy, StrategyStatistics]
    complete: bool
    next: str | None


class ExportReply(Reply):
    """Where the file can be fetched, by GET and without a signature, and until when.

    Where not complete, the next call puts what is behind `next` into another file.
    """

    url: str
    url_expires_at: float
    size: int
    entries: int
    complete: bool
    next: str | None


class ChildReply(Reply):
    """Something that is kept under an entry."""

    name: str
    content_type: str
    size: int
    expires_at: float


class ChildrenReply(Reply):
    """What is kept under an entry, by name. `next` is null where nothing follows."""

    cache_id: str
    children: list[ChildReply]
    next: str | None
