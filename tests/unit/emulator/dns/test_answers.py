"""What the zones answer: names, wildcards, chains, aliases, and who is left out for bad health."""

from __future__ import annotations

import random

import pytest

from emulator.dns.answers import Balancer, Record, View, addresses, answer
from emulator.dns.zones import Zone, record_set

SOA = {
    "Name": "example.org.",
    "Type": "SOA",
    "TTL": "900",
    "ResourceRecords": ["ns-1.test. admin.test. 1 7200 900 1209600 60"],
}
BALANCER = "net-1.elb.us-east-1.amazonaws.com."


def record(name: str, kind: str, *values: str, ttl: int = 300, **more: object) -> dict[str, object]:
    return {"Name": name, "Type": kind, "TTL": str(ttl), "ResourceRecords": list(values), **more}


def alias(name: str, target: str, *, kind: str = "A", zone: str = "Z1", evaluates: bool = False, **more: object):
    where = {"HostedZoneId": zone, "DNSName": target, "EvaluateTargetHealth": evaluates}
    return {"Name": name, "Type": kind, "AliasTarget": where, **more}


def zone(
    *records: dict[str, object], name: str = "example.org.", identifier: str = "Z1", private: bool = False
) -> Zone:
    return Zone(identifier, name, private, tuple(record_set(each) for each in (SOA, *records)))


def view(*zones: Zone, sick: tuple[str, ...] = (), balancer: Balancer | None = None, seed: int = 1) -> View:
    found = {BALANCER: balancer} if balancer else {}
    return View(zones, lambda check: check not in sick, found.get, random.Random(seed))  # noqa: S311


def test_a_record_comes_back_under_the_name_as_it_was_asked_for():
    found = answer(view(zone(record("www.example.org.", "A", "127.0.0.5"))), "WWW.Example.ORG", "A")

    assert (found.code, found.is_authoritative) == ("NOERROR", True)
    assert found.records == (Record("WWW.Example.ORG", "A", 300, "127.0.0.5"),)


def test_no_such_name_and_no_such_type_are_told_apart_and_say_for_how_long():
    zones = view(zone(record("a.b.example.org.", "A", "127.0.0.5")))

    for name, kind, code in (("c", "A", "NXDOMAIN"), ("a.b", "AAAA", "NOERROR"), ("b", "A", "NOERROR")):
        found = answer(zones, f"{name}.example.org.", kind)
        assert (found.code, found.records) == (code, ())
        assert [(each.kind, each.ttl) for each in found.authority] == [("SOA", 60)]


def test_names_outside_of_the_zones_are_refused():
    assert answer(view(zone()), "example.com.", "A").code == "REFUSED"
    assert answer(view(zone()), "org.", "A").code == "REFUSED"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("x.example.org.", ["127.0.0.1"]),
        ("deep.x.example.org.", ["127.0.0.1"]),
        ("own.example.org.", ["127.0.0.2"]),
        ("below.own.example.org.", []),
    ],
)
def test_a_wildcard_answers_only_for_names_that_do_not_exist(name, expected):
    zones = view(zone(record("\\052.example.org.", "A", "127.0.0.1"), record("own.example.org.", "A", "127.0.0.2")))

    assert addresses(zones, name) == expected


def test_chains_are_followed_across_zones_and_left_where_they_leave():
    zones = view(
        zone(record("a.example.org.", "CNAME", "b.example.net"), record("out.example.org.", "CNAME", "example.com.")),
        zone(record("b.example.net.", "A", "127.0.0.3"), name="example.net.", identifier="Z2"),
    )

    assert [each.kind for each in answer(zones, "a.example.org.", "A").records] == ["CNAME", "A"]
    assert [each.kind for each in answer(zones, "a.example.org.", "CNAME").records] == ["CNAME"]
    left = answer(zones, "out.example.org.", "A")
    assert (left.code, left.is_authoritative, [each.value for each in left.records]) == (
        "NOERROR", True, ["example.com."],
    )  # fmt: skip


def test_chains_and_aliases_that_lead_in_a_circle_end():
    zones = view(zone(record("a.example.org.", "CNAME", "a.example.org."), alias("b.example.org.", "b.example.org.")))

    assert answer(zones, "a.example.org.", "A").code == "SERVFAIL"
    assert answer(zones, "b.example.org.", "A").code == "SERVFAIL"


def test_the_nearest_zone_answers_and_the_private_one_first():
    zones = view(
        zone(record("a.sub.example.org.", "A", "127.0.0.1"), record("b.example.org.", "A", "127.0.0.1")),
        zone(record("b.example.org.", "A", "127.0.0.2"), identifier="Z2", private=True),
        zone(name="sub.example.org.", identifier="Z3"),
    )

    assert addresses(zones, "b.example.org") == ["127.0.0.2"]
    assert answer(zones, "a.sub.example.org", "A").code == "NXDOMAIN"


def test_a_delegated_name_is_left_to_its_name_servers():
    found = answer(view(zone(record("sub.example.org.", "NS", "ns.test."))), "www.sub.example.org.", "A")

    assert (found.code, found.is_authoritative, found.records) == ("NOERROR", False, ())
    assert [(each.name, each.kind) for each in found.authority] == [("sub.example.org.", "NS")]


def test_the_zones_own_name_servers_are_an_answer():
    found = answer(view(zone(record("example.org.", "NS", "ns-1.test."))), "example.org.", "NS")

    assert [each.value for each in found.records] == ["ns-1.test."]


def test_an_alias_takes_the_addresses_of_a_load_balancer():
    zones = view(
        zone(alias("proxy.example.org.", f"dualstack.{BALANCER}", zone="ZELB")),
        balancer=Balancer(("127.0.0.7", "127.0.0.8"), is_healthy=True),
    )

    found = answer(zones, "proxy.example.org.", "A").records
    assert [(each.value, each.ttl) for each in found] == [("127.0.0.7", 60), ("127.0.0.8", 60)]
    assert addresses(zones, BALANCER) == ["127.0.0.7", "127.0.0.8"]
    assert answer(zones, "proxy.example.org.", "AAAA").code == "NOERROR"


def test_an_alias_of_what_is_not_emulated_is_a_failure_and_no_silence():
    zones = view(zone(alias("cdn.example.org.", "d1.cloudfront.net.", zone="Z2FDTNDATAQYW2")))

    assert answer(zones, "cdn.example.org.", "A").code == "SERVFAIL"


def test_an_alias_of_another_record_has_its_values_and_its_ttl():
    zones = view(zone(alias("a.example.org.", "b.example.org."), record("b.example.org.", "A", "127.0.0.4", ttl=17)))

    assert answer(zones, "a.example.org.", "A").records == (Record("a.example.org.", "A", 17, "127.0.0.4"),)


def two(first: dict[str, object], second: dict[str, object]) -> Zone:
    """Two record sets of one name."""
    return zone(
        record("w.example.org.", "A", "127.0.0.1", SetIdentifier="1", HealthCheckId="one", **first),
        record("w.example.org.", "A", "127.0.0.2", SetIdentifier="2", HealthCheckId="two", **second),
    )


def shares(zones: View, times: int = 2000) -> dict[str, float]:
    drawn = [addresses(zones, "w.example.org")[0] for _ in range(times)]
    return {address: drawn.count(address) / times for address in sorted(set(drawn))}


def test_weights_decide_how_often():
    found = shares(view(two({"Weight": 3}, {"Weight": 1})))

    assert found["127.0.0.1"] == pytest.approx(0.75, abs=0.05)
    assert found == shares(view(two({"Weight": 3}, {"Weight": 1})))


@pytest.mark.parametrize(
    ("weights", "sick", "expected"),
    [
        ((1, 0), (), {"127.0.0.1"}),
        ((1, 0), ("one",), {"127.0.0.2"}),
        ((1, 1), ("one",), {"127.0.0.2"}),
        ((1, 1), ("one", "two"), {"127.0.0.1", "127.0.0.2"}),
        ((1, 0), ("one", "two"), {"127.0.0.1"}),
        ((0, 0), (), {"127.0.0.1", "127.0.0.2"}),
    ],
)
def test_weight_zero_and_bad_health(weights, sick, expected):
    first, second = ({"Weight": weight} for weight in weights)

    assert set(shares(view(two(first, second), sick=sick), 100)) == expected


@pytest.mark.parametrize(
    ("sick", "expected"), [((), "127.0.0.1"), (("one",), "127.0.0.2"), (("one", "two"), "127.0.0.1")]
)
def test_failover_answers_with_the_secondary_while_the_primary_is_sick(sick, expected):
    zones = view(two({"Failover": "PRIMARY"}, {"Failover": "SECONDARY"}), sick=sick)

    assert addresses(zones, "w.example.org") == [expected]


def test_failover_looks_through_an_alias_that_evaluates_its_target():
    zones = zone(
        alias("w.example.org.", BALANCER, zone="ZELB", evaluates=True, Failover="PRIMARY", SetIdentifier="1"),
        alias("w.example.org.", "b.example.org.", evaluates=True, Failover="SECONDARY", SetIdentifier="2"),
        record("b.example.org.", "A", "127.0.0.9"),
    )

    assert addresses(view(zones, balancer=Balancer(("127.0.0.7",), is_healthy=True)), "w.example.org") == ["127.0.0.7"]
    assert addresses(view(zones, balancer=Balancer((), is_healthy=False)), "w.example.org") == ["127.0.0.9"]


def test_multivalue_answers_with_up_to_eight_healthy_ones():
    many = [
        record("w.example.org.", "A", f"127.0.0.{n}", SetIdentifier=str(n), MultiValueAnswer=True, HealthCheckId=str(n))
        for n in range(1, 13)
    ]

    assert len(addresses(view(zone(*many)), "w.example.org")) == 8
    few = addresses(view(zone(*many), sick=tuple(str(n) for n in range(3, 13))), "w.example.org")
    assert sorted(few) == ["127.0.0.1", "127.0.0.2"]


def test_routing_by_place_is_a_failure_and_no_guess():
    assert answer(view(two({"Region": "us-east-1"}, {"Region": "eu-west-1"})), "w.example.org", "A").code == "SERVFAIL"
