"""Settings of the cache service."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from contract import cache, environment
from contract.quotas import Quotas
from lambda_src.shared.settings import SettingsError, required, whole_number

SHORTEST_TTL = cache.SHORTEST_TTL
LONGEST_TTL = cache.LONGEST_TTL
"""Bounds of the time to live, in seconds; the same as the configuration's."""

NO_QUOTAS = Quotas({}, None)


@dataclass(frozen=True)
class CacheSettings:
    """Where entries are kept, and for how long unless a request says otherwise.

    :param bucket: name of the S3 bucket.
    :param ttl_seconds: default time to live.
    :param longest_ttl_seconds: what the bucket keeps an object for; nothing can be stored for longer.
    :param quotas: how much each namespace may keep.
    :param valkey: `host:port` of the Valkey cache that answers before the bucket; none where there is none.
    """

    bucket: str
    ttl_seconds: int
    longest_ttl_seconds: int = LONGEST_TTL
    quotas: Quotas = NO_QUOTAS
    valkey: str | None = None

    @classmethod
    def read(cls, variables: Mapping[str, str]) -> CacheSettings:
        """Read the settings.

        :raises SettingsError: if a variable is missing or wrong.
        """
        longest = {environment.CACHE_LONGEST_TTL_SECONDS: str(LONGEST_TTL), **variables}
        return cls(
            required(variables, environment.CACHE_BUCKET),
            _seconds(variables, environment.CACHE_TTL_SECONDS),
            _seconds(longest, environment.CACHE_LONGEST_TTL_SECONDS),
            _quotas(variables),
            _endpoint(variables),
        )


def _seconds(variables: Mapping[str, str], name: str) -> int:
    return whole_number(variables, name, lowest=SHORTEST_TTL, highest=LONGEST_TTL)


def _quotas(variables: Mapping[str, str]) -> Quotas:
    try:
        return Quotas.from_text(variables.get(environment.CACHE_QUOTAS, "").strip())
    except ValueError as error:
        problem = f"environment variable {environment.CACHE_QUOTAS} cannot be read: {error}"
        raise SettingsError(f"{problem}; the functions stack sets it: deploy that again") from error


def _endpoint(variables: Mapping[str, str]) -> str | None:
    endpoint = variables.get(environment.CACHE_VALKEY, "").strip()
    host, _, port = endpoint.rpartition(":")
    if endpoint and not (host and port.isdecimal()):
        raise SettingsError(
            f"environment variable {environment.CACHE_VALKEY} is {endpoint!r} and should be host:port; "
            "the functions stack sets it: deploy that again"
        )
    return endpoint or None
