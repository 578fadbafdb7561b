"""Signed calls of the health application."""

from __future__ import annotations

import httpx
import pytest
from botocore.credentials import Credentials

from contract.components import Function
from slipway_proxy.health.functions import FunctionClient
from slipway_proxy.signing import Signer

URLS = dict.fromkeys(Function, "https://function.test/base/")


async def test_the_call_is_signed() -> None:
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(204)

    async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as client:
        signer = Signer(lambda: Credentials("AKIDEXAMPLE", "secret"), "eu-central-1")
        reply = await FunctionClient(client, signer, URLS).get(Function.HTML_SERVICE, "/info/health")
    assert reply.status_code == 204
    assert str(seen[0].url) == "https://function.test/base/info/health"
    assert "/eu-central-1/lambda/aws4_request" in seen[0].headers["authorization"]


async def test_without_credentials_it_is_a_failed_call() -> None:
    async with httpx.AsyncClient() as client:
        functions = FunctionClient(client, Signer(lambda: None, "eu-central-1"), URLS)
        with pytest.raises(httpx.RequestError, match="no AWS credentials"):
            await functions.get(Function.HTML_SERVICE, "/info/health")
