"""Bytes, ends and resets on their way through, with real connections."""

from __future__ import annotations

import asyncio
import os
import socket

import pytest

from emulator.balancer.relay import Counters
from tests.unit.emulator.balancer.test_checker import until
from tests.unit.emulator.balancer.test_frontend import echo, listener


async def test_bytes_arrive_as_they_are_both_ways_and_one_direction_may_end_first():
    sent = os.urandom(3_000_000)
    async with listener(echo) as setup:
        reader, writer = await setup.connect()
        writer.write(sent)
        writer.write_eof()

        received = await reader.read()
        writer.close()
        await until(lambda: setup.frontend.active_flows == 0)

    assert received == sent + b"the end"
    assert setup.counters == Counters(new_flows=1, processed_bytes=2 * len(sent) + len(b"the end"))


async def test_sender_waits_for_a_receiver_that_does_not_read():
    taken = 0

    async def flood(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal taken
        for _ in range(1000):
            writer.write(bytes(100_000))
            await writer.drain()
            taken += 100_000
        writer.close()

    async with listener(flood) as setup:
        reader, writer = await setup.connect()
        before = -1
        while taken != before:
            before = taken
            await asyncio.sleep(0.1)
        assert taken < 30_000_000

        assert len(await reader.read()) == 100_000_000
        writer.close()


async def test_reset_of_the_target_reaches_the_client():
    async def reset(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection: socket.socket = writer.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        writer.transport.abort()

    async with listener(reset) as setup:
        reader, writer = await setup.connect()
        with pytest.raises(ConnectionResetError):
            await reader.read()
        writer.close()

    assert setup.counters.target_resets == 1


async def test_reset_of_the_client_reaches_the_target():
    seen = asyncio.Event()

    async def wait(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await reader.read()
        except ConnectionResetError:
            seen.set()
        writer.close()

    async with listener(wait) as setup:
        _reader, writer = await setup.connect()
        writer.write(b"hello")
        await until(lambda: setup.counters.processed_bytes == 5)
        connection: socket.socket = writer.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        writer.transport.abort()
        await asyncio.wait_for(seen.wait(), 60)

    assert setup.counters.client_resets == 1
