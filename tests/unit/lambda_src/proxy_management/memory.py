"""A store in memory that behaves as S3 with conditional writes does, and counts what it is asked."""

import hashlib
import threading
from collections import Counter

from lambda_src.proxy_management.store import Kept, Listed


class MemoryStore:
    """:param before_write: called once before the next write, for whoever slips in between."""

    def __init__(self):
        self.objects = {}
        self.calls = Counter()
        self.before_write = lambda: None
        self._lock = threading.Lock()

    def read(self, key):
        self.calls["read"] += 1
        data = self.objects.get(key)
        return None if data is None else Kept(data, etag(data))

    def read_each(self, keys):
        return [self.read(key) for key in keys]

    def write(self, key, data, *, replaces):
        self.calls["write"] += 1
        before, self.before_write = self.before_write, lambda: None
        before()
        with self._lock:
            current = self.objects.get(key)
            if (None if current is None else etag(current)) != replaces:
                return False
            self.objects[key] = data
        return True

    def list_first(self, *, after="", at_most):
        self.calls["list"] += 1
        return self._listed(key for key in list(self.objects) if key > after)[:at_most]

    def list_each(self, prefixes):
        self.calls["list"] += len(prefixes)
        keys = list(self.objects)  # as others write meanwhile
        return [each for prefix in prefixes for each in self._listed(k for k in keys if k.startswith(prefix))]

    def _listed(self, keys):
        return [Listed(key, etag(self.objects[key])) for key in sorted(keys)]


def etag(data):
    return f'"{hashlib.sha256(data).hexdigest()}"'
