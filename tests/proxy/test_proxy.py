"""The proxy's process from start to end, as the service manager sees it."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest

from contract.components import Function
from slipway_proxy import certificate_authority
from slipway_proxy.proxy import SYSTEM_TRUST_STORE, local_addresses, trust_store_from
from slipway_proxy.runtime import Runtime

from .conftest import INSTANCE, NOW, Origin, settings
from .services import FakeFunctions

ROOT = Path(__file__).resolve().parents[2]


@asynccontextmanager
async def process(folder: Path, number: int = 1, **environment: str) -> AsyncIterator[asyncio.subprocess.Process]:
    running = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "slipway_proxy.proxy", str(number),
        stderr=asyncio.subprocess.PIPE,
        env={
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'ami_build' / 'proxy'}",
            "SLIPWAY_RUNTIME_DIRECTORY": str(folder),
            "SLIPWAY_LISTEN_ADDRESS": "127.0.0.1",
            "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
            "AWS_SECRET_ACCESS_KEY": "secret",
            **environment,
        },
    )  # fmt: skip
    try:
        yield running
    finally:
        if running.returncode is None:
            running.kill()
        await running.communicate()


async def fetch(url: str, port: int) -> tuple[int, bytes, Mapping[str, str]]:
    """Fetch through the proxy, as soon as it listens."""
    async with aiohttp.ClientSession() as session:
        for _ in range(200):
            try:
                async with session.get(url, proxy=f"http://127.0.0.1:{port}") as response:
                    return response.status, await response.read(), response.headers
            except aiohttp.ClientConnectorError:
                await asyncio.sleep(0.05)
    raise AssertionError("the proxy never listened")


async def test_it_serves_reports_and_ends_in_order(
    tmp_path: Path, origin: Origin, functions: FakeFunctions, functions_url: str
) -> None:
    values = Runtime(
        settings(allowed_destination_ports=(origin.port,), statistics_interval_seconds=3600.0),
        dict.fromkeys(Function, functions_url),
        *INSTANCE,
    )
    values.write(tmp_path)
    certificate_authority.write(certificate_authority.create("test", NOW), tmp_path)
    async with process(tmp_path) as running:
        status, body, _ = await fetch("http://slipway.canary/", values.settings.proxy_port)
        assert (status, body) == (200, b"ok\n")
        _, body, headers = await fetch(origin.url(), values.settings.proxy_port)
        assert body == b"<html><body><p>xxxxx, xxxxxx x</p></body></html>"
        assert headers["x-slipway-result"] == "transformed"
        running.send_signal(signal.SIGTERM)
        _, errors = await running.communicate()
    assert (running.returncode, errors) == (0, b"")
    # The last report goes out at the end, whatever the interval.
    assert functions.counted.results == {"transformed": 1}
    assert [report.ended for report in functions.reports] == [False, True]
    assert len(functions.stored) == 1


async def test_clients_that_keep_their_connections_do_not_hold_it_up(tmp_path: Path, functions_url: str) -> None:
    values = Runtime(settings(), dict.fromkeys(Function, functions_url), *INSTANCE)
    values.write(tmp_path)
    certificate_authority.write(certificate_authority.create("test", NOW), tmp_path)
    port = values.settings.proxy_port
    async with process(tmp_path) as running, aiohttp.ClientSession() as session:
        await fetch("http://slipway.canary/", port)
        async with session.get("http://slipway.canary/", proxy=f"http://127.0.0.1:{port}") as response:
            await response.read()
        running.send_signal(signal.SIGTERM)
        _, errors = await running.communicate()
    assert (running.returncode, errors) == (0, b"")


async def test_before_the_boot_step_it_says_what_to_do(tmp_path: Path) -> None:
    async with process(tmp_path) as running:
        _, errors = await running.communicate()
    assert running.returncode == 1
    assert errors.decode() == (
        f"slipway-proxy: error: cannot read {tmp_path}/settings.json: No such file or directory; "
        "run slipway-boot first, it writes this file\n"
    )


async def test_a_taken_port_ends_the_process(tmp_path: Path, origin: Origin) -> None:
    Runtime(settings(proxy_port=origin.port), {}, *INSTANCE).write(tmp_path)
    certificate_authority.write(certificate_authority.create("test", NOW), tmp_path)
    async with process(tmp_path) as running:
        _, errors = await running.communicate()
    assert running.returncode != 0
    assert b"address already in use" in errors.lower()
    assert b"Traceback" not in errors


@pytest.mark.parametrize("given", ["/some/store.pem"])
def test_the_environment_chooses_the_trust_store(given: str) -> None:
    assert trust_store_from(given) == given
    assert trust_store_from("") in (SYSTEM_TRUST_STORE, None)


def test_local_addresses_are_addresses() -> None:
    assert all("." in address or ":" in address for address in local_addresses())
