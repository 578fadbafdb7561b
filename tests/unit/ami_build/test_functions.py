"""Calls to the functions over real HTTP."""

from __future__ import annotations

import gzip
from collections.abc import AsyncIterator

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from botocore.credentials import Credentials

from contract.components import Function
from contract.modes import BY_DEFAULT, Engine, Mode, Parameters
from contract.statistics import Cell, Report
from slipway_proxy.functions import (
    LONGEST_PLAIN_PAGE_BYTES,
    CachedPage,
    FunctionCaller,
    FunctionError,
    FunctionUnavailableError,
    PageServices,
    RefusedContentError,
    TransformedPage,
)
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
        self.asked.append((request.method, request.raw_path, await request.read()))
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
    app = web.Application(client_max_size=64 * 1024 * 1024)
    app.router.add_route("*", "/{path:.*}", functions.answer)
    async with TestServer(app) as server, aiohttp.ClientSession() as session:
        signer = Signer(lambda: Credentials("AKIDEXAMPLE", "secret"), "us-east-1")
        urls = {function: str(server.make_url(f"/{function.value}/")) for function in Function}
        yield PageServices(FunctionCaller(session, signer, urls))


ASKED = (b"<p>\xff", "latin-1", Mode.XXX, BY_DEFAULT, "id-1")


async def test_transform(services: PageServices, functions: Functions) -> None:
    functions.body = b"<p>\x00x"
    assert await services.transform(*ASKED) == TransformedPage(b"<p>\x00x")
    assert functions.asked == [("POST", "/html-service/html/transform?mode=xxx&charset=latin-1", b"<p>\xff")]
    assert functions.headers[0]["x-correlation-id"] == "id-1"
    assert functions.headers[0]["content-type"] == "application/octet-stream"
    assert "content-encoding" not in functions.headers[0]
    assert functions.headers[0]["authorization"].startswith("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/")


@pytest.mark.parametrize(
    ("charset", "parameters", "query"),
    [
        (None, BY_DEFAULT, "mode=xxx"),
        ("iso_8859-1:1987", BY_DEFAULT, "mode=xxx&charset=iso_8859-1%3A1987"),
        ("x y", BY_DEFAULT, "mode=xxx"),
        ("a&mode=off", BY_DEFAULT, "mode=xxx"),
        ("é", BY_DEFAULT, "mode=xxx"),
        ("", Parameters(0.25, Engine.COMPREHEND), "mode=xxx&rating=0.25&model=comprehend"),
    ],
)
async def test_what_the_query_says(services, functions, charset, parameters, query) -> None:
    await services.transform(b"", charset, Mode.XXX, parameters, "id")
    assert functions.asked[0][1] == f"/html-service/html/transform?{query}"


async def test_texts_that_failed_are_counted(services: PageServices, functions: Functions) -> None:
    functions.answer_headers = {"X-Slipway-Failed-Texts": "2"}
    assert await services.transform(*ASKED) == TransformedPage(b"{}", failed_texts=2)


async def test_what_was_left_is_told(services: PageServices, functions: Functions) -> None:
    functions.answer_headers = {"X-Slipway-Left": "from-byte 7"}
    assert await services.transform(*ASKED) == TransformedPage(b"{}", left="from-byte 7")


async def test_a_page_that_lambda_would_not_let_through_is_packed(services, functions) -> None:
    page = b"<p>text</p>" * (LONGEST_PLAIN_PAGE_BYTES // 11 + 1)
    functions.body, functions.answer_headers = gzip.compress(page), {"content-encoding": "gzip"}
    assert (await services.transform(page, None, Mode.XXX, BY_DEFAULT, "id")).body == page
    assert functions.headers[0]["content-encoding"] == "gzip"
    assert functions.asked[0][2] == page  # the server has unpacked it
    assert int(functions.headers[0]["content-length"]) < len(page) / 5
    assert "content-encoding" in functions.headers[0]["authorization"]


async def test_cache(services: PageServices, functions: Functions) -> None:
    await services.store("ab12", b"\xff\x00", "id")
    assert functions.asked[0] == ("POST", "/cache-service/pages/key_based/store/binary/ab12?by_hash=false", b"\xff\x00")
    assert functions.headers[0]["content-type"] == "application/octet-stream"
    functions.body = b"\xff\x00"
    functions.answer_headers = {"X-Slipway-Remaining-Seconds": "12"}
    assert await services.retrieve("ab12", "id") == CachedPage(b"\xff\x00", 12.0)
    assert functions.asked[1][:2] == ("GET", "/cache-service/pages/key_based/retrieve/ab12")
    functions.status = 404
    assert await services.retrieve("ab12", "id") is None


@pytest.mark.parametrize("headers", [{}, {"x-slipway-remaining-seconds": "soon"}])
async def test_a_cached_page_of_unknown_age_has_no_time_left(services, functions, headers) -> None:
    functions.answer_headers = headers
    assert await services.retrieve("ab12", "id") == CachedPage(b"{}", 0.0)


async def test_report(services: PageServices, functions: Functions) -> None:
    report = Report(1, cells={"2026-11-21T22:41Z": Cell(2)})
    functions.body = b'{"settings": {"version": 1}}'
    assert await services.report("i-1", "p-1", report) == {"version": 1}
    method, path, body = functions.asked[0]
    assert (method, path.startswith("/proxy-management/statistics/")) == ("PUT", True)
    assert path.endswith("/i-1/p-1")
    assert Report.from_json(body) == report
    for functions.status, functions.body in ((204, b""), (200, b'{"settings": null}')):
        assert await services.report("i-1", "p-1", report) is None
    functions.status = 422
    with pytest.raises(RefusedContentError, match="proxy-management answered 422"):
        await services.report("i-1", "p-1", report)


async def test_fleet_settings(services: PageServices, functions: Functions) -> None:
    functions.body = b'{"settings": {"version": 1}, "who": "somebody"}'
    assert await services.fleet_settings() == {"version": 1}
    assert functions.asked == [("GET", "/proxy-management/settings", b"")]


@pytest.mark.parametrize("body", [b"<html>", b"[]", b"[" * 100_000, b"\xff"])
async def test_an_answer_of_another_kind_is_an_error(services, functions, body) -> None:
    functions.body = body
    with pytest.raises(FunctionError, match="proxy-management answered what is no JSON object"):
        await services.fleet_settings()


@pytest.mark.parametrize("status", [403, 429, 500, 502, 504])
async def test_a_function_that_is_down_or_overloaded_is_unavailable(services, functions, status) -> None:
    functions.status = status
    with pytest.raises(FunctionUnavailableError, match=f"html-service answered {status}"):
        await services.transform(*ASKED)


@pytest.mark.parametrize("status", [302, 400, 413, 422])
async def test_a_page_that_is_refused_says_nothing_about_the_next(services, functions, status) -> None:
    functions.status = status
    with pytest.raises(FunctionError, match=f"html-service answered {status}") as caught:
        await services.transform(*ASKED)
    assert not isinstance(caught.value, FunctionUnavailableError)


async def test_a_connection_that_was_just_closed_is_tried_once_more(services, functions) -> None:
    functions.disconnects = 1
    assert await services.transform(*ASKED) == TransformedPage(b"{}")
    functions.disconnects = 2
    with pytest.raises(FunctionUnavailableError, match="html-service cannot be reached"):
        await services.transform(*ASKED)


async def test_no_server_and_no_credentials_are_unavailable() -> None:
    urls = dict.fromkeys(Function, "http://127.0.0.1:9/")
    async with aiohttp.ClientSession() as session:
        for load, words in (
            (lambda: Credentials("a", "b"), "html-service cannot be reached"),
            (lambda: None, "no credentials"),
        ):
            services = PageServices(FunctionCaller(session, Signer(load, "us-east-1"), urls))
            with pytest.raises(FunctionUnavailableError, match=words):
                await services.transform(*ASKED)
