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
from botocore.exceptions import BotoCoreError

SERVICE = "lambda"
REFRESH_SECONDS = 60.0
RENEWAL_TIMEOUT_SECONDS = 3.0


class SigningError(Exception):
    """There are no credentials to sign with, or they cannot be renewed."""


class Signer:
    """Signs with credentials that renew themselves.

    :param load: returns botocore's credentials, or None; called once, may block (it asks the metadata service).
    :param region: AWS region of the functions.
    :param timeout_seconds: how long a signature waits for credentials.
    """

    def __init__(
        self,
        load: Callable[[], Credentials | None],
        region: str,
        timeout_seconds: float = RENEWAL_TIMEOUT_SECONDS,
    ) -> None:
        self._load = load
        self._region = region
        self._timeout = timeout_seconds
        self._source: Credentials | None = None
        self._frozen: ReadOnlyCredentials | None = None
        self._asked_at = 0.0
        self._renewal: asyncio.Task[ReadOnlyCredentials | str] | None = None

    async def headers(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> dict[str, str]:
        """Return `headers` plus those of the signature.

        :raises SigningError: if there are no credentials, or not in time.
        """
        request = AWSRequest(method=method, url=url, headers=dict(headers), data=body)
        SigV4Auth(await self._credentials(), SERVICE, self._region).add_auth(request)
        return dict(request.headers.items())

    async def _credentials(self) -> ReadOnlyCredentials:
        if self._frozen is None or time.monotonic() - self._asked_at > REFRESH_SECONDS:
            self._frozen = await self._renewed()
            self._asked_at = time.monotonic()
        return self._frozen

    async def _renewed(self) -> ReadOnlyCredentials:
        """Wait for the one renewal that all callers share, and which goes on when they have given up."""
        if self._renewal is None or self._renewal.done():
            # It blocks on the metadata service, so it must not happen on the event loop.
            self._renewal = asyncio.create_task(asyncio.to_thread(self._renew))
        done, _ = await asyncio.wait({self._renewal}, timeout=self._timeout)
        if not done:
            raise SigningError(f"the instance's credentials did not come within {self._timeout:g} s")
        result = self._renewal.result()
        if isinstance(result, str):
            raise SigningError(result)
        return result

    def _renew(self) -> ReadOnlyCredentials | str:
        """Return the credentials, or why there are none; no exception, which nobody may be waiting for any more."""
        try:
            self._source = self._source or self._load()
            if self._source is None:
                return "this instance has no AWS credentials; give it an instance profile with a role"
            return self._source.get_frozen_credentials()
        except (BotoCoreError, RuntimeError) as error:  # botocore has no type of its own for "renewed but expired"
            return f"the instance's credentials cannot be renewed: {error}"


def join(base: str, path: str) -> str:
    """Return the URL of an absolute path below a base URL that may have a path of its own."""
    return base.rstrip("/") + path
