"""Health checks against real sockets."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from emulator.balancer.checks import FAILED, TIMEOUT, failure_of, matches
from emulator.balancer.plan import Check, Target

CHECK = Check(
    port=None, path="/info/health", is_encrypted=False, codes="200", interval_seconds=10, timeout_seconds=0.5,
    healthy_threshold=2, unhealthy_threshold=2,
)  # fmt: skip


@pytest.mark.parametrize(("status", "codes", "expected"), [
    (200, "200", True), (204, "200", False), (204, "200-399", True), (400, "200-399", False), (204, "200, 204", True),
])  # fmt: skip
def test_matcher(status, codes, expected):
    assert matches(status, codes) is expected


@asynccontextmanager
async def answering(answer: Callable[[bytes], bytes | None]) -> AsyncIterator[Target]:
    """Run a server that answers each request's head, or is silent for None, and give it as a target."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            reply = answer(await reader.readuntil(b"\r\n\r\n"))
            if reply is None:
                await reader.read()
            else:
                writer.write(reply)
        except asyncio.IncompleteReadError:
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    yield Target("127.0.0.1", server.sockets[0].getsockname()[1], "127.0.0.1")
    server.close()


def by_path(head: bytes) -> bytes:
    status = b"200 OK" if head.startswith(b"GET /info/health ") else b"503 Service Unavailable"
    return b"HTTP/1.1 " + status + b"\r\nContent-Length: 2\r\n\r\nok"


async def test_check_that_succeeds():
    async with answering(by_path) as target:
        assert await failure_of(target, CHECK) is None


async def test_check_of_a_connection_only():
    async with answering(by_path) as target:
        assert await failure_of(target, replace(CHECK, path=None)) is None


async def test_check_with_another_status():
    async with answering(by_path) as target:
        failure = await failure_of(target, replace(CHECK, path="/"))

    assert failure is not None
    assert failure.reason == "Target.ResponseCodeMismatch"
    assert failure.description == "Health checks failed with these codes: [503]"


async def test_check_of_one_who_speaks_something_else():
    async with answering(lambda _head: b"220 mail.example.com ESMTP\r\n") as target:
        assert await failure_of(target, CHECK) == FAILED


async def test_check_of_one_who_does_not_answer():
    async with answering(lambda _head: None) as target:
        assert await failure_of(target, replace(CHECK, timeout_seconds=0.05)) == TIMEOUT


async def test_check_of_nobody():
    async with answering(by_path) as target:
        pass

    assert await failure_of(target, CHECK) == FAILED


async def test_target_that_is_not_on_this_machine_times_out_without_a_packet():
    assert await failure_of(Target("10.0.0.1", 80, address=None), CHECK) == TIMEOUT


async def test_check_asks_the_port_that_it_names():
    async with answering(by_path) as target:
        elsewhere = Target(target.identifier, 1, target.address)

        assert await failure_of(elsewhere, replace(CHECK, port=target.port)) is None


async def test_encrypted_check_begins_with_tls_and_fails_where_nobody_speaks_it():
    greeting = asyncio.get_running_loop().create_future()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        greeting.set_result(await reader.read(2))
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        target = Target("127.0.0.1", server.sockets[0].getsockname()[1], "127.0.0.1")

        assert await failure_of(target, replace(CHECK, is_encrypted=True)) == FAILED
        assert await greeting == b"\x16\x03"
