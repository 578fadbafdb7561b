"""A listener with real connections of clients, and how it gives them a target or does not."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from emulator.balancer.frontend import Frontend
from emulator.balancer.health import HEALTHY
from emulator.balancer.plan import Listener, Plan, Target, TargetGroup
from emulator.balancer.relay import Counters
from emulator.balancer.router import Router
from tests.unit.emulator.balancer.test_checker import until
from tests.unit.emulator.balancer.test_checks import CHECK

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Setup:
    """A listener in front of one target."""

    def __init__(self, port: int, idle_seconds: float, clock: Callable[[], float]) -> None:
        self.counters = Counters()
        self.router = Router(lambda _key: HEALTHY)
        target = Target("i-1", port, "127.0.0.1")
        self.group = TargetGroup("arn", CHECK, (target,) if port else ())
        self.router.apply(Plan((self.group,)))
        self.frontend = Frontend(Listener("listener", 8080, "arn", idle_seconds), self.router, self.counters, clock)

    async def connect(self) -> Connection:
        return await asyncio.open_connection("127.0.0.1", self.frontend.port)


@asynccontextmanager
async def listener(
    serve: Serve | None, idle_seconds: float = 60, clock: Callable[[], float] = time.monotonic
) -> AsyncIterator[Setup]:
    server = await asyncio.start_server(serve, "127.0.0.1", 0) if serve else None
    setup = Setup(server.sockets[0].getsockname()[1] if server else 0, idle_seconds, clock)
    bound = socket.create_server(("127.0.0.1", 0))
    await setup.frontend.open(bound)
    yield setup
    await setup.frontend.close()
    if server:
        server.close()


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Send everything back, and end when the other side does."""
    while data := await reader.read(65536):
        writer.write(data)
        await writer.drain()
    writer.write(b"the end")
    writer.close()


async def hold(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Keep the connection until the other side ends it."""
    try:
        await reader.read()
    except ConnectionError:
        pass
    finally:
        writer.close()


async def test_client_is_reset_when_there_is_no_target():
    async with listener(None) as setup:
        reader, writer = await setup.connect()
        with pytest.raises(ConnectionResetError):
            await reader.read()
        writer.close()
        await until(lambda: setup.frontend.active_flows == 0)

    assert setup.counters.own_resets == 1


async def test_client_is_reset_when_the_target_refuses():
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        async with listener(None) as setup:
            target = Target("i-1", nobody.getsockname()[1], "127.0.0.1")
            setup.router.apply(Plan((TargetGroup("arn", CHECK, (target,)),)))
            reader, writer = await setup.connect()
            with pytest.raises(ConnectionResetError):
                await reader.read()
            writer.close()
            await until(lambda: setup.frontend.active_flows == 0)

    assert setup.counters.target_resets == 1


async def test_idle_connection_is_reset_and_a_used_one_is_not():
    now = 0.0
    async with listener(echo, idle_seconds=0.3, clock=lambda: now) as setup:
        idle, idle_writer = await setup.connect()
        used, used_writer = await setup.connect()
        await until(lambda: setup.frontend.active_flows == 2)
        for later in (0.2, 0.4):
            now = later
            used_writer.write(b"x")
            assert await used.readexactly(1) == b"x"

        with pytest.raises(ConnectionResetError):
            await idle.read()
        used_writer.write(b"x")
        assert await used.readexactly(1) == b"x"
        for writer in (idle_writer, used_writer):
            writer.close()


async def test_many_connections_at_once():
    async with listener(hold) as setup:
        connections = await asyncio.gather(*(setup.connect() for _ in range(300)))
        await until(lambda: setup.frontend.active_flows == 300)
        for _reader, writer in connections:
            writer.close()
        await until(lambda: setup.frontend.active_flows == 0)

    assert setup.counters == Counters(new_flows=300)


async def test_closed_listener_resets_what_there_is_and_takes_no_more():
    async with listener(hold) as setup:
        reader, writer = await setup.connect()
        await until(lambda: setup.frontend.active_flows == 1)

        await setup.frontend.close()

        with pytest.raises(ConnectionResetError):
            await reader.read()
        with pytest.raises(ConnectionRefusedError):
            await setup.connect()
        writer.close()


@pytest.mark.parametrize(("preserves_client", "seen"), [(True, b"127.0.0.9"), (False, b"127.0.0.1")])
async def test_target_sees_the_clients_address_if_its_group_says_so(preserves_client, seen):
    async def tell(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(writer.get_extra_info("peername")[0].encode())
        writer.close()

    async with listener(tell) as setup:
        setup.router.apply(Plan((replace(setup.group, preserves_client=preserves_client),)))
        place = ("127.0.0.1", setup.frontend.port)
        reader, writer = await asyncio.open_connection(*place, local_addr=("127.0.0.9", 0))
        assert await reader.read() == seen
        writer.close()
