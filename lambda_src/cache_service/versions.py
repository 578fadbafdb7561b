"""Numbers of the entries of a key: which version is the first, the second and so on, and which is the newest.

A version is safe before it has a number: it lies under a name that nobody else can take. Its number stands in one
object for each key. Who writes that object numbers all versions that have none yet, so that many who store at once help
each other instead of racing for the next number: of those who win the race while one is waiting, the second at the
latest has listed its version, too.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from contract.cache import Strategy
from lambda_src.cache_service.addresses import Address, numbers_path, prefix_of_key
from lambda_src.cache_service.listing import CLEARED_AFTER_SECONDS, LiveEntry, heads
from lambda_src.cache_service.objects import MOST_LISTED, CacheObject, ObjectStore
from lambda_src.shared.errors import UnavailableError

TRIES = 20
"""Three are enough, as said above; but S3 may also refuse two at once without letting one of them win."""

_FEW = 20


@dataclass(frozen=True)
class Numbers:
    """Which version of a key has which number.

    :param following: the number that the next version gets; no number is given twice as long as one version is kept.
    :param by_leaf: number of each version, by the leaf of its address.
    :param oldest: leaf of the oldest version that may still get a number; empty for no bound. Those before it had
        theirs, and would get a second one.
    """

    following: int
    by_leaf: Mapping[str, int]
    oldest: str = ""

    def with_all(self, newest_first: list[str], *, is_complete: bool) -> Numbers:
        """Return the numbers of these versions and no others; those that had none get the next, the oldest first.

        :param is_complete: whether there are no older ones.
        """
        known = {leaf: self.by_leaf[leaf] for leaf in newest_first if leaf in self.by_leaf}
        # Leaves count down.
        new = [
            leaf for leaf in reversed(newest_first) if leaf not in known and not (self.oldest and leaf > self.oldest)
        ]
        numbered = known | {leaf: self.following + n for n, leaf in enumerate(new)}
        bounds = [leaf for leaf in (self.oldest, *([] if is_complete else newest_first[-1:])) if leaf]
        return Numbers(self.following + len(new), numbered, min(bounds, default=""))


@dataclass(frozen=True)
class Version:
    """A version of a key.

    :param number: None if it has none yet, or is too old to be counted.
    """

    number: int | None
    entry: LiveEntry


@dataclass(frozen=True)
class Versions:
    """The entries of a key, by their age and by their numbers.

    Of a key with more versions than one list shows, the newest have numbers; the others are found by their ids.

    :param now: returns seconds since 1970, UTC.
    """

    objects: ObjectStore
    now: Callable[[], float]

    def newest(self, namespace: str, strategy: Strategy, key: str) -> Address | None:
        """Return the newest entry of a key whose time is not over, and clear away what ended a while ago and hid it.

        :raises UnavailableError: if so many have ended that looking has to go on.
        """
        for addresses in self._newest_first(namespace, strategy, key):
            paths = [address.path(namespace) for address in addresses]
            found, now = heads(self.objects, paths), self.now()
            ended = [
                (path, head.etag)
                for path, head in zip(paths, found, strict=True)
                if head and head.expires_at <= now - CLEARED_AFTER_SECONDS
            ]
            self.objects.discard(ended)
            for address, head in zip(addresses, found, strict=True):
                if head and head.expires_at > now:
                    return address
        return None

    def number(self, namespace: str, address: Address, expires_at: float) -> int | None:
        """Return the number of a version that was just stored; None if it is not among the newest any more.

        :param expires_at: until when it is kept, in seconds since 1970.
        :raises UnavailableError: if too many store at once; the version is kept, and storing it again is harmless
            with an idempotency key.
        """
        path = numbers_path(namespace, address.key)
        for _try in range(TRIES):
            kept = self.objects.get(path, fresh=True)
            numbers = _parsed(kept)
            if (own := numbers.by_leaf.get(address.leaf)) is not None:
                return own
            leaves, is_complete = self._leaves(namespace, address.key)
            numbers = numbers.with_all(leaves, is_complete=is_complete)
            if address.leaf not in numbers.by_leaf:
                return None
            item = _written(numbers, max(expires_at, kept.expires_at if kept else 0.0))
            if self.objects.replace(path, item, kept.etag) if kept else self.objects.put_new(path, item):
                return numbers.by_leaf[address.leaf]
        raise UnavailableError("busy", "the version is kept, and has no number yet: too many store this key at once")

    def find(self, namespace: str, key: str, number: int) -> Address | None:
        """Return the version of a key that has this number, ended or not."""
        numbers = _parsed(self.objects.get(numbers_path(namespace, key), fresh=True))
        leaf = next((leaf for leaf, each in numbers.by_leaf.items() if each == number), None)
        return Address(Strategy.TEMPORAL_VERSIONED, key, leaf) if leaf else None

    def all(self, namespace: str, key: str, limit: int) -> list[Version]:
        """Return the versions of a key whose time is not over, the newest first.

        :param limit: how many are looked at, at most.
        """
        numbers = _parsed(self.objects.get(numbers_path(namespace, key), fresh=True))
        listing = self.objects.list(prefix_of_key(namespace, Strategy.TEMPORAL_VERSIONED, key), limit=limit)
        known = [(Address.of_path(namespace, each.path), each) for each in listing.objects]
        found = zip(known, heads(self.objects, [each.path for each in listing.objects]), strict=True)
        now = self.now()
        return [
            Version(numbers.by_leaf.get(address.leaf), LiveEntry(address, head, listed.modified_at))
            for (address, listed), head in found
            if address and head and head.expires_at > now
        ]

    def _leaves(self, namespace: str, key: str) -> tuple[list[str], bool]:
        """Return the leaves of the newest versions, and whether those are all."""
        listing = self.objects.list(prefix_of_key(namespace, Strategy.TEMPORAL_VERSIONED, key))
        found = (Address.of_path(namespace, each.path) for each in listing.objects)
        return [address.leaf for address in found if address], listing.is_complete

    def _newest_first(self, namespace: str, strategy: Strategy, key: str) -> Iterator[list[Address]]:
        """Return the entries of a key: first the newest alone, which nearly always is the one, then more at a time."""
        prefix, after = prefix_of_key(namespace, strategy, key), ""
        for limit in (1, _FEW, MOST_LISTED - _FEW - 1):
            page = self.objects.list(prefix, after=after, limit=limit)
            found = (Address.of_path(namespace, each.path) for each in page.objects)
            yield [address for address in found if address]
            if page.is_complete or not page.objects:
                return
            after = page.objects[-1].path
        problem = f"the {MOST_LISTED} newest entries of this key have ended and are cleared away now; there are more"
        raise UnavailableError("busy", f"{problem}: try again")


def _parsed(kept: CacheObject | None) -> Numbers:
    """Read the object; one that is none of ours counts as empty, and the next store writes it anew."""
    try:
        read: Any = json.loads(kept.data) if kept else {}
        by_leaf = {str(leaf): int(number) for leaf, number in read.get("numbers", {}).items()}
        return Numbers(int(read.get("following", 1)), by_leaf, str(read.get("oldest", "")))
    except (ValueError, TypeError, AttributeError):
        return Numbers(1, {})


def _written(numbers: Numbers, expires_at: float) -> CacheObject:
    told = {"following": numbers.following, "numbers": dict(numbers.by_leaf), "oldest": numbers.oldest}
    text = json.dumps(told, separators=(",", ":"))
    return CacheObject(text.encode(), "application/json", expires_at)
