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
from mitmproxy.http import Headers
from mitmproxy.test.tflow import tflow
from mitmproxy.test.tutils import tresp
from multidict import CIMultiDict

from contract.modes import Engine, Mode, Parameters
from slipway_proxy.addon import SlipwayAddon
from slipway_proxy.guard import ClientGuard, DestinationGuard
from slipway_proxy.hosts import HostRules
from slipway_proxy.limits import RateLimit
from slipway_proxy.pipeline import Outcome, Page
from slipway_proxy.statistics import Statistics

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


@pytest.mark.parametrize(
    ("content_type", "charset"),
    [
        ("text/html", None),
        ("Text/HTML; Charset=windows-1252", "windows-1252"),
        ('text/html; charset="utf-8"; x=y', "utf-8"),
        ("text/html;charset=", None),
        ('text/html;charset="no name&mode=off"', None),
    ],
)
async def test_the_charset_goes_to_the_functions_and_back_to_the_client(
    proxy, origin, functions, content_type, charset
) -> None:
    origin.headers = {"content-type": content_type}
    reply = await proxy.get(origin.url())
    assert functions.queries == [{"mode": "xxx"} | ({"charset": charset} if charset else {})]
    assert (reply.result, reply.headers["content-type"]) == ("transformed", content_type)


async def test_roundtrip_returns_the_very_bytes_of_the_origin(proxy: Proxy, origin: Origin) -> None:
    origin.body = gzip.compress(b"<p>A &amp; B<b>broken", 3)
    origin.headers |= {"content-encoding": "gzip"}
    reply = await proxy.get(origin.url(), headers={"mitm-mode": "roundtrip"})
    assert (reply.body, reply.result) == (origin.body, "transformed")


async def test_validators_of_the_origins_bytes_do_not_outlive_them(proxy: Proxy, origin: Origin) -> None:
    origin.headers |= {"etag": '"1"', "content-md5": "x", "last-modified": "Sat, 21 Nov 2026 00:00:00 GMT"}
    reply = await proxy.get(origin.url())
    assert not {"etag", "content-md5", "last-modified"} & {name.lower() for name in reply.headers}
    assert reply.headers["vary"] == "cookie, mitm-mode, mitm-rating, mitm-model"


async def test_no_mode_leaves_a_browser_with_a_copy_that_it_could_have_confirmed(proxy: Proxy, origin: Origin) -> None:
    origin.headers |= {"etag": '"1"', "content-md5": "x", "last-modified": "Sat, 21 Nov 2026 00:00:00 GMT"}
    reply = await proxy.get(origin.url(), headers={"mitm-mode": "off"})
    assert reply.result == "passed-through"
    assert not {"etag", "content-md5", "last-modified"} & {name.lower() for name in reply.headers}


async def test_a_page_that_failed_open_is_not_kept_by_the_browser(
    proxy: Proxy, origin: Origin, functions: FakeFunctions
) -> None:
    origin.headers |= {"etag": '"1"', "cache-control": "max-age=3600"}
    assert (await proxy.get(origin.url())).headers["cache-control"] == "max-age=3600"
    functions.broken.add("transform")
    reply = await proxy.get(origin.url("/other"))
    assert reply.result == "failed-open"
    assert reply.headers.getall("cache-control") == ["no-store"]
    assert "etag" not in reply.headers


@pytest.mark.parametrize(
    ("accept", "mode", "kept"),
    [("text/html,*/*;q=0.8", "xxx", False), ("Text/HTML", "roundtrip", False), ("text/html", "off", True),
     ("image/avif,*/*", "xxx", True)],
)  # fmt: skip
async def test_a_browser_cannot_confirm_a_page_of_another_mode(proxy, origin, accept, mode, kept) -> None:
    validators = {"if-none-match": '"1"', "if-modified-since": "Sat, 21 Nov 2026 00:00:00 GMT"}
    await proxy.get(origin.url(), headers={"accept": accept, "mitm-mode": mode, **validators})
    assert {name.lower() for name in origin.seen[0]} & set(validators) == (set(validators) if kept else set())


@pytest.mark.parametrize(
    ("sent", "answered"),
    [
        ({"cookie": "session=1"}, {}),
        ({"authorization": "Basic YTpi"}, {}),
        ({}, {"set-cookie": "session=1"}),
        ({}, {"cache-control": "max-age=60, No-Store"}),
        ({}, {"cache-control": 'private="x"'}),
    ],
)
async def test_a_private_page_never_reaches_the_cache_service(proxy, origin, functions, sent, answered) -> None:
    origin.headers |= answered
    assert (await proxy.get(origin.url(), headers=sent)).result == "transformed"
    assert (await proxy.get(origin.url(), headers=sent)).result == "cached"
    await proxy.stop()
    assert functions.calls == ["transform"]


async def test_a_control_cookie_does_not_make_a_page_private(proxy, origin, functions) -> None:
    origin.headers |= {"cache-control": "max-age=60"}
    await proxy.get(origin.url(), headers={"cookie": "mitm-mode=xxx"})
    await proxy.stop()
    assert functions.calls[0] == "retrieve"


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


async def test_what_is_not_html_passes_untouched(proxy: Proxy, origin: Origin, functions: FakeFunctions) -> None:
    origin.headers = {"content-type": "application/xhtml+xml", "etag": '"1"'}
    reply = await proxy.get(origin.url())
    assert (reply.body, reply.result, reply.reason) == (PAGE, "passed-through", "not html")
    assert reply.headers["etag"] == '"1"'
    assert functions.calls == []


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


async def test_head_passes(proxy: Proxy, origin: Origin) -> None:
    reply = await proxy.get(origin.url(), method="HEAD")
    assert (reply.status, reply.body, reply.reason) == (200, b"", "no body")
    assert reply.headers["content-length"] == str(len(PAGE))


@pytest.mark.parametrize(
    ("status", "reason"), [(204, "no page"), (304, "no page"), (206, "part of a page"), (302, "no page")]
)
async def test_answers_that_are_no_whole_page_pass(proxy, origin, status, reason) -> None:
    origin.status = status
    reply = await proxy.get(origin.url(), allow_redirects=False)
    assert (reply.status, reply.result, reply.reason) == (status, "passed-through", reason)


async def test_an_error_page_is_a_page(proxy: Proxy, origin: Origin) -> None:
    origin.status = 404
    reply = await proxy.get(origin.url())
    assert (reply.status, reply.body) == (404, MASKED)


async def test_a_broken_function_costs_the_transformation_and_not_the_page(proxy, origin, functions) -> None:
    functions.broken.add("transform")
    reply = await proxy.get(origin.url())
    assert (reply.status, reply.body, reply.result) == (200, PAGE, "failed-open")
    assert "answered 500" in reply.reason
    assert functions.stored == {}
    functions.broken.clear()
    assert (await proxy.get(origin.url())).result == "transformed"


async def test_a_hanging_function_costs_no_more_than_the_budget(start, origin, functions) -> None:
    functions.slow.add("transform")
    async with start(function_timeout_seconds=0.2) as proxy:
        reply = await proxy.get(origin.url())
    assert (reply.body, reply.result, reply.reason) == (PAGE, "failed-open", "timeout")


async def test_a_function_that_stays_dead_is_not_asked_for_each_page(start, origin, functions) -> None:
    functions.broken.add("transform")
    async with start() as proxy:
        replies = [await proxy.get(origin.url(f"/{number}")) for number in range(8)]
    assert {reply.result for reply in replies} == {"failed-open"}
    assert replies[-1].reason == "functions unavailable"
    assert functions.calls.count("transform") == 5


@pytest.mark.parametrize("misbehaviour", ["broken", "slow"])
async def test_a_dead_cache_does_not_fail_the_page(start, origin, functions, misbehaviour) -> None:
    getattr(functions, misbehaviour).update({"retrieve", "store"})
    async with start(function_timeout_seconds=1.0) as proxy:
        reply = await proxy.get(origin.url())
    assert (reply.body, reply.result) == (MASKED, "transformed")


async def test_a_page_of_which_texts_failed_says_so_and_is_kept_nowhere(proxy, origin, functions) -> None:
    functions.failed_texts = 2
    origin.headers |= {"cache-control": "max-age=60", "x-slipway-failed-texts": "7"}
    reply = await proxy.get(origin.url())
    assert (reply.body, reply.result) == (MASKED, "partly-transformed")
    assert reply.headers.getall("x-slipway-failed-texts") == ["2"]
    assert reply.headers["cache-control"] == "no-store"
    functions.failed_texts = 0
    again = await proxy.get(origin.url())
    assert (again.result, "x-slipway-failed-texts" in again.headers) == ("transformed", False)
    await proxy.stop()
    assert list(functions.stored.values()) == [MASKED]
    assert proxy.statistics.snapshot(1).modes == {"xxx": 2}


async def test_it_fails_closed_when_told_to(start: Start, origin: Origin, functions: FakeFunctions) -> None:
    functions.broken.add("transform")
    async with start(fail_closed=True) as proxy:
        reply = await proxy.get(origin.url())
    assert (reply.status, reply.result) == (502, "refused")
    assert b"Hello" not in reply.body


class BrokenPipeline:
    """A pipeline with a mistake."""

    async def process(self, _: Page) -> Outcome:
        raise ZeroDivisionError


@pytest.mark.parametrize(("fail_closed", "status", "result"), [(True, 502, "refused"), (False, 200, "failed-open")])
async def test_a_mistake_of_ours_opens_nothing_that_is_to_fail_closed(fail_closed, status, result) -> None:
    addon = SlipwayAddon(
        pipeline=BrokenPipeline(),
        statistics=Statistics(),
        clients=ClientGuard(()),
        destinations=DestinationGuard(
            ports=(80,),
            networks=("0.0.0.0/0",),
            own_addresses=(),
            own_ports=(),
            refusal_of_name=HostRules().refusal,
        ),
        default_mode=Mode.XXX,
        engines=[Engine.EMBEDDED],
        max_page_bytes=1000,
        fail_closed=fail_closed,
        certificate="",
        authentication=None,
        requests=RateLimit(0, 0),
    )
    flow = tflow(resp=tresp(content=PAGE, headers=Headers(content_type="text/html")))
    flow.metadata |= {"slipway.mode": Mode.XXX, "slipway.parameters": Parameters()}
    addon.responseheaders(flow)
    await addon.response(flow)
    assert (flow.response.status_code, flow.response.headers["x-slipway-result"]) == (status, result)
    assert flow.response.headers["x-slipway-reason"] == "internal error"
    assert (flow.response.content == PAGE) is not fail_closed


async def test_the_origin_cannot_forge_our_headers(proxy: Proxy, origin: Origin) -> None:
    origin.headers |= {"x-slipway-result": "cached", "x-slipway-reason": "forged", "x-slipway-mode": "off"}
    reply = await proxy.get(origin.url())
    assert reply.headers.getall("x-slipway-result") == ["transformed"]
    assert reply.headers.getall("x-slipway-mode") == ["xxx"]
    assert reply.reason is None


async def test_counters_move(proxy: Proxy, origin: Origin) -> None:
    await proxy.get(origin.url())
    await proxy.get(origin.url())
    await proxy.get(origin.url(), headers={"mitm-mode": "off"})
    await proxy.get(origin.url(), headers={"mitm-mode": "yyy"})
    counted = proxy.statistics.snapshot(1)
    assert (counted.requests, counted.responses) == (4, 4)
    assert counted.results == {"transformed": 1, "cached": 1, "passed-through": 1, "refused": 1}
    assert counted.modes == {"xxx": 2}
    assert counted.response_bytes >= 3 * len(PAGE)
