"""Where load balancers listen."""

from __future__ import annotations

import socket

import pytest

from emulator import ports
from emulator.balancer.places import Site

ARN = "arn:aws:elasticloadbalancing:us-east-1:000000000000:loadbalancer/net/proxy/0123456789abcdef"


@pytest.fixture
def free_port():
    (found,) = ports.pick()
    return found


@pytest.fixture
def site():
    made = Site(ARN)
    yield made
    made.release()


def test_each_load_balancer_has_an_address_of_its_own_on_loopback(site):
    other = Site(ARN)
    other.release()

    assert site.address.startswith("127.")
    assert other.address != site.address


def test_address_comes_back_if_it_is_free(site):
    other = Site(ARN)
    before = other.address
    other.release()

    again = Site(ARN, wish=before)
    third = Site(ARN, wish=before)
    again.release()
    third.release()

    assert again.address == before
    assert third.address not in (before, site.address)


def test_listener_gets_its_own_port(site, free_port):
    with site.bind(free_port) as bound:
        assert bound.getsockname() == (site.address, free_port)


def test_listener_whose_port_is_taken_gets_another_and_always_the_same(site, free_port):
    with socket.create_server(("", free_port)):
        with site.bind(free_port) as bound:
            first = bound.getsockname()
        with site.bind(free_port) as bound:
            second = bound.getsockname()

    assert first == second
    assert first[0] == site.address
    assert first[1] != free_port


def test_where_all_share_one_address_a_listener_leaves_its_port_to_the_instances(free_port):
    site = Site(ARN, own=("192.0.2.1",))
    with site.bind(free_port) as bound:
        place = bound.getsockname()
    site.release()

    assert place[0] == site.address == "127.0.0.1"
    assert place[1] != free_port
