"""Loopback addresses that are free, and held."""

from __future__ import annotations

import socket

import pytest

from emulator import ports
from emulator.instances.addresses import NoAddressError, reserve


@pytest.fixture
def port():
    (found,) = ports.pick()
    return found


def test_address_is_held_until_released(port):
    first = reserve(("127.0.0.1",), (port,))

    with pytest.raises(NoAddressError):
        reserve(("127.0.0.1",), (port,))
    first.release()
    reserve(("127.0.0.1",), (port,)).release()


def test_address_with_a_port_in_use_is_passed_over(port):
    with socket.create_server(("127.0.0.1", port)), pytest.raises(NoAddressError, match=f"{port} free"):
        reserve(("127.0.0.1",), (port,))


def test_address_that_the_system_has_not_is_passed_over(port):
    address = reserve(("192.0.2.1", "127.0.0.1"), (port,))

    assert address.text == "127.0.0.1"
    address.release()
