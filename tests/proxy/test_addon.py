"""The addon inside a real mitmproxy: what a client and an origin see."""

from __future__ import annotations

import asyncio
import gzip
import zlib
from typing import TYPE_CHECKING

import aiohttp
import brotli
import pytest
import zstandard
from aiohttp import web
from multidict import CIMultiDict

from contract.statistics import HostCount

from .conftest import MASKED, PAGE

if TYPE_CHECKING:
    from .conftest import Origin, Proxy, Start
    from .services import FakeFunctions


async def test_a_page_comes_back_transformed(proxy: Proxy, origin: Origin, functions: FakeFunctions) -> None:
    reply = await proxy.get(origin.url())
    assert (reply.status, reply.body, reply.result) == (200, MASKED, "transformed")
    assert reply.headers["x-slipway-mode"] == "xxx"
    assert reply.headers["content-length"] == str(len(MASKED))
    assert reply.headers["content-type"] == "text/html; charset=utf-8"
    assert reply.reason is None
    assert functions.calls[:2] == ["retrieve", "transform"]
    assert functions.queries == [{"mode": "xxx", "charset": "utf-8"}]
    assert functions.unsigned == 0


async def test_the_second_time_it_comes_from_memory(proxy: Proxy, origin: Origin, functions: FakeFunctions) -> None:
    await proxy.get(origin.url())
    reply = await proxy.get(origin.url())
    assert (reply.body, reply.result) == (MASKED, "cached")
    assert functions.calls.count("retrieve") == 1


async def test_another_process_finds_it_in_the_cache_service(
    start: Start, origin: Origin, functions: FakeFunctions
) -> None:
    async with start() as first:
        await first.get(origin.url())
    async with start() as second:
        reply = await second.get(origin.url())
    assert (reply.body, reply.result) == (MASKED, "cached")
    assert functions.calls.count("transform") == 1


async def test_other_content_at_the_same_address_is_another_page(proxy: Proxy, origin: Origin) -> None:
    await proxy.get(origin.url())
    origin.body = b"<p>New 2</p>"
    reply = await proxy.get(origin.url())
    assert (reply.body, reply.result) == (b"<p>xxx x</p>", "transformed")


@pytest.mark.parametrize(
    ("encoding", "pack", "unpack"),
    [
        ("gzip", gzip.compress, gzip.decompress),
        ("br", brotli.compress, brotli.decompress),
        ("zstd", zstandard.compress, zstandard.decompress),
        ("deflate", zlib.compress, zlib.decompress),
    ],
)
async def test_compressed_pages_stay_compressed(proxy, origin, encoding, pack, unpack) -> None:
    origin.body = pack(PAGE)
    origin.headers |= {"content-encoding": encoding}
    reply = await proxy.get(origin.url())
    assert reply.result == "transformed"
    assert reply.headers["content-encoding"] == encoding
    assert reply.headers["content-length"] == str(len(reply.body))
    assert unpack(reply.body) == MASKED


async def test_roundtrip_returns_the_very_bytes_of_the_origin(proxy: Proxy, origin: Origin) -> None:
    origin.body = gzip.compress(b"<p>A &amp; B<b>broken", 3)
    origin.headers |= {"content-encoding": "gzip"}
    reply = await proxy.get(origin.url(), headers={"mitm-mode": "roundtrip"})
    assert (reply.body, reply.result) == (origin.body, "transformed")


@pytest.mark.parametrize("content_type", ["text/html", "image/png"])
async def test_a_site_cannot_choose_the_mode(proxy: Proxy, origin: Origin, content_type: str) -> None:
    origin.headers = CIMultiDict(
        [("content-type", content_type), ("set-cookie", "mitm-mode=off; Path=/"), ("set-cookie", "a=1")]
    )
    assert (await proxy.get(origin.url())).headers.getall("set-cookie") == ["a=1"]


async def test_controls_never_reach_the_origin_and_the_header_wins(proxy: Proxy, origin: Origin) -> None:
    sent = {"mitm-mode": "off", "Mitm-Debug": "1", "cookie": "a=1; mitm-mode=xxx; b=2"}
    reply = await proxy.get(origin.url(), headers=sent)
    assert (reply.body, reply.result, reply.reason) == (PAGE, "passed-through", "mode off")
    assert not any(name.lower().startswith("mitm-") for name in origin.seen[0])
    assert origin.seen[0]["cookie"] == "a=1; b=2"


async def test_a_cookie_chooses_the_mode(proxy: Proxy, origin: Origin) -> None:
    reply = await proxy.get(origin.url(), headers={"cookie": "mitm-mode=off"})
    assert reply.headers["x-slipway-mode"] == "off"
    assert "cookie" not in origin.seen[0]


async def test_an_unknown_mode_is_refused_with_what_is_allowed(proxy: Proxy, origin: Origin) -> None:
    reply = await proxy.get(origin.url(), headers={"mitm-mode": "yyy"})
    assert (reply.status, reply.result) == (400, "refused")
    assert b"'yyy'; allowed are off, roundtrip, dict, xxx" in reply.body
    assert reply.headers["content-type"].startswith("text/plain")
    assert origin.seen == []


@pytest.mark.parametrize(
    ("control", "value", "allowed"),
    [("mitm-rating", "1.5", b"numbers from 0 to 1"), ("mitm-model", "comprehend", b"allowed are embedded")],
)
async def test_unknown_parameters_are_refused_with_what_is_allowed(proxy, origin, control, value, allowed) -> None:
    reply = await proxy.get(origin.url(), headers={"cookie": f"{control}={value}"})
    assert (reply.status, reply.result, reply.reason) == (400, "refused", f"unknown {control.removeprefix('mitm-')}")
    assert allowed in reply.body
    assert origin.seen == []


async def test_a_response_that_is_not_html_is_not_held_back(proxy: Proxy, origin: Origin) -> None:
    first_seen = asyncio.Event()

    async def trickle(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"content-type": "text/event-stream"})
        await response.prepare(request)
        await response.write(b"data: 1\n\n")
        await first_seen.wait()  # would hang for ever if the proxy waited for the whole body
        await response.write(b"data: 2\n\n")
        return response

    origin.handler = trickle
    async with (
        aiohttp.ClientSession() as session,
        session.get(origin.url(), proxy=f"http://127.0.0.1:{proxy.port}") as response,
    ):
        assert await response.content.readany() == b"data: 1\n\n"
        first_seen.set()
        assert await response.content.read() == b"data: 2\n\n"


@pytest.mark.parametrize("known_length", [True, False])
async def test_a_page_over_the_limit_passes_whole(proxy: Proxy, origin: Origin, known_length: bool) -> None:
    body = PAGE + b"<p>text</p>" * 20_000

    async def answer(request: web.Request) -> web.StreamResponse:
        if known_length:
            return web.Response(body=body, headers=origin.headers)
        response = web.StreamResponse(headers=origin.headers)
        await response.prepare(request)
        for start_at in range(0, len(body), 10_000):
            await response.write(body[start_at : start_at + 10_000])
        return response

    origin.handler = answer
    reply = await proxy.get(origin.url())
    assert (reply.result, reply.reason) == ("passed-through", "too large")
    assert reply.body == body


async def test_a_small_body_that_unpacks_to_too_much_passes_whole(proxy: Proxy, origin: Origin) -> None:
    origin.body = gzip.compress(b"a" * 5_000_000)
    origin.headers |= {"content-encoding": "gzip"}
    reply = await proxy.get(origin.url())
    assert (reply.body, reply.result, reply.reason) == (origin.body, "passed-through", "too large")


@pytest.mark.parametrize("encoding", ["gzip", "made-up"])
async def test_a_body_that_cannot_be_unpacked_passes_untouched(proxy: Proxy, origin: Origin, encoding: str) -> None:
    origin.body = b"not packed at all"
    origin.headers |= {"content-encoding": encoding}
    reply = await proxy.get(origin.url())
    assert (reply.body, reply.reason) == (origin.body, "content encoding not understood")


async def test_an_error_page_is_a_page(proxy: Proxy, origin: Origin) -> None:
    origin.status = 404
    reply = await proxy.get(origin.url())
    assert (reply.status, reply.body) == (404, MASKED)


async def test_the_origin_cannot_forge_our_headers(proxy: Proxy, origin: Origin) -> None:
    origin.headers |= {"x-slipway-result": "cached", "x-slipway-reason": "forged", "x-slipway-mode": "off"}
    reply = await proxy.get(origin.url())
    assert reply.headers.getall("x-slipway-result") == ["transformed"]
    assert reply.headers.getall("x-slipway-mode") == ["xxx"]
    assert reply.reason is None


async def test_counters_move(proxy: Proxy, origin: Origin, functions: FakeFunctions) -> None:
    await proxy.get(origin.url("/secret?word=1"))
    await proxy.get(origin.url("/secret?word=1"))
    await proxy.get(origin.url(), headers={"mitm-mode": "off"})
    await proxy.get(origin.url(), headers={"mitm-mode": "yyy"})
    await proxy.get("http://slipway.canary/")
    functions.broken.add("transform")
    await proxy.get(origin.url("/other"))
    counted = proxy.counted
    assert (counted.requests, counted.responses) == (5, 5)
    assert counted.results == {"transformed": 1, "cached": 1, "passed-through": 1, "refused": 1, "failed-open": 1}
    assert counted.modes == {"xxx": 2}
    assert counted.response_bytes >= 4 * len(PAGE)
    assert counted.hosts == {"127.0.0.1": HostCount(4, 2, 1)}
    assert counted.reasons == {"html-service answered 500": 1}
    assert (counted.answering.count, counted.transforming.count) == (4, 3)
    whole, own = counted.answering.quantile(1), counted.transforming.quantile(1)
    assert 0.01 < own < whole < 10_000
    assert "secret" not in str(counted)


async def test_the_time_of_an_answer_ends_with_its_last_byte(proxy: Proxy, origin: Origin) -> None:
    async def trickle(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"content-type": "image/png"})
        await response.prepare(request)
        for _ in range(2):
            await response.write(b"part")
            await asyncio.sleep(0.1)
        return response

    origin.handler = trickle
    await proxy.get(origin.url())
    assert proxy.counted.answering.quantile(0) >= 150
    assert proxy.counted.response_bytes == 8
