"""Sign requests to function URLs with the instance's credentials (Signature Version 4, service `lambda`).

Knows no HTTP client: it takes a request's parts and returns the headers to send with them.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials, ReadOnlyCredentials

SERVICE = "lambda"
REFRESH_SECONDS = 60.0


class SigningError(Exception):
    """There are no credentials to sign with."""


class Signer:
    """Signs with credentials that renew themselves.

    :param load: returns botocore's credentials, or None; called once, may block (it asks the metadata service).
    :param region: AWS region of the functions.
    """

    def __init__(self, load: Callable[[], Credentials | None], region: str) -> None:
        self._load = load
        self._region = region
        self._source: Credentials | None = None
        self._frozen: ReadOnlyCredentials | None = None
        self._asked_at = 0.0
        self._lock = asyncio.Lock()

    async def headers(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> dict[str, str]:
        """Return `headers` plus those of the signature.

        :raises SigningError: if there are no credentials.
        """
        request = AWSRequest(method=method, url=url, headers=dict(headers), data=body)
        SigV4Auth(await self._credentials(), SERVICE, self._region).add_auth(request)
        return dict(request.headers.items())

    async def _credentials(self) -> ReadOnlyCredentials:
        async with self._lock:
            if self._frozen is None or time.monotonic() - self._asked_at > REFRESH_SECONDS:
                # Renewal blocks on the metadata service, so it must not happen on the event loop.
                self._frozen = await asyncio.to_thread(self._renew)
                self._asked_at = time.monotonic()
            return self._frozen

    def _renew(self) -> ReadOnlyCredentials:
        self._source = self._source or self._load()
        if self._source is None:
            raise SigningError("this instance has no AWS credentials; give it an instance profile with a role")
        return self._source.get_frozen_credentials()


def join(base: str, path: str) -> str:
    """Return the URL of an absolute path below a base URL that may have a path of its own."""
    return base.rstrip("/") + path
