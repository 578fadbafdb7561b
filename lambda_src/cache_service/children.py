"""What is kept under an entry: bytes with a name, which go with their entry.

A child belongs to what its entry held when it was stored. It is there until the end that its entry had then, and not
when the entry is gone or holds something else: what cannot be seen any more is cleared away when the entry is deleted
or another child is stored.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from lambda_src.cache_service.addresses import Address, child_path, children_prefix, quoted, unquoted
from lambda_src.cache_service.listing import heads
from lambda_src.cache_service.objects import CacheObject, Head, Listing, ObjectStore
from lambda_src.cache_service.writing import Admit, let_in
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
    :param admit: sees to quotas.
    """

    objects: ObjectStore
    now: Callable[[], float]
    admit: Admit = let_in

    def store(
        self, namespace: str, parent: Address, name: str, data: bytes, content_type: str, seconds: int | None = None
    ) -> CacheObject:
        """Keep bytes under an entry, replacing those of the same name; return them with the end that they got.

        :param seconds: time to live, if its entry does not end before; None for the end that its entry has now.
        :raises NotFoundError: if there is no such entry.
        :raises ServiceError: if there is no room for it.
        """
        head = self._head(namespace, parent)
        end = head.expires_at if seconds is None else min(self.now() + seconds, head.expires_at)
        item = CacheObject(data, content_type, end)
        path = child_path(namespace, parent.cache_id, head.content_hash, name)
        self.admit(namespace, len(data), path)
        self.objects.put(path, item)
        try:
            self._head(namespace, parent)
        except NotFoundError:
            # Deleted just now, perhaps before ours was there to be deleted with it.
            self.objects.delete([path])
            raise
        self._clear(namespace, self.objects.list(children_prefix(namespace, parent)))
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

    def sweep(self, namespace: str, prefix: str, *, once: bool = False) -> bool:
        """Delete what is kept under entries that are gone or hold something else now; return whether that was all.

        Of many, it deletes some, and goes on when it is called again.

        :param prefix: from :func:`~lambda_src.cache_service.addresses.children_prefix` or `children_prefix_of`.
        :param once: look at no more than one list.
        """
        after = ""
        while True:
            listing = self.objects.list(prefix, after=after)
            if self._clear(namespace, listing) or once or listing.is_complete:
                return listing.is_complete
            after = listing.objects[-1].path

    def _clear(self, namespace: str, listing: Listing) -> bool:
        """Delete those of some children that cannot be seen any more; return whether there were such."""
        if not listing.objects:
            return False
        # namespace/children/cache_id/hash/name
        parents = {each.path: each.path.split("/")[2:4] for each in listing.objects}
        ids = sorted({cache_id for cache_id, _ in parents.values()})
        found = heads(self.objects, [f"{namespace}/{cache_id.replace('.', '/')}" for cache_id in ids])
        now = self.now()
        alive = {
            (cache_id, head.content_hash)
            for cache_id, head in zip(ids, found, strict=True)
            if head and head.expires_at > now
        }
        gone = [(each.path, each.etag) for each in listing.objects if tuple(parents[each.path]) not in alive]
        self.objects.discard(gone)
        return bool(gone)

    def _path(self, namespace: str, parent: Address, name: str) -> str:
        return child_path(namespace, parent.cache_id, self._head(namespace, parent).content_hash, name)

    def _head(self, namespace: str, parent: Address) -> Head:
        head = self.objects.head(parent.path(namespace))
        if head is None or head.expires_at <= self.now():
            raise NotFoundError("not-cached", f"there is no entry {parent.cache_id!r} in namespace {namespace!r}")
        return head
