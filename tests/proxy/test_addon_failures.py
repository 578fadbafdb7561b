"""Functions that are slow, broken or away, and mistakes of our own: what a client of a real mitmproxy sees."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import aiohttp
import pytest
from aiohttp import web
from mitmproxy.http import Headers
from mitmproxy.test.tflow import tflow
from mitmproxy.test.tutils import tresp

from contract.modes import Engine, Mode, Parameters
from emulator import ports
from slipway_proxy.addon import SlipwayAddon
from slipway_proxy.guard import ClientGuard, DestinationGuard
from slipway_proxy.hosts import HostRules
from slipway_proxy.limits import RateLimit
from slipway_proxy.pipeline import Outcome, Page
from slipway_proxy.statistics import Statistics
from slipway_proxy.steering import Steering

from .conftest import MASKED, PAGE, until

if TYPE_CHECKING:
    from .conftest import Origin, Proxy, Start
    from .services import FakeFunctions


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
    assert proxy.counted.modes == {"xxx": 2}


@pytest.mark.parametrize(
    ("left", "result", "reason"),
    [
        ("charset", "passed-through", "charset not read"),
        ("from-byte 7", "partly-transformed", "not read to its end"),
    ],
)
async def test_a_page_that_the_functions_do_not_read_counts_as_such(
    proxy, origin, functions, left, result, reason
) -> None:
    functions.left = left
    reply = await proxy.get(origin.url())
    assert (reply.body, reply.result, reply.reason) == (MASKED, result, reason)
    await proxy.stop()
    assert functions.stored == {}
    assert (proxy.counted.results, proxy.counted.reasons) == ({result: 1}, {reason: 1})


async def test_it_fails_closed_when_told_to(start: Start, origin: Origin, functions: FakeFunctions) -> None:
    functions.broken.add("transform")
    async with start(fail_closed=True) as proxy:
        reply = await proxy.get(origin.url())
    assert (reply.status, reply.result) == (502, "refused")
    assert b"Hello" not in reply.body


async def test_origins_that_cannot_be_reached_or_break_off_are_counted(start: Start, origin: Origin) -> None:
    async def break_off(request: web.Request) -> web.StreamResponse:
        request.transport.abort()
        return web.Response()

    (nobody,) = ports.pick()
    async with start(allowed_destination_ports=(origin.port, nobody)) as proxy:
        assert (await proxy.get(f"http://localhost:{nobody}/")).status == 502
        with pytest.raises(aiohttp.ClientHttpProxyError, match="502"):
            await proxy.get(f"https://localhost:{nobody}/")
        origin.handler = break_off
        assert (await proxy.get(origin.url())).status == 502
    assert (proxy.counted.requests, proxy.counted.responses) == (3, 0)
    assert proxy.counted.results == {"origin-failed": 3}


async def test_clients_that_leave_before_their_answer_are_counted(proxy: Proxy, origin: Origin) -> None:
    asked, left = asyncio.Event(), asyncio.Event()

    async def wait(_: web.Request) -> web.StreamResponse:
        asked.set()
        await left.wait()
        return web.Response()

    origin.handler = wait
    page = asyncio.create_task(proxy.get(origin.url()))
    await asked.wait()
    page.cancel()
    await until(lambda: not proxy.addon.running_flows)
    left.set()
    assert (proxy.counted.requests, proxy.counted.results) == (1, {"client-left": 1})


async def test_what_is_refused_while_its_body_comes_in_is_counted_as_such(start: Start, origin: Origin) -> None:
    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield bytes(1000)
            await asyncio.sleep(0.01)

    async with start(blocked_destination_hosts=("localhost",)) as proxy:
        with pytest.raises(aiohttp.ClientError):
            await proxy.get(f"http://localhost:{origin.port}/", method="POST", data=endless())
    assert (proxy.counted.requests, proxy.counted.results) == (1, {"refused": 1})


class BrokenPipeline:
    """A pipeline with a mistake."""

    async def process(self, _: Page) -> Outcome:
        raise ZeroDivisionError


@pytest.mark.parametrize(("fail_closed", "status", "result"), [(True, 502, "refused"), (False, 200, "failed-open")])
async def test_a_mistake_of_ours_opens_nothing_that_is_to_fail_closed(fail_closed, status, result) -> None:
    addon = SlipwayAddon(
        pipeline=BrokenPipeline(),
        statistics=Statistics(time.time),
        clients=ClientGuard(()),
        destinations=DestinationGuard(
            ports=(80,),
            networks=("0.0.0.0/0",),
            own_addresses=(),
            own_ports=(),
            refusal_of_name=HostRules().refusal,
        ),
        steering=Steering(default_mode=Mode.XXX),
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
