"""Finding entries by the hash of their content: an empty object for each entry below its hash, a marker.

A marker may outlive its entry, or the entry's content: it is a hint, and what it leads to is looked at before it
counts. Whoever comes upon one that leads nowhere clears it away.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from lambda_src.cache_service.addresses import Address, marker_path
from lambda_src.cache_service.listing import heads
from lambda_src.cache_service.objects import MOST_LISTED, CacheObject, ObjectStore
from lambda_src.shared.errors import InvalidInputError, UnavailableError

AT_ONCE = 40
"""Entries that are looked at together, after the newest alone."""


@dataclass(frozen=True)
class HashIndex:
    """The markers of all namespaces.

    :param now: returns seconds since 1970, UTC.
    """

    objects: ObjectStore
    now: Callable[[], float]

    def add(self, namespace: str, cache_hash: str, address: Address, expires_at: float) -> str:
        """Note that an entry, which is already written, has a hash; return the marker's path."""
        path = marker_path(namespace, cache_hash, address.cache_id)
        self.objects.put(path, CacheObject(b"", "application/octet-stream", expires_at))
        return path

    def find(self, namespace: str, cache_hash: str) -> Address | None:
        """Return an entry that has this hash now and whose time is not over; the one that was stored last, if several.

        :raises UnavailableError: if there were so many markers that lead nowhere that looking has to go on.
        """
        listing = self.objects.list(marker_path(namespace, cache_hash))
        newest_first = sorted(listing.objects, key=lambda each: -each.modified_at)
        beginning = len(marker_path(namespace, cache_hash))
        dead = list[str]()
        found = None
        for ids in _some(each.path[beginning:] for each in newest_first):
            addresses = [_address(each) for each in ids]
            alive = self._alive(namespace, cache_hash, addresses)
            dead += [each for each, lives in zip(ids, alive, strict=True) if not lives]
            found = next((each for each, lives in zip(addresses, alive, strict=True) if lives), None)
            if found:
                break
        self._clear(namespace, cache_hash, dead)
        if found is None and not listing.is_complete:
            problem = (
                f"{MOST_LISTED} entries of this hash have ended and are cleared away now; there are more: try again"
            )
            raise UnavailableError("busy", problem)
        return found

    def _alive(self, namespace: str, cache_hash: str, addresses: list[Address | None]) -> list[bool]:
        known = [address.path(namespace) for address in addresses if address]
        kept = dict(zip(known, heads(self.objects, known), strict=True))
        now = self.now()
        found = (kept.get(address.path(namespace)) if address else None for address in addresses)
        return [bool(head and head.content_hash == cache_hash and head.expires_at > now) for head in found]

    def _clear(self, namespace: str, cache_hash: str, cache_ids: list[str]) -> None:
        """Delete markers; those whose entries were stored again meanwhile are put back.

        An entry is written before its marker. If that was before we look again, we put the marker back; if after, so
        is its marker.
        """
        if not cache_ids:
            return
        self.objects.delete([marker_path(namespace, cache_hash, each) for each in cache_ids])
        addresses = [_address(each) for each in cache_ids]
        for address, lives in zip(addresses, self._alive(namespace, cache_hash, addresses), strict=True):
            head = self.objects.head(address.path(namespace)) if address and lives else None
            if address and head:
                self.add(namespace, cache_hash, address, head.expires_at)


def _address(cache_id: str) -> Address | None:
    try:
        return Address.of_id(cache_id)
    except InvalidInputError:
        return None


def _some(cache_ids: Iterator[str]) -> Iterator[list[str]]:
    """Return ids in groups: the first alone, as it nearly always is the one."""
    everything = list(cache_ids)
    if everything:
        yield everything[:1]
    for start in range(1, len(everything), AT_ONCE):
        yield everything[start : start + AT_ONCE]
