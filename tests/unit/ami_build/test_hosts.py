"""Rules about names hold for every spelling of a name."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slipway_proxy.hosts import HostRules, canonical, is_address

# As mitmproxy hands on the bytes `bad.example\0` and `\xff.bad.example` of a Host header.
BROKEN = ("bad.example\0", "\0", "\udcff.bad.example", "\udcff")
ADDRESS = "only hosts that are named may be reached, and this is an address"


@pytest.mark.parametrize("name", ["anything.example", "127.0.0.1", "not a name", ""])
def test_without_rules_names_decide_nothing(name: str) -> None:
    assert HostRules().refusal(name) is None


@pytest.mark.parametrize(
    ("name", "refused"),
    [
        ("bad.example", True),
        ("BAD.Example", True),
        ("bad.example.", True),
        ("\uff42\uff41\uff44.example", True),
        ("bad\u3002example", True),
        ("www.bad.example", False),  # exact rules are about one name
        ("notbad.example", False),
        ("bad.example.org", False),
        ("tracker.example", False),
        ("a.tracker.example", True),
        ("A.B.tracker.example.", True),
        ("nottracker.example", False),
        ("bücher.example", True),
        ("xn--bcher-kva.example", True),
    ],
)
def test_blocked_names_are_refused_in_every_spelling(name: str, refused: bool) -> None:
    rules = HostRules(blocked=("bad.example", "*.tracker.example", "xn--bcher-kva.example"))
    assert rules.refusal(name) == ("this host is blocked" if refused else None)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("good.example", None),
        ("Good.Example.", None),
        ("www.good.example", None),
        ("a.b.good.example", None),
        ("other.example", "this host is not among those that are allowed"),
        ("secret.good.example", "this host is blocked"),
        ("localhost", "this host is not among those that are allowed"),
    ],
)
def test_what_is_not_allowed_is_refused_and_blocked_wins(name: str, reason: str | None) -> None:
    rules = HostRules(allowed=("good.example", "*.good.example"), blocked=("secret.good.example",))
    assert rules.refusal(name) == reason


@pytest.mark.parametrize(
    "name",
    [
        "93.184.215.14", "93.184.215.14.", "1572395790", "0135.0270.0327.016", "0x5d.0xb8.0xd7.0xe", "0x5db8d70e",
        "93.12113678", "127.1", "0", "[::1]", "::1", "::ffff:93.184.215.14", "[::ffff:5db8:d70e]", "fe80::1%eth0",
        "\uff19\uff13.184.215.14", "93\u3002184\u3002215\u300214",
    ],
)  # fmt: skip
def test_no_notation_of_an_address_gets_around_rules_about_names(name: str) -> None:
    assert HostRules(blocked=("bad.example",)).refusal(name) == ADDRESS
    assert HostRules(allowed=("good.example",)).refusal(name) == ADDRESS


@given(
    labels=st.lists(st.from_regex(r"[a-z0-9]([a-z0-9-]{0,8}[a-z0-9])?", fullmatch=True), max_size=3),
    spelling=st.lists(st.booleans(), min_size=64, max_size=64),
    dots=st.sampled_from([".", "\u3002", "\uff0e", "\uff61"]),
    last=st.sampled_from(["", "."]),
)
def test_no_spelling_of_a_name_below_a_blocked_one_gets_through(labels, spelling, dots, last) -> None:
    name = ".".join([*labels, "deep", "tracker", "example"])
    spelled = "".join(c.upper() if up else c for c, up in zip(name, spelling, strict=False)).replace(".", dots) + last
    assert HostRules(blocked=("*.tracker.example",)).refusal(spelled) == "this host is blocked"


@pytest.mark.parametrize(
    "name", ["", ".", "a..example", "good.example, bad.example", "a b", "a/b", "a" * 64, "ß" * 80, *BROKEN]
)
def test_what_is_no_name_is_refused_once_there_are_rules(name: str) -> None:
    assert canonical(name) is None
    assert HostRules(blocked=("bad.example",)).refusal(name) == f"{name[:80]!r} is no host name"


@given(name=st.text(st.characters(exclude_categories=())))
def test_nothing_that_a_client_can_write_keeps_rules_from_deciding(name: str) -> None:
    assert HostRules(allowed=("good.example",)).refusal(name) is not None or canonical(name) == "good.example"


def test_names_that_dns_knows_and_host_names_do_not_allow_are_names() -> None:
    assert canonical("_dmarc.Example.org") == "_dmarc.example.org"


def test_a_number_above_all_addresses_is_none() -> None:
    assert not is_address("4294967296")
