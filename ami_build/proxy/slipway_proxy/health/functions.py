"""Signed calls from the health application to the functions."""

from __future__ import annotations

from collections.abc import Mapping
from http.cookiejar import CookieJar, DefaultCookiePolicy

import httpx

from contract.components import Function
from slipway_proxy.signing import Signer, SigningError, join

PAGE_TIMEOUT_SECONDS = 20.0
"""A function that starts cold, looks back for a week, or takes its time for a password."""


class FunctionClient:
    """Calls functions by name.

    :param client: HTTP client, which decides timeouts; it must not keep cookies.
    :param signer: signs each call.
    :param urls: base URL of each function.
    """

    def __init__(self, client: httpx.AsyncClient, signer: Signer, urls: Mapping[Function, str]) -> None:
        self._client = client
        self._signer = signer
        self._urls = urls

    async def get(self, function: Function, path: str) -> httpx.Response:
        """Return the answer to a signed GET.

        :raises httpx.HTTPError: if there is no answer, or nothing to sign with.
        """
        url, signature = await self._signed(function, "GET", path, b"")
        return await self._client.get(url, headers=signature)

    async def send(
        self, function: Function, method: str, path: str, *, headers: Mapping[str, str], body: bytes
    ) -> httpx.Response:
        """Return the answer to a signed request of somebody who waits for a page.

        :param path: with its query, which has to be encoded as Signature Version 4 does it.
        :param headers: what goes beside the signature, which does not cover them.
        :raises httpx.HTTPError: if there is no answer, or nothing to sign with.
        """
        url, signature = await self._signed(function, method, path, body)
        return await self._client.request(
            method, url, headers={**headers, **signature}, content=body or None, timeout=PAGE_TIMEOUT_SECONDS
        )

    async def _signed(self, function: Function, method: str, path: str, body: bytes) -> tuple[str, dict[str, str]]:
        url = join(self._urls[function], path)
        try:
            return url, await self._signer.headers(method, url, {}, body)
        except SigningError as error:
            raise httpx.RequestError(str(error)) from error


def no_cookies() -> CookieJar:
    """Return a jar that keeps nothing: what one browser is given must not be sent for another.

    Source: https://www.python-httpx.org/advanced/clients/, whose clients keep cookies otherwise.
    """
    return CookieJar(DefaultCookiePolicy(allowed_domains=[]))
