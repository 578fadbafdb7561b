"""Signed calls of the health application."""

from __future__ import annotations

import httpx
import pytest
from botocore.credentials import Credentials

from contract.components import Function
from slipway_proxy.health.functions import FunctionClient, no_cookies
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


async def test_what_a_browser_sends_goes_along_and_no_answer_sticks_to_the_next_request() -> None:
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, headers={"set-cookie": "slipway-test-session=of-alice; Path=/"})

    async with httpx.AsyncClient(transport=httpx.MockTransport(answer), cookies=no_cookies()) as client:
        signer = Signer(lambda: Credentials("AKIDEXAMPLE", "secret"), "eu-central-1")
        functions = FunctionClient(client, signer, URLS)
        for path in ("/dashboard/sign-in", "/dashboard?window=week"):
            await functions.send(Function.PROXY_MANAGEMENT, "POST", path, headers={"accept": "text/html"}, body=b"a=1")

    assert [request.method for request in seen] == ["POST", "POST"]
    assert str(seen[1].url) == "https://function.test/base/dashboard?window=week"
    assert (seen[0].content, seen[0].headers["accept"]) == (b"a=1", "text/html")
    assert "cookie" not in seen[1].headers
    # What is not covered may be changed by what lies between, without making the signature wrong.
    signed = seen[0].headers["authorization"].partition("SignedHeaders=")[2].partition(",")[0]
    assert "accept" not in signed.split(";")


async def test_without_credentials_it_is_a_failed_call() -> None:
    async with httpx.AsyncClient() as client:
        functions = FunctionClient(client, Signer(lambda: None, "eu-central-1"), URLS)
        with pytest.raises(httpx.RequestError, match="no AWS credentials"):
            await functions.get(Function.HTML_SERVICE, "/info/health")
