"""A real proxy on loopback, between a real origin and functions that are faked behind real HTTP."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import datetime
import functools
import threading
import time
import warnings
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from botocore.credentials import Credentials
from multidict import CIMultiDict

with warnings.catch_warnings():
    # mitmproxy builds two small languages, which we do not use, with names that pyparsing is about to drop.
    warnings.filterwarnings("ignore", category=DeprecationWarning)
    import slipway_proxy.proxy  # noqa: F401

from contract.components import Function
from contract.proxy_settings import ProxySettings
from contract.statistics import Cell, add_up
from emulator import ports
from slipway_proxy import certificate_authority
from slipway_proxy.addon import SlipwayAddon
from slipway_proxy.assignment import Assignment
from slipway_proxy.functions import FunctionCaller, PageServices
from slipway_proxy.guard import Resolve, resolve
from slipway_proxy.proxy import build_addon, build_master, build_steering, drain
from slipway_proxy.runtime import Runtime
from slipway_proxy.signing import Signer
from slipway_proxy.statistics import Statistics
from slipway_proxy.steering import Steering

from .cloud import ARN, Cloud, Handler, run_boot
from .services import FakeFunctions

if TYPE_CHECKING:
    from mitmproxy.master import Master

TestServer.__test__ = False


PAGE = b"<html><body><p>Hello, reader 1</p></body></html>"
MASKED = b"<html><body><p>xxxxx, xxxxxx x</p></body></html>"


@dataclass
class Origin:
    """A web server that answers with what a test puts in, and remembers what it was asked."""

    body: bytes = PAGE
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=lambda: {"content-type": "text/html; charset=utf-8"})
    seen: list[CIMultiDict[str]] = field(default_factory=list)
    handler: Callable[[web.Request], Awaitable[web.StreamResponse]] | None = None
    port: int = 0

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.seen.append(CIMultiDict(request.headers))
        if self.handler is not None:
            return await self.handler(request)
        return web.Response(body=self.body, status=self.status, headers=self.headers)

    def url(self, path: str = "/page?q=1") -> str:
        return f"http://127.0.0.1:{self.port}{path}"


@dataclass
class Reply:
    """What a client got, body as sent (not decoded)."""

    status: int
    headers: CIMultiDict[str]
    body: bytes

    @property
    def result(self) -> str | None:
        return self.headers.get("x-slipway-result")

    @property
    def reason(self) -> str | None:
        return self.headers.get("x-slipway-reason")


@dataclass
class Proxy:
    """A running proxy."""

    port: int
    master: Master
    addon: SlipwayAddon
    statistics: Statistics
    steering: Steering

    @property
    def counted(self) -> Cell:
        """What it has counted so far."""
        return add_up(cell for _, cell in self.statistics.news().values())

    async def get(self, url: str, *, method: str = "GET", **options: Any) -> Reply:
        async with (
            aiohttp.ClientSession(auto_decompress=False) as session,
            session.request(method, url, proxy=f"http://127.0.0.1:{self.port}", **options) as response,
        ):
            return Reply(response.status, CIMultiDict(response.headers), await response.read())

    async def stop(self) -> None:
        await drain(self.master, self.addon)


class Started:
    """A mitmproxy addon that says when the proxy listens."""

    def __init__(self) -> None:
        self.event = asyncio.Event()

    def running(self) -> None:
        self.event.set()


INSTANCE = ("i-1", "us-east-1", "/slipway/test", "", 1, 1 << 40, "")
NOW = datetime.datetime.now(datetime.UTC)
Start = Callable[..., AbstractAsyncContextManager[Proxy]]


async def until(holds: Callable[[], bool]) -> None:
    """Wait for what takes an interval, but not where the machine is busy."""
    for _ in range(6000):
        if holds():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it never came about")


@pytest.fixture
async def origin() -> AsyncIterator[Origin]:
    found = Origin()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", found.answer)
    async with TestServer(app) as server:
        found.port = server.port
        yield found


@pytest.fixture
def functions() -> FakeFunctions:
    return FakeFunctions()


@pytest.fixture
async def functions_url(functions: FakeFunctions) -> AsyncIterator[str]:
    async with TestServer(functions.application()) as server:
        yield str(server.make_url("/f/"))


def settings(**changes: Any) -> ProxySettings:
    values = ProxySettings(
        environment="test",
        version="1",
        default_mode="xxx",
        proxy_port=ports.pick()[0],
        health_port=8081,
        admin_port=8082,
        processes=1,
        memory_percent=60,
        drain_seconds=0.0,
        function_timeout_seconds=2.0,
        fail_closed=False,
        max_page_bytes=100_000,
        cache_ttl_seconds=60,
        statistics_interval_seconds=60.0,
        allowed_client_networks=(),
        authentication_required=False,
        authentication_failures_per_minute=10,
        client_requests_per_second=0,
        allowed_destination_networks=("127.0.0.0/8",),
        allowed_destination_ports=(),
        allowed_destination_hosts=(),
        blocked_destination_hosts=(),
    )
    return dataclasses.replace(values, **changes)


@pytest.fixture
def start(origin: Origin, functions_url: str, tmp_path: Path) -> Start:
    """Return a context manager that runs a proxy with the settings that it is given."""

    @contextlib.asynccontextmanager
    async def run(trust_store: str | None = None, resolver: Resolve = resolve, **changes: Any) -> AsyncIterator[Proxy]:
        changes.setdefault("allowed_destination_ports", (origin.port,))
        values = Runtime(settings(**changes), dict.fromkeys(Function, functions_url), *INSTANCE)
        certificate_authority.write(certificate_authority.create("test", NOW), tmp_path)
        async with aiohttp.ClientSession() as session:
            signer = Signer(lambda: Credentials("AKIDEXAMPLE", "secret"), "us-east-1")
            statistics = Statistics(time.time)
            services = PageServices(FunctionCaller(session, signer, values.functions))
            steering = build_steering(values, tmp_path, 1)
            addon = build_addon(values, services, statistics, steering, tmp_path, "127.0.0.1", resolver)
            master = build_master(values, addon, tmp_path, 1, "127.0.0.1", trust_store)
            started = Started()
            master.addons.add(started)
            running = asyncio.create_task(master.run())
            await started.event.wait()
            try:
                yield Proxy(values.settings.proxy_port, master, addon, statistics, steering)
            finally:
                if not addon.draining:
                    await drain(master, addon)
                await running
                await addon.close(1.0)

    return run


@pytest.fixture
async def proxy(start: Start) -> AsyncIterator[Proxy]:
    """A proxy with mode xxx as its default."""
    async with start() as running:
        yield running


@pytest.fixture
def cloud() -> Iterator[Cloud]:
    with Cloud(("127.0.0.1", 0), Handler) as server:
        server.told = []
        server.parameters = {
            "/slipway/test/proxy/settings": settings().to_json(),
            "/slipway/test/proxy/ca-secret-arn": ARN,
            **{f"/slipway/test/functions/{each.value}/url": f"https://{each.value}.test/" for each in Function},
        }
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def boot(cloud: Cloud, tmp_path: Path) -> Any:
    """Return a function that runs the boot step with a service manager that only notes what it is told."""
    (tmp_path / "bin").mkdir()
    systemctl = tmp_path / "bin" / "systemctl"
    systemctl.write_text(f'#!/bin/sh\necho "$@" >> {tmp_path}/started\nexit ${{SYSTEMCTL_STATUS:-0}}\n')
    systemctl.chmod(0o755)

    return functools.partial(run_boot, tmp_path, cloud.url)


@pytest.fixture
def assigned(tmp_path: Path) -> None:
    """What user data has said at the first boot."""
    Assignment("/slipway/test", "the-group").write(tmp_path / "etc")


@pytest.fixture
def world(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> Cloud:
    """The cloud, for what runs in this process."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", cloud.url)
    monkeypatch.setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", cloud.url)
    return cloud
