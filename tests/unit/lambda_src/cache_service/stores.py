"""Stores of objects in memory that behave as S3 does, one that counts who asks, and one that never answers."""

from __future__ import annotations

import hashlib
import threading
from bisect import bisect_right
from dataclasses import replace

from lambda_src.cache_service.objects import MOST_LISTED, Head, Listed, Listing, content_hash
from lambda_src.shared.errors import UnavailableError


class MemoryStore:
    """Keeps objects; what it does for one caller, it does as a whole.

    :ivar objects: by path.
    :ivar calls: the name of each method that was called, and its path.
    """

    def __init__(self, now=lambda: 0.0):
        self.objects = {}
        self.calls = []
        self._modified = {}
        self._now = now
        self._lock = threading.RLock()

    def put(self, path, item):
        self._note("put", path)
        with self._lock:
            self._keep(path, item)

    def put_new(self, path, item):
        self._note("put_new", path)
        with self._lock:
            if path in self.objects:
                return False
            self._keep(path, item)
            return True

    def replace(self, path, item, etag):
        self._note("replace", path)
        with self._lock:
            if path not in self.objects or _etag(self.objects[path]) != etag:
                return False
            self._keep(path, item)
            return True

    def get(self, path, *, fresh=False):  # noqa: ARG002 - it always is
        self._note("get", path)
        item = self.objects.get(path)
        return None if item is None else replace(item, etag=_etag(item))

    def head(self, path, *, readable=False):  # noqa: ARG002 - it always is
        self._note("head", path)
        item = self.objects.get(path)
        if item is None:
            return None
        return Head(item.content_type, item.expires_at, len(item.data), content_hash(item.data), _etag(item))

    def list(self, prefix, *, after="", limit=MOST_LISTED):
        self._note("list", prefix)
        with self._lock:
            paths = sorted((path for path in self.objects if path.startswith(prefix)), key=str.encode)
            rest = paths[bisect_right(paths, after.encode(), key=str.encode) :]
            found = [self._listed(path) for path in rest[:limit]]
        return Listing(tuple(found), is_complete=len(rest) <= limit)

    def delete(self, paths):
        self._note("delete", ",".join(paths))
        with self._lock:
            for path in paths:
                self.objects.pop(path, None)

    def discard(self, useless):
        if useless:
            self._note("discard", ",".join(path for path, _ in useless))
        with self._lock:
            for path, etag in useless:
                if path in self.objects and _etag(self.objects[path]) == etag:
                    del self.objects[path]

    def asked(self, path):
        """Return how often an object was read."""
        return self.calls.count(("get", path))

    def _listed(self, path):
        item = self.objects[path]
        return Listed(path, len(item.data), self._modified[path], _etag(item))

    def _keep(self, path, item):
        self.objects[path] = item
        # S3 knows whole seconds here, and no parts of them.
        self._modified[path] = float(int(self._now()))

    def _note(self, method, path):
        self.calls.append((method, path))


class DeadStore:
    """Answers nothing."""

    def put(self, *_, **__):
        raise UnavailableError("storage-unavailable", "could not reach the cache")

    put_new = replace = get = head = list = delete = discard = put


def _etag(item):
    return hashlib.md5(repr((item.data, item.expires_at)).encode(), usedforsecurity=False).hexdigest()
