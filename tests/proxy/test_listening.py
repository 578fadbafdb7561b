"""Several processes of the proxy on one port."""

from __future__ import annotations

import asyncio
import signal
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web

from contract.components import Function
from slipway_proxy import certificate_authority
from slipway_proxy.runtime import Runtime, port_file

from .conftest import INSTANCE, NOW, Origin, Proxy, settings
from .services import FakeFunctions
from .test_proxy import fetch, process


async def ports(folder: Path, count: int) -> list[int]:
    """Return the port of each process, as soon as all have said it."""
    files = [folder / port_file(number) for number in range(1, count + 1)]
    for _ in range(600):
        if all(file.exists() for file in files):
            break
        await asyncio.sleep(0.05)
    return [int(file.read_text()) for file in files]


async def test_two_processes_share_a_port_and_the_one_that_is_left_serves_alone(
    tmp_path: Path, origin: Origin, functions: FakeFunctions, functions_url: str
) -> None:
    values = settings(allowed_destination_ports=(origin.port,), statistics_interval_seconds=3600.0)
    Runtime(values, dict.fromkeys(Function, functions_url), *INSTANCE).write(tmp_path)
    certificate_authority.write(certificate_authority.create("test", NOW), tmp_path)
    async with process(tmp_path, 1) as first, process(tmp_path, 2) as second:
        own = await ports(tmp_path, 2)
        assert len({*own, values.proxy_port}) == 3
        for port in (values.proxy_port, *own):
            assert (await fetch("http://slipway.canary/", port))[:2] == (200, b"ok\n")
        for _ in range(24):  # new connections, of which the kernel gives each process its share
            assert (await fetch(origin.url(), values.proxy_port))[0] == 200
        first.send_signal(signal.SIGTERM)
        await first.communicate()
        with pytest.raises(aiohttp.ClientConnectorError):
            async with aiohttp.ClientSession() as session:
                await session.get("http://slipway.canary/", proxy=f"http://127.0.0.1:{own[0]}")
        for _ in range(4):
            assert (await fetch(origin.url(), values.proxy_port))[0] == 200
        second.send_signal(signal.SIGTERM)
        await second.communicate()
    # Both have had clients, and each counted its own.
    assert len({process for process, _ in functions.cells}) == 2
    assert functions.counted.requests == 28


async def test_one_that_hangs_is_found_out_by_its_own_port_while_the_other_one_answers(
    tmp_path: Path, functions_url: str
) -> None:
    Runtime(settings(), dict.fromkeys(Function, functions_url), *INSTANCE).write(tmp_path)
    certificate_authority.write(certificate_authority.create("test", NOW), tmp_path)
    async with process(tmp_path, 1), process(tmp_path, 2) as second:
        first_port, second_port = await ports(tmp_path, 2)
        assert (await fetch("http://slipway.canary/", second_port))[0] == 200
        second.send_signal(signal.SIGSTOP)
        assert (await fetch("http://slipway.canary/", first_port))[0] == 200
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.5):
                await fetch("http://slipway.canary/", second_port)


async def test_a_process_says_how_many_requests_it_is_working_on(proxy: Proxy, origin: Origin, tmp_path: Path) -> None:
    arrived, release = asyncio.Event(), asyncio.Event()

    async def wait(_: object) -> web.StreamResponse:
        arrived.set()
        await release.wait()
        return web.Response(body=b"done")

    origin.handler = wait
    [own] = await ports(tmp_path, 1)
    request = asyncio.create_task(proxy.get(origin.url()))
    await arrived.wait()
    _, _, headers = await fetch("http://slipway.canary/", own)
    release.set()
    assert headers["x-slipway-running-requests"] == "1"
    await request
