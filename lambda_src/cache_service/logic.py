"""Storing and retrieving under a key, with a time to live. Knows no S3 and no clock: both are passed in.

An entry's end stands with the object and is enforced on every read, so that it holds to the second; the bucket's
lifecycle rules only clear away later what nobody can read any more.
"""

from __future__ import annotations

import hashlib
import math
import uuid
from collections.abc import Callable
from dataclasses import dataclass

from lambda_src.cache_service.objects import CacheObject, ObjectStore
from lambda_src.shared.errors import NotFoundError


@dataclass(frozen=True)
class Stored:
    """Receipt of a store.

    :param cache_id: stable name of the entry; the same namespace and key give the same.
    :param cache_hash: first 16 hexadecimal digits of the data's SHA-256.
    :param paths: objects that hold the entry.
    :param size: bytes.
    """

    cache_id: str
    cache_hash: str
    namespace: str
    paths: tuple[str, ...]
    size: int


@dataclass(frozen=True)
class KeyBasedCache:
    """The strategy `key-based`: one object per key, the last store wins.

    :param now: returns seconds since 1970, UTC.
    """

    store_of_objects: ObjectStore
    now: Callable[[], float]

    def store(self, namespace: str, key: str, data: bytes, *, content_type: str, ttl_seconds: int) -> Stored:
        """Keep data under a key for a time."""
        path = object_path(namespace, key)
        expires_at = self.now() + ttl_seconds
        self.store_of_objects.put(path, CacheObject(data, content_type, expires_at))
        return Stored(
            cache_id=str(uuid.uuid5(uuid.NAMESPACE_URL, path)),
            cache_hash=hashlib.sha256(data).hexdigest()[:16],
            namespace=namespace,
            paths=(path,),
            size=len(data),
        )

    def retrieve(self, namespace: str, key: str) -> CacheObject:
        """Return what is kept under a key.

        :raises NotFoundError: if there is nothing, or its time is over.
        """
        item = self.store_of_objects.get(object_path(namespace, key))
        if item is None:
            raise NotFoundError("not-cached", f"nothing is kept under {key!r} in namespace {namespace!r}")
        if item.expires_at <= self.now():
            raise NotFoundError("expired", f"what was kept under {key!r} in namespace {namespace!r} has expired")
        return item

    def remaining_seconds(self, item: CacheObject) -> int:
        """Return for how many whole seconds an entry may still be served."""
        return max(0, math.floor(item.expires_at - self.now()))


def object_path(namespace: str, key: str) -> str:
    """Return the name of the object that holds a key-based entry."""
    return f"{namespace}/key-based/{key}"
