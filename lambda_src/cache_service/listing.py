"""Walking through the entries of a namespace: page by page, in the order of their ids, without those that have ended.

A list of S3 does not know the ends of what it shows, so every entry that counts is asked for its own; how many at most
is up to the caller, and a bound that was reached is told.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice

from contract.cache import Strategy
from lambda_src.cache_service.addresses import Address, prefix_of
from lambda_src.cache_service.objects import MOST_LISTED, Head, Listed, ObjectStore

READERS = 8
"""Reading is waiting: eight at a time, below the client's pool of ten connections."""


CLEARED_AFTER_SECONDS = 10.0
"""How long ago something must have ended to be cleared away before the bucket does it; no two clocks differ by more.

Nobody writes an entry again once it has ended, unless with another end.
"""


@dataclass(frozen=True)
class Entry:
    """What lies in the store as an entry, whether its time is over or not."""

    address: Address
    listed: Listed


@dataclass(frozen=True)
class LiveEntry:
    """An entry whose time is not over.

    :param stored_at: seconds since 1970, UTC.
    """

    address: Address
    head: Head
    stored_at: float


@dataclass(frozen=True)
class Page:
    """Some of the entries that were asked for.

    :param next: id of the last one that was looked at, behind which to go on; None where nothing follows.
    """

    entries: tuple[LiveEntry, ...]
    next: str | None


@dataclass(frozen=True)
class Tally:
    """What was counted of one strategy.

    :param entries: whose time is not over, as of `size`.
    :param size: bytes.
    :param expired: whose time is over, and which are not cleared away yet.
    :param oldest: when the oldest that is not over was stored, in seconds since 1970, UTC.
    """

    entries: int = 0
    size: int = 0
    expired: int = 0
    expired_size: int = 0
    oldest: float | None = None
    newest: float | None = None


@dataclass(frozen=True)
class Selection:
    """Which entries are meant.

    :param key_prefix: those whose keys begin so.
    :param after: id behind which to begin; whether there still is an entry of that id does not matter.
    """

    namespace: str
    strategies: Collection[Strategy] = tuple(Strategy)
    key_prefix: str = ""
    after: Address | None = None


def walk(objects: ObjectStore, wanted: Selection, *, page_size: int = MOST_LISTED) -> Iterator[Entry]:
    """Return the entries of a namespace one after the other, ended or not, by strategy and path.

    :param page_size: how many are asked for at once.
    """
    for strategy in sorted(wanted.strategies):
        if wanted.after is None or strategy > wanted.after.strategy:
            position = ""
        elif strategy == wanted.after.strategy:
            position = wanted.after.path(wanted.namespace)
        else:
            continue
        for listed in objects_below(
            objects, prefix_of(wanted.namespace, strategy, wanted.key_prefix), position, page_size
        ):
            if address := Address.of_path(wanted.namespace, listed.path):
                yield Entry(address, listed)


def objects_below(objects: ObjectStore, prefix: str, after: str = "", page_size: int = MOST_LISTED) -> Iterator[Listed]:
    """Return all objects whose paths begin with a prefix, one after the other.

    :param after: only those behind this path.
    :param page_size: how many are asked for at once.
    """
    is_complete = False
    while not is_complete:
        page = objects.list(prefix, after=after, limit=page_size)
        yield from page.objects
        is_complete = page.is_complete or not page.objects
        after = page.objects[-1].path if page.objects else after


def heads(objects: ObjectStore, paths: Sequence[str]) -> list[Head | None]:
    """Return what is known of objects beside their bytes, in their order; None for one that is not there."""
    if len(paths) < 2:
        return [objects.head(path) for path in paths]
    with ThreadPoolExecutor(READERS) as readers:
        return list(readers.map(objects.head, paths))


@dataclass(frozen=True)
class Catalogue:
    """What there is in a namespace.

    :param now: returns seconds since 1970, UTC.
    """

    objects: ObjectStore
    now: Callable[[], float]

    def page(self, wanted: Selection, limit: int) -> Page:
        """Return the entries among the next ones that have not ended.

        :param limit: how many are looked at, at most.
        """
        found, following = self._look(wanted, limit)
        return Page(tuple(each for each in found if isinstance(each, LiveEntry)), following)

    def tally(self, wanted: Selection, limit: int) -> tuple[dict[Strategy, Tally], str | None]:
        """Count the entries of each strategy, and return where counting has to go on if there are more.

        :param limit: how many are looked at, at most.
        """
        found, following = self._look(wanted, limit)
        tallies = {strategy: Tally() for strategy in sorted(wanted.strategies)}
        for each in found:
            strategy = each.address.strategy
            tallies[strategy] = _counted(tallies[strategy], each)
        return tallies, following

    def _look(self, wanted: Selection, limit: int) -> tuple[list[LiveEntry | Entry], str | None]:
        """Return the next entries, those that have ended without their heads, and where to go on."""
        seen = list(islice(walk(self.objects, wanted, page_size=min(limit + 1, MOST_LISTED)), limit + 1))
        following = seen[limit - 1].address.cache_id if len(seen) > limit else None
        paths = [each.listed.path for each in seen[:limit]]
        now, found = self.now(), list[LiveEntry | Entry]()
        for each, head in zip(seen[:limit], heads(self.objects, paths), strict=True):
            if head and head.expires_at > now:
                found.append(LiveEntry(each.address, head, each.listed.modified_at))
            elif head:
                found.append(each)
        return found, following


def _counted(tally: Tally, each: LiveEntry | Entry) -> Tally:
    """Return a tally with one more entry."""
    if isinstance(each, Entry):
        expired, size = tally.expired + 1, tally.expired_size + each.listed.size
        return Tally(tally.entries, tally.size, expired, size, tally.oldest, tally.newest)
    times = [each.stored_at, *(time for time in (tally.oldest, tally.newest) if time is not None)]
    entries, size = tally.entries + 1, tally.size + each.head.size
    return Tally(entries, size, tally.expired, tally.expired_size, min(times), max(times))
