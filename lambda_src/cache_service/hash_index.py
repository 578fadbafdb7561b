"""Finding entries by the hash of their content: an object for each entry below its hash, a marker.

A marker may outlive its entry, or the entry's content: it is a hint, and what it leads to is looked at before it
counts. Whoever comes upon one that leads nowhere clears it away, unless it has been written again meanwhile: an entry
is written before its marker, and no two markers hold the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from lambda_src.cache_service.addresses import Address, marker_path
from lambda_src.cache_service.listing import heads
from lambda_src.cache_service.objects import MOST_LISTED, CacheObject, Listed, ObjectStore
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
        self.objects.put(path, CacheObject(repr(self.now()).encode(), "text/plain", expires_at))
        return path

    def find(self, namespace: str, cache_hash: str) -> Address | None:
        """Return an entry that has this hash now and whose time is not over; most likely one of the newest, if several.

        :raises UnavailableError: if there were so many markers that lead nowhere that looking has to go on.
        """
        listing = self.objects.list(marker_path(namespace, cache_hash))
        newest_first = sorted(listing.objects, key=lambda each: -each.modified_at)
        beginning = len(marker_path(namespace, cache_hash))
        dead = list[tuple[str, str]]()
        found = None
        for markers in _some(newest_first):
            addresses = [_address(each.path[beginning:]) for each in markers]
            alive = self._alive(namespace, cache_hash, addresses)
            dead += [(each.path, each.etag) for each, lives in zip(markers, alive, strict=True) if not lives]
            found = next((each for each, lives in zip(addresses, alive, strict=True) if lives), None)
            if found:
                break
        self.objects.discard(dead)
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


def _address(cache_id: str) -> Address | None:
    try:
        return Address.of_id(cache_id)
    except InvalidInputError:
        return None


def _some(markers: Sequence[Listed]) -> Iterator[Sequence[Listed]]:
    """Return markers in groups: the first alone, as it nearly always is the one."""
    if markers:
        yield markers[:1]
    for start in range(1, len(markers), AT_ONCE):
        yield markers[start : start + AT_ONCE]
