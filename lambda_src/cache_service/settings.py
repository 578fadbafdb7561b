"""Settings of the cache service."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from contract import cache, environment
from lambda_src.shared.settings import SettingsError, required, whole_number

SHORTEST_TTL = cache.SHORTEST_TTL
LONGEST_TTL = cache.LONGEST_TTL
"""Bounds of the time to live, in seconds; the same as the configuration's."""


@dataclass(frozen=True)
class CacheSettings:
    """Where entries are kept, and for how long unless a request says otherwise.

    :param bucket: name of the S3 bucket.
    :param ttl_seconds: default time to live.
    :param valkey: `host:port` of the Valkey cache that answers before the bucket; none where there is none.
    """

    bucket: str
    ttl_seconds: int
    valkey: str | None = None

    @classmethod
    def read(cls, variables: Mapping[str, str]) -> CacheSettings:
        """Read the settings.

        :raises SettingsError: if a variable is missing or wrong.
        """
        ttl = whole_number(variables, environment.CACHE_TTL_SECONDS, lowest=SHORTEST_TTL, highest=LONGEST_TTL)
        return cls(required(variables, environment.CACHE_BUCKET), ttl, _endpoint(variables))


def _endpoint(variables: Mapping[str, str]) -> str | None:
    endpoint = variables.get(environment.CACHE_VALKEY, "").strip()
    host, _, port = endpoint.rpartition(":")
    if endpoint and not (host and port.isdecimal()):
        raise SettingsError(
            f"environment variable {environment.CACHE_VALKEY} is {endpoint!r} and should be host:port; "
            "the functions stack sets it: deploy that again"
        )
    return endpoint or None
