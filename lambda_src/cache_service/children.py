"""What is kept under an entry: bytes with a name, which go with their entry.

A child belongs to what its entry held when it was stored. It is there as long as that is: not longer than its entry,
and not when the entry holds something else.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from lambda_src.cache_service.addresses import Address, child_path, quoted, unquoted
from lambda_src.cache_service.listing import heads
from lambda_src.cache_service.objects import CacheObject, Head, ObjectStore
from lambda_src.shared.errors import NotFoundError


@dataclass(frozen=True)
class Child:
    """One of the things under an entry."""

    name: str
    head: Head


@dataclass(frozen=True)
class Children:
    """What is kept under entries.

    :param now: returns seconds since 1970, UTC.
    """

    objects: ObjectStore
    now: Callable[[], float]

    def store(
        self, namespace: str, parent: Address, name: str, data: bytes, content_type: str, seconds: int | None = None
    ) -> CacheObject:
        """Keep bytes under an entry, replacing those of the same name; return them with the end that they got.

        :param seconds: time to live, if its entry does not end before; None for as long as its entry.
        :raises NotFoundError: if there is no such entry.
        """
        head = self._head(namespace, parent)
        end = head.expires_at if seconds is None else min(self.now() + seconds, head.expires_at)
        item = CacheObject(data, content_type, end)
        path = child_path(namespace, parent.cache_id, head.content_hash, name)
        self.objects.put(path, item)
        try:
            self._head(namespace, parent)
        except NotFoundError:
            # Deleted just now, perhaps before ours was there to be deleted with it.
            self.objects.delete([path])
            raise
        return item

    def retrieve(self, namespace: str, parent: Address, name: str) -> CacheObject:
        """Return what is kept under an entry.

        :raises NotFoundError: if there is no such entry, or nothing of that name under it.
        """
        item = self.objects.get(self._path(namespace, parent, name))
        if item is None or item.expires_at <= self.now():
            raise NotFoundError("not-cached", f"nothing is kept under {name!r} with this entry, or its time is over")
        return item

    def page(self, namespace: str, parent: Address, *, after: str, limit: int) -> tuple[list[Child], str | None]:
        """Return what is kept under an entry, by name, and the name behind which to go on if there is more.

        :param limit: how many are looked at, at most.
        :raises NotFoundError: if there is no such entry.
        """
        prefix = self._path(namespace, parent, "")
        listing = self.objects.list(prefix, after=prefix + quoted(after) if after else "", limit=limit)
        paths = [each.path for each in listing.objects]
        names = [unquoted(path.removeprefix(prefix)) for path in paths]
        now = self.now()
        found = zip(names, heads(self.objects, paths), strict=True)
        children = [Child(name, head) for name, head in found if head and head.expires_at > now]
        return children, None if listing.is_complete or not names else names[-1]

    def delete(self, namespace: str, parent: Address, name: str) -> bool:
        """Delete what is kept under an entry; return whether there was such a thing.

        :raises NotFoundError: if there is no such entry.
        """
        path = self._path(namespace, parent, name)
        existed = self.objects.head(path) is not None
        self.objects.delete([path])
        return existed

    def delete_all(self, prefix: str) -> None:
        """Delete everything that is or was kept under entries.

        :param prefix: from :func:`~lambda_src.cache_service.addresses.children_prefix`.
        """
        is_complete = False
        while not is_complete:
            listing = self.objects.list(prefix)
            self.objects.delete([each.path for each in listing.objects])
            is_complete = listing.is_complete

    def _path(self, namespace: str, parent: Address, name: str) -> str:
        return child_path(namespace, parent.cache_id, self._head(namespace, parent).content_hash, name)

    def _head(self, namespace: str, parent: Address) -> Head:
        head = self.objects.head(parent.path(namespace))
        if head is None or head.expires_at <= self.now():
            raise NotFoundError("not-cached", f"there is no entry {parent.cache_id!r} in namespace {namespace!r}")
        return head
