"""Storing, finding and deleting entries. Knows no S3, no HTTP and no clock: they are passed in.

An entry's end stands with the object and is enforced whenever it is looked at, so that it holds to the second: what has
ended is nowhere, whether or not it has been cleared away. Clearing is the bucket's lifecycle.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice

from contract.cache import Strategy
from lambda_src.cache_service.addresses import Address, children_prefix, children_prefix_of
from lambda_src.cache_service.children import Children
from lambda_src.cache_service.hash_index import HashIndex
from lambda_src.cache_service.listing import Catalogue, Selection, walk
from lambda_src.cache_service.objects import MOST_LISTED, CacheObject, ObjectStore, content_hash
from lambda_src.cache_service.versions import Versions
from lambda_src.cache_service.writing import Admit, Order, Writer, let_in
from lambda_src.shared.errors import Detail, InvalidInputError, NotFoundError

FOUND_BY_KEY = (Strategy.KEY_BASED, Strategy.TEMPORAL_LATEST, Strategy.TEMPORAL_VERSIONED)
"""Strategies by which one entry of a key is the one that is meant."""


@dataclass(frozen=True)
class Stored:
    """Receipt of a store.

    :param cache_hash: first 16 hexadecimal digits of the content's SHA-256.
    :param paths: objects that were written, the entry first.
    :param size: bytes.
    :param expires_at: until when it is kept, in seconds since 1970, UTC.
    :param version: number among those of its key; None where the strategy does not count.
    """

    cache_id: str
    cache_hash: str
    namespace: str
    paths: tuple[str, ...]
    size: int
    expires_at: float
    version: int | None = None


@dataclass(frozen=True)
class Found:
    """An entry, its time not over.

    :param remaining_seconds: for how many whole seconds it may still be served.
    """

    address: Address
    item: CacheObject
    remaining_seconds: int


@dataclass(frozen=True)
class Deleted:
    """What a deletion did.

    :param entries: how many were deleted; some of them may have ended before.
    :param is_complete: whether no more of them are left.
    """

    entries: int
    is_complete: bool


class Cache:
    """The cache, over a store of objects.

    :param now: returns seconds since 1970, UTC.
    :param writer: writes entries; one over the same objects if none is given.
    :param admit: sees to quotas of what is kept under entries, and of entries unless the writer is given.
    """

    def __init__(
        self, objects: ObjectStore, now: Callable[[], float], writer: Writer | None = None, *, admit: Admit = let_in
    ) -> None:
        self._objects = objects
        self._now = now
        self._writer = writer or Writer(objects, now, admit=admit)
        self.hashes = HashIndex(objects, now)
        self.versions = Versions(objects, now)
        self.children = Children(objects, now, admit)
        self.catalogue = Catalogue(objects, now)

    def store(self, order: Order, *, by_hash: bool = True) -> Stored:
        """Keep data for a time.

        :param by_hash: whether it can be found by its hash, which takes another write.
        """
        written = self._writer.write(order)
        namespace, address = order.namespace, written.address
        cache_hash = content_hash(order.data)
        paths = [address.path(namespace)]
        if by_hash:
            paths.append(self.hashes.add(namespace, cache_hash, address, written.expires_at))
        is_counted = order.strategy is Strategy.TEMPORAL_VERSIONED
        return Stored(
            cache_id=address.cache_id,
            cache_hash=cache_hash,
            namespace=namespace,
            paths=tuple(paths),
            size=len(order.data),
            expires_at=written.expires_at,
            version=self.versions.number(namespace, address, written.expires_at) if is_counted else None,
        )

    def retrieve(self, namespace: str, address: Address) -> Found:
        """Return an entry.

        :raises NotFoundError: if there is none, or its time is over.
        """
        item = self._objects.get(address.path(namespace))
        what = f"{address.cache_id!r} in namespace {namespace!r}"
        if item is None:
            raise NotFoundError("not-cached", f"nothing is kept as {what}")
        remaining = item.expires_at - self._now()
        if remaining <= 0:
            raise NotFoundError("expired", f"what was kept as {what} has expired")
        return Found(address, item, math.floor(remaining))

    def retrieve_by_key(self, namespace: str, strategy: Strategy, key: str, version: int | None = None) -> Found:
        """Return the entry of a key: the one, the newest, or the version that is asked for.

        :raises InvalidInputError: if the strategy knows none of these.
        :raises NotFoundError: if there is none, or its time is over.
        """
        if strategy not in FOUND_BY_KEY:
            problem = "entries of this strategy are found by their cache_id or hash, and not by a key"
            raise InvalidInputError("not-by-key", problem, [_detail("path.strategy", problem, strategy, FOUND_BY_KEY)])
        if version is not None and strategy is not Strategy.TEMPORAL_VERSIONED:
            problem = "entries of this strategy are not numbered"
            allowed = (Strategy.TEMPORAL_VERSIONED,)
            raise InvalidInputError("no-versions", problem, [_detail("path.strategy", problem, strategy, allowed)])
        address = self._address(namespace, strategy, key, version)
        if address is None:
            which = "nothing" if version is None else f"no version {version}"
            raise NotFoundError("not-cached", f"{which} is kept under {key!r} in namespace {namespace!r}")
        return self.retrieve(namespace, address)

    def retrieve_by_hash(self, namespace: str, cache_hash: str) -> Found:
        """Return an entry with this content.

        :raises NotFoundError: if there is none whose time is not over.
        """
        # What is found may be replaced before it is read; then there may be another.
        for _look in range(2):
            address = self.hashes.find(namespace, cache_hash)
            if address is None:
                break
            with suppress(NotFoundError):
                found = self.retrieve(namespace, address)
                if content_hash(found.item.data) == cache_hash:
                    return found
        which = f"with the hash {cache_hash!r} is kept in namespace {namespace!r}"
        raise NotFoundError("not-cached", f"nothing {which}, or it was stored with by_hash=false")

    def exists(self, namespace: str, address: Address) -> bool:
        """Return whether there is an entry whose time is not over."""
        head = self._objects.head(address.path(namespace))
        return head is not None and head.expires_at > self._now()

    def delete(self, namespace: str, address: Address) -> Deleted:
        """Delete an entry and what is kept under it; one that is not there is no error."""
        existed = self.exists(namespace, address)
        self._objects.delete([address.path(namespace)])
        return Deleted(int(existed), self.children.sweep(namespace, children_prefix(namespace, address)))

    def delete_all(self, wanted: Selection, limit: int = MOST_LISTED) -> Deleted:
        """Delete entries and what is kept under them, and under those before whose deletion was broken off.

        Their markers stay and lead nowhere: whoever comes upon one clears it away.

        :param limit: how many entries at most.
        """
        found = list(islice(walk(self._objects, wanted, page_size=min(limit + 1, MOST_LISTED)), limit + 1))
        paths = [each.listed.path for each in found[:limit]]
        self._objects.delete(paths)
        is_last = len(found) <= limit
        # As long as entries are left, only the first of their children are looked at: those of what was deleted.
        swept = [
            self.children.sweep(
                wanted.namespace,
                children_prefix_of(wanted.namespace, strategy, wanted.key_prefix),
                once=not is_last,
            )
            for strategy in wanted.strategies
        ]
        return Deleted(len(paths), is_last and all(swept))

    def _address(self, namespace: str, strategy: Strategy, key: str, version: int | None) -> Address | None:
        if strategy is Strategy.KEY_BASED:
            return Address(strategy, key)
        if version is not None:
            return self.versions.find(namespace, key, version)
        return self.versions.newest(namespace, strategy, key)


def _detail(path: str, problem: str, value: str, allowed: tuple[Strategy, ...]) -> Detail:
    return Detail(path, problem, value, ", ".join(allowed))
