"""Who is served, and where the proxy may connect to."""

# ruff: noqa: ARG002 - fakes take what the real ones take

from __future__ import annotations

import pytest

from slipway_proxy.guard import ClientGuard, DestinationGuard, parse, resolve
from slipway_proxy.hosts import HostRules

PUBLIC = "93.184.215.14"


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


class Names:
    """A resolver that knows what a test tells it, and counts."""

    def __init__(self, **names: list[str]) -> None:
        self.names = names
        self.asked = 0

    async def __call__(self, host: str, port: int) -> list[str]:
        self.asked += 1
        return self.names.get(host, [])


def guard(**changes: object) -> DestinationGuard:
    values = {
        "ports": (80, 443),
        "networks": (),
        "own_addresses": ("198.18.0.1",),
        "own_ports": (8080,),
        "refusal_of_name": HostRules().refusal,
        "resolver": Names(),
    }
    return DestinationGuard(**{**values, **changes})


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.0", "10.1.2.3", "100.64.0.1", "127.0.0.1", "127.255.255.254", "169.254.1.1", "169.254.169.254",
        "172.16.0.1", "192.0.2.1", "192.168.1.1", "198.18.0.1", "224.0.0.1", "239.1.1.1", "255.255.255.255",
        "::", "::1", "fe80::1", "fe80::1%eth0", "fc00::1", "ff02::1", "fd00:ec2::254",
        "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "2002:7f00:1::",
        "64:ff9b:1::7f00:1", "::10.0.0.1", "::ffff:0:7f00:1", "fec0::1", "2001::1", "2001:db8::1", "5f00::1",
    ],
)  # fmt: skip
def test_what_is_not_public_is_refused(address: str) -> None:
    assert guard().refusal_of_address(address, 80) is not None


@pytest.mark.parametrize("address", [PUBLIC, "2606:2800:21f:cb07:6820:80da:af6b:8b2c", "::ffff:93.184.215.14"])
def test_what_is_public_is_allowed(address: str) -> None:
    assert guard().refusal_of_address(address, 443) is None


def test_only_allowed_ports() -> None:
    assert guard().refusal_of_address(PUBLIC, 22) == "port 22 is not allowed, allowed are 80, 443"


def test_an_allowed_network_opens_what_it_holds_and_no_more() -> None:
    allowing = guard(networks=("10.1.0.0/16", "127.0.0.0/8"))
    assert allowing.refusal_of_address("10.1.2.3", 80) is None
    assert allowing.refusal_of_address("10.2.2.3", 80) is not None
    assert allowing.refusal_of_address("127.0.0.1", 22) is not None
    assert guard(networks=("fec0::/16",)).refusal_of_address("fec0::1", 80) is None


@pytest.mark.parametrize("address", ["169.254.169.254", "::ffff:169.254.169.254", "fd00:ec2::254", "169.254.170.2"])
def test_nothing_opens_the_metadata_service(address: str) -> None:
    allowing = guard(networks=("0.0.0.0/0", "::/0"))
    assert allowing.refusal_of_address(address, 80) == "it is a metadata service"


@pytest.mark.parametrize("address", ["127.0.0.1", "127.0.0.2", "::1", "198.18.0.1", "::ffff:127.0.0.1"])
def test_nothing_lets_the_proxy_call_itself(address: str) -> None:
    allowing = guard(ports=(8080,), networks=("0.0.0.0/0", "::/0"))
    assert allowing.refusal_of_address(address, 8080) == "it is this proxy itself"


async def test_a_name_is_refused_if_one_of_its_addresses_is() -> None:
    names = Names(mixed=[PUBLIC, "10.0.0.1"], public=[PUBLIC])
    assert await guard(resolver=names).refusal("mixed", 80) == "its address is not a public one"
    assert await guard(resolver=names).refusal("public", 80) is None
    assert await guard(resolver=names).refusal("unknown", 80) is None


async def test_a_forbidden_port_is_refused_without_asking_for_the_name() -> None:
    names = Names(public=[PUBLIC])
    assert await guard(resolver=names).refusal("public", 25) == "port 25 is not allowed, allowed are 80, 443"
    assert names.asked == 0


async def test_a_verdict_holds_for_a_moment_only() -> None:
    names, clock = Names(public=[PUBLIC]), Clock()
    asking = guard(resolver=names, clock=clock)
    assert await asking.refusal("public", 80) is None
    names.names["public"] = ["10.0.0.1"]
    assert await asking.refusal("public", 80) is None
    assert names.asked == 1
    clock.now = 5.0
    assert await asking.refusal("public", 80) is not None


async def test_verdicts_do_not_pile_up() -> None:
    names = Names()
    asking = guard(resolver=names)
    for number in range(3000):
        await asking.refusal(f"host{number}", 80)
    assert len(asking._verdicts) <= 1024


@pytest.mark.parametrize("host", ["127.0.0.1", "2130706433", "0x7f.1"])
async def test_the_system_knows_every_notation_of_an_address(host: str) -> None:
    assert await resolve(host, 80) == ["127.0.0.1"]


async def test_a_name_that_cannot_be_one_has_no_address() -> None:
    assert await resolve("a" * 300, 80) == []


def test_wrapped_addresses_come_out_plain() -> None:
    assert str(parse("::ffff:10.0.0.1")) == "10.0.0.1"
    assert str(parse("64:ff9b::a00:1")) == "10.0.0.1"
    assert str(parse("2002:a00:1::")) == "10.0.0.1"


def test_clients() -> None:
    everyone, some = ClientGuard(()), ClientGuard(("192.0.2.0/24", "2001:db8::/32"))
    assert everyone.allows("198.51.100.1")
    assert some.allows("192.0.2.1")
    assert some.allows("::ffff:192.0.2.1")
    assert some.allows("2001:db8::1")
    assert some.allows("127.0.0.1")
    assert not some.allows("198.51.100.1")
    assert not some.allows("2001:db9::1")


@pytest.mark.parametrize("host", ["a" * 64 + ".example", "nul\0.example", "xn--\udcff"])
async def test_what_can_be_no_name_has_no_address(host: str) -> None:
    assert await resolve(host, 80) == []


async def test_rules_about_names_change_from_one_request_to_the_next() -> None:
    blocked: set[str] = set()
    own = guard(refusal_of_name=lambda name: "blocked" if name in blocked else None, resolver=Names(good=[PUBLIC]))
    assert await own.refusal("good", 443) is None
    blocked.add("good")
    assert await own.refusal("good", 443) == "blocked"
    blocked.clear()
    assert await own.refusal("good", 443) is None


async def test_a_name_that_is_refused_is_not_even_resolved() -> None:
    names = Names()
    rules = HostRules(blocked=("bad.example",))
    assert await guard(resolver=names, refusal_of_name=rules.refusal).refusal("bad.example", 443) == (
        "this host is blocked"
    )
    assert names.asked == 0
