"""Settings of the cache service."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from contract import cache, environment
from lambda_src.shared.settings import required, whole_number

SHORTEST_TTL = cache.SHORTEST_TTL
LONGEST_TTL = cache.LONGEST_TTL
"""Bounds of the time to live, in seconds; the same as the configuration's."""


@dataclass(frozen=True)
class CacheSettings:
    """Where entries are kept, and for how long unless a request says otherwise.

    :param bucket: name of the S3 bucket.
    :param ttl_seconds: default time to live.
    """

    bucket: str
    ttl_seconds: int

    @classmethod
    def read(cls, variables: Mapping[str, str]) -> CacheSettings:
        """Read the settings.

        :raises SettingsError: if a variable is missing or wrong.
        """
        ttl = whole_number(variables, environment.CACHE_TTL_SECONDS, lowest=SHORTEST_TTL, highest=LONGEST_TTL)
        return cls(bucket=required(variables, environment.CACHE_BUCKET), ttl_seconds=ttl)
