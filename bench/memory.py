"""Stores of objects in memory, so that what functions do around them can be measured by itself."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import replace

from lambda_src.cache_service.objects import (
    MOST_LISTED,
    CacheObject,
    Head,
    Listed,
    Listing,
    ObjectStore,
    content_hash,
)  # fmt: skip
from lambda_src.proxy_management import store as reports


class Entries(ObjectStore):
    """The cache's objects."""

    def __init__(self) -> None:
        self._objects: dict[str, CacheObject] = {}
        self._versions = itertools.count(1)

    def put(self, path: str, item: CacheObject) -> None:
        self._objects[path] = replace(item, etag=str(next(self._versions)))

    def put_new(self, path: str, item: CacheObject) -> bool:
        if path in self._objects:
            return False
        self.put(path, item)
        return True

    def replace(self, path: str, item: CacheObject, etag: str) -> bool:
        if path not in self._objects or self._objects[path].etag != etag:
            return False
        self.put(path, item)
        return True

    def get(self, path: str, *, fresh: bool = False) -> CacheObject | None:  # noqa: ARG002 - it always is
        return self._objects.get(path)

    def head(self, path: str, *, readable: bool = False) -> Head | None:  # noqa: ARG002 - it always is
        item = self._objects.get(path)
        if item is None:
            return None
        return Head(item.content_type, item.expires_at, len(item.data), content_hash(item.data), item.etag)

    def list(self, prefix: str, *, after: str = "", limit: int = MOST_LISTED) -> Listing:
        paths = sorted(path for path in self._objects if path.startswith(prefix) and path > after)
        some = [(path, self._objects[path]) for path in paths[:limit]]
        found = tuple(Listed(path, len(item.data), 0, item.etag) for path, item in some)
        return Listing(found, is_complete=len(paths) <= limit)

    def delete(self, paths: Sequence[str]) -> None:
        for path in paths:
            self._objects.pop(path, None)

    def discard(self, useless: Sequence[tuple[str, str]]) -> None:
        self.delete([path for path, etag in useless if path in self._objects and self._objects[path].etag == etag])


class Reports(reports.ObjectStore):
    """Proxy management's objects."""

    def __init__(self) -> None:
        self._objects: dict[str, reports.Kept] = {}
        self._versions = itertools.count(1)

    def read(self, key: str) -> reports.Kept | None:
        return self._objects.get(key)

    def read_each(self, keys: Sequence[str]) -> Iterable[reports.Kept | None]:
        return [self.read(key) for key in keys]

    def write(self, key: str, data: bytes, *, replaces: str | None) -> bool:
        current = self._objects.get(key)
        if (current.etag if current else None) != replaces:
            return False
        self._objects[key] = reports.Kept(data, str(next(self._versions)))
        return True

    def list_first(self, *, after: str = "", at_most: int) -> list[reports.Listed]:
        return self._listed(key for key in self._objects if key > after)[:at_most]

    def list_each(self, prefixes: Sequence[str]) -> list[reports.Listed]:
        return self._listed(key for key in self._objects if key.startswith(tuple(prefixes)))

    def _listed(self, keys: Iterable[str]) -> list[reports.Listed]:
        return [reports.Listed(key, self._objects[key].etag) for key in sorted(keys)]
