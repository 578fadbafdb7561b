"""Signed calls from the health application to the functions."""

from __future__ import annotations

from collections.abc import Mapping

import httpx

from contract.components import Function
from slipway_proxy.signing import Signer, SigningError, join


class FunctionClient:
    """Calls functions by name.

    :param client: HTTP client, which decides timeouts.
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
        url = join(self._urls[function], path)
        try:
            headers = await self._signer.headers("GET", url, {}, b"")
        except SigningError as error:
            raise httpx.RequestError(str(error)) from error
        return await self._client.get(url, headers=headers)
