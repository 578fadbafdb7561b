"""Transformed pages in the memory of this process, in front of the Cache service."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable


class PageCache:
    """Least recently used pages go first; a page is never served after its time.

    :param max_bytes: bodies that are kept, in total.
    :param clock: seconds, monotonic.
    """

    def __init__(self, *, max_bytes: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._max_bytes = max_bytes
        self._clock = clock
        self._pages: OrderedDict[str, tuple[float, bytes]] = OrderedDict()
        self._size = 0

    def get(self, key: str) -> bytes | None:
        """Return the page, or None if it is not here or too old."""
        entry = self._pages.get(key)
        if entry is None:
            return None
        if self._clock() >= entry[0]:
            self._remove(key)
            return None
        self._pages.move_to_end(key)
        return entry[1]

    def put(self, key: str, body: bytes, ttl_seconds: float) -> None:
        """Keep a page for a time, if it is small enough to leave room for others."""
        if len(body) > self._max_bytes // 4:
            return
        self._remove(key)
        self._pages[key] = (self._clock() + ttl_seconds, body)
        self._size += len(body)
        while self._size > self._max_bytes:
            self._remove(next(iter(self._pages)))

    def _remove(self, key: str) -> None:
        _, body = self._pages.pop(key, (0.0, b""))
        self._size -= len(body)
