"""Processes that grow too large are replaced, and nobody who browses notices."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web

from contract.components import Function
from slipway_proxy import certificate_authority
from slipway_proxy.recycling import Turns
from slipway_proxy.runtime import Runtime, port_file

from .conftest import INSTANCE, NOW, Origin, settings
from .services import FakeFunctions
from .test_listening import ports
from .test_proxy import fetch, process

PART, PARTS = b"x" * 20_000, 30


class ServiceManager:
    """Keeps processes of the proxy running, as systemd does."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.ended: list[int] = []

    async def keep(self, number: int) -> None:
        while True:
            async with process(self._folder, number) as running:
                _, errors = await running.communicate()
                assert running.returncode == 0, errors
            self.ended.append(number)

    @asynccontextmanager
    async def running(self, count: int) -> AsyncIterator[None]:
        tasks = [asyncio.create_task(self.keep(number)) for number in range(1, count + 1)]
        try:
            await ports(self._folder, count)
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)


async def drip(request: web.Request) -> web.StreamResponse:
    """Answer slowly, in many parts, unless a small answer is asked for."""
    if "small" in request.query:
        return web.Response(body=b"small")
    response = web.StreamResponse(headers={"content-type": "text/plain"})
    await response.prepare(request)
    for _number in range(PARTS):
        await response.write(PART)
        await asyncio.sleep(0.1)
    return response


async def test_while_processes_are_replaced_for_their_memory_no_client_loses_anything(
    tmp_path: Path,
    origin: Origin,
    functions: FakeFunctions,
    functions_url: str,
    capfd: pytest.CaptureFixture[str],
) -> None:
    told = settings(allowed_destination_ports=(origin.port,), statistics_interval_seconds=0.3, processes=2)
    values = Runtime(told, dict.fromkeys(Function, functions_url), *INSTANCE)
    # Every process is too large for this, from its start, so that they are replaced again and again.
    dataclasses.replace(values, processes=2, process_memory_bytes=1).write(tmp_path)
    certificate_authority.write(certificate_authority.create("test", NOW), tmp_path)
    origin.handler = drip
    manager, port = ServiceManager(tmp_path), told.proxy_port
    async with manager.running(2):
        slow = [asyncio.create_task(fetch(origin.url(), port)) for _ in range(6)]
        async with aiohttp.ClientSession() as kept:
            while set(manager.ended) != {1, 2}:
                assert (await fetch("http://slipway.canary/", port))[0] == 200
                async with kept.get(origin.url("/small?small"), proxy=f"http://127.0.0.1:{port}") as response:
                    assert await response.read() == b"small"
        for status, body, _ in await asyncio.gather(*slow):
            assert (status, len(body)) == (200, len(PART) * PARTS)
    assert "and 0 MiB are its share: it takes no new clients" in capfd.readouterr().out
    assert functions.counted.recycled >= len(manager.ended)


async def test_one_at_a_time_is_replaced_and_only_while_all_others_listen(tmp_path: Path) -> None:
    first, second = Turns(tmp_path, 1, 2), Turns(tmp_path, 2, 2)
    assert not await first.take(), "the other one does not listen yet"
    async with await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0) as server:
        for number in (1, 2):
            (tmp_path / port_file(number)).write_text(f"{server.sockets[0].getsockname()[1]}\n")
        assert await first.take()
        assert not await second.take(), "it is the first one's turn"
    assert not await Turns(tmp_path, 1, 1).take(), "nobody else would listen"
