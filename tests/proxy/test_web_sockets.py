"""WebSockets through a real proxy: as long as one is open it is something that runs, whatever ends the process."""

from __future__ import annotations

import dataclasses
import gc
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from socket import SHUT_RDWR
from typing import TYPE_CHECKING

import aiohttp
import pytest
from aiohttp import web
from mitmproxy.websocket import WebSocketMessage

from contract.components import Function
from slipway_proxy import certificate_authority
from slipway_proxy.proxy import finish
from slipway_proxy.runtime import Runtime

from .conftest import INSTANCE, NOW, settings, until
from .test_listening import ports
from .test_proxy import fetch, process

if TYPE_CHECKING:
    from .conftest import Origin, Proxy
    from .services import FakeFunctions

CANARY = "http://slipway.canary/"


@pytest.fixture
def origin(origin: Origin) -> Origin:
    """An origin that says everything louder, until it hears `bye`."""

    async def echo(request: web.Request) -> web.StreamResponse:
        if not request.path.startswith("/socket"):
            return web.Response(text="a page", headers={"content-type": "text/plain"})
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        async for message in socket:
            if message.data == "bye":
                break
            await socket.send_str(message.data.upper())
        return socket

    origin.handler = echo
    return origin


@asynccontextmanager
async def opened(origin: Origin, port: int) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(origin.url("/socket"), proxy=f"http://127.0.0.1:{port}") as socket,
    ):
        yield socket


async def talk(socket: aiohttp.ClientWebSocketResponse) -> None:
    await socket.send_str("hello")
    assert await socket.receive_str() == "HELLO"


def boot(folder: Path, origin: Origin, functions_url: str, *, share_bytes: int = 1 << 40) -> int:
    """Write the runtime folder for two processes; return the port that they share."""
    told = settings(allowed_destination_ports=(origin.port,), statistics_interval_seconds=0.1, processes=2)
    values = Runtime(told, dict.fromkeys(Function, functions_url), *INSTANCE)
    dataclasses.replace(values, processes=2, process_memory_bytes=share_bytes).write(folder)
    certificate_authority.write(certificate_authority.create("test", NOW), folder)
    return told.proxy_port


@pytest.mark.parametrize("who", ["client", "origin", "nobody"])
async def test_it_runs_until_it_is_closed_and_is_counted_once(proxy: Proxy, origin: Origin, who: str) -> None:
    async with opened(origin, proxy.port) as socket:
        for _ in range(3):
            await talk(socket)
        assert proxy.addon.running_flows == 1
        if who == "client":
            await socket.close()
        elif who == "origin":
            await socket.send_str("bye")
            assert (await socket.receive()).type is aiohttp.WSMsgType.CLOSE
        else:
            socket.get_extra_info("socket").shutdown(SHUT_RDWR)
        await until(lambda: not proxy.addon.running_flows)
    assert (proxy.counted.requests, proxy.counted.results) == (1, {"passed-through": 1})


async def test_what_has_been_said_is_not_kept(proxy: Proxy, origin: Origin) -> None:
    async with opened(origin, proxy.port) as socket:
        for _ in range(3):
            await talk(socket)
        assert [each for each in gc.get_objects() if type(each) is WebSocketMessage] == []


async def test_on_a_connection_that_was_open_already_a_process_that_leaves_opens_it(
    proxy: Proxy, origin: Origin
) -> None:
    proxy.addon.leaving = True
    async with opened(origin, proxy.port) as socket:
        await talk(socket)


async def test_one_that_never_ends_keeps_no_process(proxy: Proxy, origin: Origin) -> None:
    proxy.addon.draining = True
    async with opened(origin, proxy.port) as socket:
        await talk(socket)
        await finish(proxy.master, proxy.addon, keep=[], silence=0.0, most=0.3, hang_up_seconds=60.0)
        assert (await socket.receive()).type is not aiohttp.WSMsgType.TEXT


async def test_a_process_that_is_told_to_end_lets_it_finish(tmp_path: Path, origin: Origin, functions_url: str) -> None:
    port = boot(tmp_path, origin, functions_url)
    async with process(tmp_path) as running, aiohttp.ClientSession() as kept:
        await fetch(CANARY, port)

        async def health() -> tuple[int, str]:
            async with kept.get(CANARY, proxy=f"http://127.0.0.1:{port}") as answer:
                await answer.read()  # or the connection would not be kept
                return answer.status, answer.headers["x-slipway-running-requests"]

        async with opened(origin, port) as socket:
            await talk(socket)
            assert await health() == (200, "1")
            running.send_signal(signal.SIGTERM)
            while (told := await health()) == (200, "1"):
                await talk(socket)
            assert told == (503, "1")
            for _ in range(3):
                await talk(socket)
        _, errors = await running.communicate()
    assert (running.returncode, errors) == (0, b"")


async def test_a_process_that_grew_too_large_lets_it_finish(
    tmp_path: Path, origin: Origin, functions: FakeFunctions, functions_url: str, capfd: pytest.CaptureFixture[str]
) -> None:
    port = boot(tmp_path, origin, functions_url, share_bytes=1)
    async with process(tmp_path, 1, PYTHONUNBUFFERED="1") as large:
        [own] = await ports(tmp_path, 1)
        async with opened(origin, port) as socket:
            dataclasses.replace(Runtime.read(tmp_path), process_memory_bytes=1 << 40).write(tmp_path)
            async with process(tmp_path, 2):
                await ports(tmp_path, 2)
                said = ""
                while "it takes no new clients" not in said:
                    await talk(socket)
                    said += capfd.readouterr().out
                # Whoever comes from now on gets to the other one, which may take a moment to hear of it.
                for _ in range(20):
                    await talk(socket)
                    assert (await fetch(origin.url(), port))[1] == b"a page"
                status, _, headers = await fetch(CANARY, own)
                assert (status, headers["x-slipway-running-requests"]) == (200, "1")
                await socket.close()
                _, errors = await large.communicate()
    assert (large.returncode, errors) == (0, b"")
    assert functions.counted.recycled == 1
