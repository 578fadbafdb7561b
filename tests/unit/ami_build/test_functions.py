"""Calls to the functions over real HTTP."""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterator, Awaitable, Callable

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from botocore.credentials import Credentials

from contract.components import Function
from contract.modes import Mode
from contract.statistics import StatisticsSnapshot
from slipway_proxy.functions import CachedPage, FunctionCaller, FunctionError, FunctionUnavailableError, PageServices
from slipway_proxy.signing import Signer

TestServer.__test__ = False


class Functions:
    """A server that remembers what it was asked and answers what a test puts in."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, bytes]] = []
        self.headers: list[dict[str, str]] = []
        self.status = 200
        self.body: bytes = b"{}"
        self.answer_headers: dict[str, str] = {}
        self.disconnects = 0

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.asked.append((request.method, request.path, await request.read()))
        self.headers.append({name.lower(): value for name, value in request.headers.items()})
        if self.disconnects:
            self.disconnects -= 1
            request.transport.close()
        return web.Response(status=self.status, body=self.body, headers=self.answer_headers)


@pytest.fixture
def functions() -> Functions:
    return Functions()


@pytest.fixture
async def services(functions: Functions) -> AsyncIterator[PageServices]:
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", functions.answer)
    async with TestServer(app) as server, aiohttp.ClientSession() as session:
        signer = Signer(lambda: Credentials("AKIDEXAMPLE", "secret"), "us-east-1")
        urls = {function: str(server.make_url(f"/{function.value}/")) for function in Function}
        yield PageServices(FunctionCaller(session, signer, urls))


async def test_segments(services: PageServices, functions: Functions) -> None:
    functions.body = '{"charset": "utf-8", "segments": ["ä", "b"]}'.encode()
    assert await services.segments(b"<p>\xff", "latin-1", "id-1") == ["ä", "b"]
    method, path, body = functions.asked[0]
    assert (method, path) == ("POST", "/html-service/html/to/segments")
    assert json.loads(body) == {"html": base64.b64encode(b"<p>\xff").decode(), "charset": "latin-1"}
    assert functions.headers[0]["x-correlation-id"] == "id-1"
    assert functions.headers[0]["content-type"] == "application/json"
    assert functions.headers[0]["authorization"].startswith("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/")


async def test_transform_sends_text_as_it_is(services: PageServices, functions: Functions) -> None:
    functions.body = b'{"mode": "xxx", "texts": ["x"]}'
    assert await services.transform(Mode.XXX, ["日本"], "id") == ["x"]
    assert functions.asked[0][2] == '{"mode": "xxx", "texts": ["日本"]}'.encode()


async def test_a_lone_surrogate_does_no_harm(services: PageServices, functions: Functions) -> None:
    functions.body = b'{"texts": ["x"]}'
    assert await services.transform(Mode.XXX, ["\ud800"], "id") == ["x"]


async def test_replace(services: PageServices, functions: Functions) -> None:
    functions.body = json.dumps({"html": base64.b64encode(b"\x00new").decode()}).encode()
    assert await services.replace(b"old", None, [None, "x"], "id") == b"\x00new"
    assert json.loads(functions.asked[0][2]) == {"html": "b2xk", "charset": None, "segments": [None, "x"]}


async def test_cache(services: PageServices, functions: Functions) -> None:
    await services.store("ab12", b"\xff\x00", "id")
    assert functions.asked[0] == ("POST", "/cache-service/pages/key-based/store/binary/ab12", b"\xff\x00")
    assert functions.headers[0]["content-type"] == "application/octet-stream"
    functions.body = b"\xff\x00"
    functions.answer_headers = {"X-Slipway-Remaining-Seconds": "12"}
    assert await services.retrieve("ab12", "id") == CachedPage(b"\xff\x00", 12.0)
    assert functions.asked[1][:2] == ("GET", "/cache-service/pages/key-based/retrieve/ab12")
    functions.status = 404
    assert await services.retrieve("ab12", "id") is None


@pytest.mark.parametrize("headers", [{}, {"x-slipway-remaining-seconds": "soon"}])
async def test_a_cached_page_of_unknown_age_has_no_time_left(services, functions, headers) -> None:
    functions.answer_headers = headers
    assert await services.retrieve("ab12", "id") == CachedPage(b"{}", 0.0)


async def test_report(services: PageServices, functions: Functions) -> None:
    functions.status = 204
    snapshot = StatisticsSnapshot(sequence=1, requests=2)
    await services.report("i-1", "p-1", snapshot)
    method, path, body = functions.asked[0]
    assert (method, path) == ("PUT", "/proxy-management/statistics/snapshots/i-1/p-1")
    assert StatisticsSnapshot.from_json(body) == snapshot


@pytest.mark.parametrize("status", [403, 429, 500, 502, 504])
async def test_a_function_that_is_down_or_overloaded_is_unavailable(services, functions, status) -> None:
    functions.status = status
    with pytest.raises(FunctionUnavailableError, match=f"html-service answered {status}"):
        await services.segments(b"", None, "id")


@pytest.mark.parametrize("status", [302, 400, 413, 422])
async def test_a_page_that_is_refused_says_nothing_about_the_next(services, functions, status) -> None:
    functions.status = status
    with pytest.raises(FunctionError, match=f"html-service answered {status}") as caught:
        await services.segments(b"", None, "id")
    assert not isinstance(caught.value, FunctionUnavailableError)


Ask = Callable[[PageServices], Awaitable[object]]


@pytest.mark.parametrize(
    ("ask", "body", "words"),
    [
        (lambda s: s.segments(b"", None, ""), b"<html>", "html-service returned no JSON$"),
        (lambda s: s.segments(b"", None, ""), b"[]", "html-service returned no JSON object"),
        (lambda s: s.segments(b"", None, ""), b"{}", "html-service returned no list of segments"),
        (lambda s: s.segments(b"", None, ""), b'{"segments": [1]}', "html-service returned no list of segments"),
        (lambda s: s.transform(Mode.XXX, ["a"], ""), b'{"texts": []}', "returned another number of texts"),
        (lambda s: s.replace(b"", None, [], ""), b"{}", "html-service returned no page"),
        (lambda s: s.replace(b"", None, [], ""), b'{"html": 1}', "html-service returned no page"),
        (lambda s: s.replace(b"", None, [], ""), b'{"html": "?"}', "html-service returned no page"),
    ],
)
async def test_nonsense_is_an_error(services, functions, ask: Ask, body: bytes, words: str) -> None:
    functions.body = body
    with pytest.raises(FunctionError, match=words):
        await ask(services)


async def test_a_connection_that_was_just_closed_is_tried_once_more(services, functions) -> None:
    functions.disconnects = 1
    functions.body = b'{"segments": []}'
    assert await services.segments(b"", None, "id") == []
    functions.disconnects = 2
    with pytest.raises(FunctionUnavailableError, match="html-service cannot be reached"):
        await services.segments(b"", None, "id")


async def test_no_server_and_no_credentials_are_unavailable() -> None:
    urls = dict.fromkeys(Function, "http://127.0.0.1:9/")
    async with aiohttp.ClientSession() as session:
        for load, words in (
            (lambda: Credentials("a", "b"), "html-service cannot be reached"),
            (lambda: None, "no credentials"),
        ):
            services = PageServices(FunctionCaller(session, Signer(load, "us-east-1"), urls))
            with pytest.raises(FunctionUnavailableError, match=words):
                await services.segments(b"", None, "id")
