"""What AWS counts: security groups hold so many rules, which networks and ports make together."""

from __future__ import annotations

import pytest

from config.models import Configuration, Proxy


def networks(number: int) -> tuple[str, ...]:
    return tuple(f"203.0.113.{last}/32" for last in range(number))


def make(listeners: int, clients: tuple[str, ...] = (), protocol: str = "tcp", **sections) -> Configuration:
    doors = [{"port": 1 + number, "protocol": protocol} for number in range(listeners)]
    proxy = {"allowed_client_networks": clients}
    return Configuration(environment="development", fleet={"listeners": doors}, proxy=proxy, **sections)


@pytest.mark.parametrize(
    ("listeners", "clients", "protocol"),
    [
        (1, networks(60), "tcp"),
        (1, (*networks(60), "2001:db8::/32"), "tcp"),
        (30, (), "tcp_udp"),
        (20, networks(3), "tcp"),
    ],
)
def test_what_a_security_group_holds(listeners, clients, protocol):
    make(listeners, clients, protocol)


EXISTING = {
    "vpc_id": "vpc-01234567",
    "cidr": "10.0.0.0/16",
    "secondary_cidrs": ["10.1.0.0/16", "10.2.0.0/16"],
    "public_subnets": {"us-east-1a": "subnet-0000000a", "us-east-1b": "subnet-0000000b"},
}


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ((1, networks(61)), "proxy.allowed_client_networks: 61 client networks of IPv4 and 1 ports"),
        ((2, tuple(f"2001:db8:{n}::/48" for n in range(31))), "31 client networks of IPv6 .* 62 rules"),
        ((31, (), "tcp_udp"), "fleet.listeners: 1 client networks of IPv4 and 62 ports"),
    ],
)
def test_what_it_does_not_hold(values, message):
    with pytest.raises(ValueError, match=message):
        make(*values)


def test_each_address_block_of_an_existing_network_counts():
    with pytest.raises(ValueError, match=r"fleet\.listeners: 3 client networks of IPv4 and 21 ports"):
        make(21, network={"existing": EXISTING})


def test_an_instance_may_reach_as_many_ports_as_its_group_holds_beside_that_of_aws():
    with pytest.raises(ValueError, match="allowed_destination_ports"):
        Proxy(allowed_destination_ports=tuple(range(1000, 1060)))
    assert len(Proxy(allowed_destination_ports=tuple(range(1000, 1059))).allowed_destination_ports) == 59
