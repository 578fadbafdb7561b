"""Statistics and fleet settings between real processes of the proxy and a management function behind real HTTP."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from contract.components import Function
from contract.fleet_settings import FleetSettings
from slipway_proxy import certificate_authority
from slipway_proxy.runtime import Runtime

from .conftest import INSTANCE, MASKED, NOW, PAGE, Origin, settings, until
from .services import FakeFunctions
from .test_listening import ports
from .test_proxy import fetch, process

INTERVAL_SECONDS = 0.2
FIRST_QUERIES = {("xxx", None), ("hide-mixed", "0.4")}


@dataclass
class Kept:
    """One connection to a proxy that a client keeps, and never opens again."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def ask(self, method: str, target: str, host: str) -> tuple[int, dict[str, str], bytes]:
        self.writer.write(f"{method} {target} HTTP/1.1\r\nhost: {host}\r\n\r\n".encode())
        head = (await self.reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        told = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:] if line)}
        return int(head[0].split()[1]), told, await self.reader.readexactly(int(told.get("content-length", 0)))


@asynccontextmanager
async def kept(port: int) -> AsyncIterator[Kept]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        yield Kept(reader, writer)
    finally:
        writer.close()


def prepare(folder: Path, url: str, **changes: Any) -> int:
    """Write the runtime folder; return the proxy's port."""
    values = settings(
        statistics_interval_seconds=INTERVAL_SECONDS,
        allowed_destination_networks=("127.0.0.0/8", "::1/128"),
        **changes,
    )
    Runtime(values, dict.fromkeys(Function, url), *INSTANCE).write(folder)
    certificate_authority.write(certificate_authority.create("test", NOW), folder)
    return values.proxy_port


async def test_settings_reach_all_processes_within_an_interval_and_cost_no_connection(
    tmp_path: Path, origin: Origin, functions: FakeFunctions, functions_url: str
) -> None:
    prepare(tmp_path, functions_url, allowed_destination_ports=(origin.port,))
    host = f"localhost:{origin.port}"
    url = f"http://{host}/page"
    async with process(tmp_path, 1), process(tmp_path, 2):
        one, two = await ports(tmp_path, 2)
        async with kept(one) as first, kept(two) as second, kept(two) as tunnel:
            clients = (first, second)
            await until(lambda: len(functions.latest) == 2)
            assert (await tunnel.ask("CONNECT", host, host))[0] == 200
            for client in clients:
                assert (await client.ask("GET", url, host))[2] == MASKED

            async def change(new: FleetSettings) -> None:
                functions.fleet_settings, before = new, len(functions.reports)
                await until(lambda: {new.version} == {each.settings_version for each in functions.latest.values()})
                # To each of the two, its very next report has brought the news.
                late = [each for each in functions.reports[before:] if each.settings_version != new.version]
                assert len(late) == 2

            # Another mode, whose pages so far come from no cache, since other settings made them.
            await change(FleetSettings(1, "hide-mixed", (), {"hide-mixed": 0.4}))
            for client in clients:
                status, told, body = await client.ask("GET", url, host)
                assert (status, told["x-slipway-mode"], body) == (200, "hide-mixed", PAGE)
            assert {(query["mode"], query.get("rating")) for query in functions.queries} == FIRST_QUERIES

            await change(FleetSettings(2, "hide-mixed", (), {"hide-mixed": 0.6}))
            asked = len(functions.queries)
            for client in clients:
                await client.ask("GET", url, host)
            assert {query["rating"] for query in functions.queries[asked:]} == {"0.6"}

            # Blocked: plain requests, new tunnels, and what comes through a tunnel that is open already.
            await change(FleetSettings(3, None, ("localhost",)))
            asked = len(origin.seen)
            for client in clients:
                status, told, body = await client.ask("GET", url, host)
                assert (status, told["x-slipway-result"]) == (403, "refused")
                assert b"this host is blocked" in body
            assert (await tunnel.ask("GET", "/page", host))[0] == 403
            async with kept(one) as another:
                assert (await another.ask("CONNECT", host, host))[0] == 403
            assert len(origin.seen) == asked

            # And back to what the deployment's configuration says.
            await change(FleetSettings(4))
            for client, target in ((first, url), (second, url), (tunnel, "/page")):
                assert (await client.ask("GET", target, host))[2] == MASKED


async def test_what_a_process_counted_and_knew_outlives_it_but_for_its_last_interval(
    tmp_path: Path, origin: Origin, functions: FakeFunctions, functions_url: str
) -> None:
    port = prepare(tmp_path, functions_url, allowed_destination_ports=(origin.port,))
    functions.fleet_settings = FleetSettings(7, "off")
    async with process(tmp_path) as running:
        # Already the first request is treated by the fleet's settings, which are fetched before anybody is served.
        assert (await fetch(origin.url(), port))[2]["x-slipway-mode"] == "off"
        assert functions.calls[0] == "settings"
        await fetch(origin.url(), port)
        await until(lambda: functions.counted.requests == 2)
        # The function is away: the proxy goes on, and dies before it can say what it has counted meanwhile.
        functions.broken |= {"report", "settings"}
        functions.fleet_settings = FleetSettings(8, "roundtrip")
        assert (await fetch(origin.url(), port))[2]["x-slipway-mode"] == "off"
        failed = functions.calls.count("report")
        await until(lambda: functions.calls.count("report") > failed + 1)
        running.kill()
        await running.wait()
    async with process(tmp_path) as running:
        # Its successor cannot ask anybody either, and knows what the one before it knew.
        assert (await fetch(origin.url(), port))[2]["x-slipway-mode"] == "off"
        functions.broken.clear()
        await until(lambda: functions.reports[-1].settings_version == 8)
        assert (await fetch(origin.url(), port))[2]["x-slipway-mode"] == "roundtrip"
        running.send_signal(signal.SIGTERM)
        await running.communicate()
    assert functions.reports[-1].ended
    assert len({name for name, _ in functions.cells}) == 2
    assert functions.counted.requests == 4, "two of each; one is lost, which was never delivered"
    assert functions.counted.hosts["127.0.0.1"].responses == 4


async def test_a_new_instance_without_an_answer_serves_by_configuration_until_it_gets_one(
    tmp_path: Path, origin: Origin, functions: FakeFunctions, functions_url: str
) -> None:
    port = prepare(
        tmp_path,
        functions_url,
        allowed_destination_ports=(origin.port,),
        blocked_destination_hosts=("bad.example",),
    )
    functions.fleet_settings = FleetSettings(3, "off", ("localhost",))
    functions.broken |= {"report", "settings"}
    url = f"http://localhost:{origin.port}/"
    async with process(tmp_path):
        status, body, told = await fetch(url, port)
        assert (status, body, told["x-slipway-mode"]) == (200, MASKED, "xxx")
        assert (await fetch("http://bad.example/", port))[0] == 403
        assert functions.calls.count("settings") == 2
        functions.broken.clear()
        await until(lambda: bool(functions.reports) and functions.reports[-1].settings_version == 3)
        assert (await fetch(url, port))[0] == 403
