"""The guard that keeps tests on this machine bites."""

from __future__ import annotations

import socket
import urllib.error
import urllib.request

import pytest

from tests.loopback import Guard, LeftLoopbackError

OUTSIDE = "192.0.2.1"  # reserved for documentation


def test_a_connection_to_elsewhere_is_refused_and_remembered(loopback_guard: Guard) -> None:
    with socket.socket() as client, pytest.raises(LeftLoopbackError):
        client.connect((OUTSIDE, 80))

    assert loopback_guard.take() == [f"socket.connect ('{OUTSIDE}', 80)"]


def test_a_connection_whose_error_is_a_number_is_refused_too(loopback_guard: Guard) -> None:
    with socket.socket() as client, pytest.raises(LeftLoopbackError):
        client.connect_ex((OUTSIDE, 80))

    assert loopback_guard.take() == [f"socket.connect ('{OUTSIDE}', 80)"]


def test_a_datagram_to_elsewhere_is_refused(loopback_guard: Guard) -> None:
    with socket.socket(type=socket.SOCK_DGRAM) as client, pytest.raises(LeftLoopbackError):
        client.sendto(b"", (OUTSIDE, 53))

    assert loopback_guard.take() == [f"socket.sendto ('{OUTSIDE}', 53)"]


def test_a_name_is_not_even_looked_up(loopback_guard: Guard) -> None:
    with pytest.raises(urllib.error.URLError):
        urllib.request.build_opener(urllib.request.ProxyHandler({})).open("http://example.com/")

    assert loopback_guard.take() == ["socket.getaddrinfo example.com"]


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.77.10", "::1", "::ffff:127.0.0.1", "localhost", b"localhost", ""])
def test_what_is_on_this_machine_is_left_alone(host: str | bytes) -> None:
    guard = Guard()

    guard("socket.connect", (None, (host, 80)))
    guard("socket.getaddrinfo", (host, 80))

    assert guard.take() == []


def test_unix_sockets_and_addresses_in_digits_are_left_alone() -> None:
    guard = Guard()

    guard("socket.connect", (None, "/run/a-unix-socket"))
    guard("socket.getaddrinfo", ("10.0.0.1", 80))
    guard("socket.getaddrinfo", ("2130706433", 80))
    guard("socket.getaddrinfo", (None, 80))

    assert guard.take() == []


@pytest.mark.parametrize("host", ["10.0.0.1", "169.254.169.254", "2001:db8::1", "::ffff:10.0.0.1", "slipway.canary"])
def test_what_is_elsewhere_is_refused(host: str) -> None:
    with pytest.raises(LeftLoopbackError):
        Guard()("socket.connect", (None, (host, 80)))
