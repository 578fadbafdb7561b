"""What this instance can learn about itself from the instance metadata service, version 2.

Only the session-token protocol is spoken; version 1 is never tried, since launch templates turn it off.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus

import urllib3

DEFAULT_ENDPOINT = "http://169.254.169.254"
ENDPOINT_VARIABLE = "AWS_EC2_METADATA_SERVICE_ENDPOINT"
TOKEN_SECONDS = 3600
TIMEOUT_SECONDS = 2.0


class MetadataError(Exception):
    """The instance metadata service gave no usable answer."""


@dataclass(frozen=True)
class Instance:
    """Identity of this instance.

    :param instance_id: for example `i-0123456789abcdef0`.
    :param region: for example `eu-central-1`.
    """

    instance_id: str
    region: str


class MetadataService:
    """The metadata service, which is asked with a token that is kept for a while.

    :param endpoint: its base URL.
    :param clock: seconds, monotonic.
    """

    def __init__(self, endpoint: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._base = f"{endpoint.rstrip('/')}/latest"
        self._clock = clock
        self._pool = urllib3.PoolManager(timeout=TIMEOUT_SECONDS, retries=False)
        self._token = ""
        self._renew_at = 0.0

    def text(self, path: str) -> str | None:
        """Return what stands at a path below `meta-data`, or None if nothing does.

        :raises MetadataError: if the service does not answer, or not as version 2 does.
        """
        if not self._token or self._clock() >= self._renew_at:
            lifetime = {"X-aws-ec2-metadata-token-ttl-seconds": str(TOKEN_SECONDS)}
            self._renew_at = self._clock() + TOKEN_SECONDS / 2
            self._token = self._ask("PUT", f"{self._base}/api/token", lifetime) or ""
        return self._ask("GET", f"{self._base}/meta-data/{path}", {"X-aws-ec2-metadata-token": self._token})

    def identify(self) -> Instance:
        """Return who this instance is.

        :raises MetadataError: as :meth:`text` does, or if the service does not know.
        """
        return Instance(instance_id=self._required("instance-id"), region=self._required("placement/region"))

    def close(self) -> None:
        """Close the connections to it."""
        self._pool.clear()

    def _required(self, path: str) -> str:
        found = self.text(path)
        if found is None:
            raise MetadataError(f"the instance metadata service answered 404 to GET {self._base}/meta-data/{path}")
        return found

    def _ask(self, method: str, url: str, headers: dict[str, str]) -> str | None:
        try:
            response = self._pool.request(method, url, headers=headers)
        except urllib3.exceptions.HTTPError as error:
            raise MetadataError(f"the instance metadata service at {url} does not answer: {error}") from error
        if response.status == HTTPStatus.NOT_FOUND and method == "GET":
            return None
        if response.status != HTTPStatus.OK:
            self._token = ""  # it may have restarted; the next question brings a new token
            raise MetadataError(f"the instance metadata service answered {response.status} to {method} {url}")
        return response.data.decode().strip()
