"""The guard that keeps tests on this machine watches the proxy's environment as well."""

from __future__ import annotations

import socket

import aiohttp
import pytest

from tests.loopback import Guard, LeftLoopbackError


async def test_a_request_to_elsewhere_is_refused(loopback_guard: Guard) -> None:
    async with aiohttp.ClientSession() as session:
        with pytest.raises(aiohttp.ClientConnectionError):
            await session.get("http://192.0.2.1/")

    assert loopback_guard.take() == ["socket.connect ('192.0.2.1', 80)"]


def test_a_name_is_not_even_looked_up(loopback_guard: Guard) -> None:
    with pytest.raises(LeftLoopbackError):
        socket.getaddrinfo("example.com", 80)

    assert loopback_guard.take() == ["socket.getaddrinfo example.com"]
