"""How often something may be done, for each of many who do it: token buckets, with a bound on how many are kept."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from ipaddress import IPv6Address, IPv6Network

from slipway_proxy.guard import parse

MOST_KEYS = 10_000
PREFIX_OF_ONE_CLIENT = 64


@dataclass
class _Bucket:
    tokens: float
    at: float


class RateLimit:
    """A bucket of tokens for each key, which fills by itself.

    :param per_second: tokens that come back in a second; none means that there is no limit.
    :param burst: tokens of a full bucket.
    :param clock: seconds, monotonic.
    """

    def __init__(self, per_second: float, burst: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._per_second = per_second
        self._burst = burst
        self._clock = clock
        self._buckets: OrderedDict[Hashable, _Bucket] = OrderedDict()

    def take(self, key: Hashable) -> bool:
        """Take a token, and return whether there was one."""
        if not self._per_second:
            return True
        bucket = self._filled(key)
        if bucket.tokens < 1:
            return False
        bucket.tokens -= 1
        return True

    def give_back(self, key: Hashable) -> None:
        """Undo :meth:`take`."""
        if self._per_second:
            bucket = self._filled(key)
            bucket.tokens = min(self._burst, bucket.tokens + 1)

    def _filled(self, key: Hashable) -> _Bucket:
        now = self._clock()
        bucket = self._buckets.setdefault(key, _Bucket(self._burst, now))
        bucket.tokens = min(self._burst, bucket.tokens + (now - bucket.at) * self._per_second)
        bucket.at = now
        self._buckets.move_to_end(key)
        if len(self._buckets) > MOST_KEYS:
            self._buckets.popitem(last=False)
        return bucket


def client_key(address: str) -> Hashable:
    """Return what stands for the client behind an address: of IPv6, one client has a whole network."""
    parsed = parse(address)
    if isinstance(parsed, IPv6Address):
        return IPv6Network((parsed, PREFIX_OF_ONE_CLIENT), strict=False)
    return parsed
