"""Which batches of changes Route 53 refuses."""

from __future__ import annotations

import re
from typing import Any

import pytest

from emulator.dns.changes import malformed, refusals


def record(name: str, kind: str = "A", *values: str, **more: Any) -> dict[str, Any]:
    return {"Name": name, "Type": kind, "TTL": "60", "ResourceRecords": list(values or ("127.0.0.1",)), **more}


def alias(name: str, target: str, zone: str = "Z1") -> dict[str, Any]:
    return {
        "Name": name, "Type": "A",
        "AliasTarget": {"HostedZoneId": zone, "DNSName": target, "EvaluateTargetHealth": False},
    }  # fmt: skip


PRESENT = [record("example.org.", "SOA", "x"), record("example.org.", "NS", "y"), record("a.example.org.")]


def refused(*changes: tuple[str, dict[str, Any]]) -> list[str]:
    return refusals("Z1", "example.org.", {"Z1": PRESENT, "Z2": [record("b.example.net.")]}, changes)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (
            ("CREATE", record("a.example.org.")),
            r"Tried to create resource record set \[name='a.example.org.', type='A'\] but it already exists",
        ),
        (("DELETE", record("b.example.org.")), "but it was not found"),
        (("DELETE", record("a.example.org.", "A", "127.0.0.2")), "do not match the current values"),
        (("DELETE", record("example.org.", "SOA", "x")), "exactly one SOA"),
        (("DELETE", record("example.org.", "NS", "y")), "at least one NS"),
        (("CREATE", record("a.example.com.")), "not permitted in zone example.org."),
        (("CREATE", record("badexample.org.")), "not permitted in zone example.org."),
        (("UPSERT", record("example.org.", "CNAME", "b.")), "not permitted at apex"),
        (("UPSERT", record("a.example.org.", "CNAME", "b.")), "conflicts with other records"),
        (("UPSERT", record("b.example.org.", "A", "300.0.0.1")), "not a valid IPv4 address"),
        (("UPSERT", record("b.example.org.", "AAAA", "127.0.0.1")), "not a valid IPv6 address"),
        (("UPSERT", alias("b.example.org.", "c.example.org.")), "that target was not found"),
    ],
)
def test_each_refusal_says_why(change, words):
    (found,) = refused(change)
    assert re.search(words, found)


@pytest.mark.parametrize(
    "change",
    [
        ("CREATE", record("b.example.org.")),
        ("CREATE", record("a.example.org.", "TXT", '"x"')),
        ("UPSERT", record("a.example.org.", "A", "127.0.0.2")),
        ("DELETE", record("a.example.org.")),
        ("CREATE", alias("b.example.org.", "a.example.org.")),
        ("CREATE", alias("b.example.org.", "b.example.net.", "Z2")),
        ("CREATE", alias("b.example.org.", "net-1.elb.us-east-1.amazonaws.com.", "ZELB")),
    ],
)
def test_everything_else_is_taken(change):
    assert refused(change) == []


def test_a_batch_is_judged_in_its_order():
    assert refused(("DELETE", record("a.example.org.")), ("CREATE", record("a.example.org.", "CNAME", "b."))) == []
    (found,) = refused(("CREATE", record("c.example.org.", "CNAME", "b.")), ("CREATE", record("c.example.org.")))
    assert "a conflicting RRSet of type CNAME" in found
    assert refused(("CREATE", alias("d.example.org.", "e.example.org.")), ("CREATE", record("e.example.org."))) == []


def sibling(identifier: str, **more: Any) -> dict[str, Any]:
    return record("s.example.org.", SetIdentifier=identifier, **more)


WEIGHTED = ("CREATE", sibling("one", Weight="100"))
PRIMARY = ("CREATE", sibling("one", Failover="PRIMARY"))


@pytest.mark.parametrize(
    ("present", "change", "words"),
    [
        (WEIGHTED, ("UPSERT", sibling("two", Failover="SECONDARY")), "as a non-failover set exists with the same name"),
        (PRIMARY, ("UPSERT", sibling("two", Weight="0")), "type A, SetIdentifier two cannot be created as a non-weig"),
        (WEIGHTED, ("UPSERT", record("s.example.org.")), "type A cannot be created as a non-simple set exists"),
        (PRIMARY, ("UPSERT", sibling("two", Failover="PRIMARY")), "as a failover PRIMARY set exists"),
    ],
)
def test_record_sets_of_one_name_have_one_policy_and_one_primary(present, change, words):
    zones = {"Z1": [*PRESENT, present[1]]}

    (found,) = refusals("Z1", "example.org.", zones, [change])

    assert words in found


@pytest.mark.parametrize(
    "changes",
    [
        [("UPSERT", sibling("two", Failover="SECONDARY"))],
        [("UPSERT", sibling("one", Weight="1"))],
        [("CREATE", {**sibling("two", Weight="1"), "Type": "AAAA", "ResourceRecords": ["::1"]})],
        [("UPSERT", sibling("one", Failover="SECONDARY")), ("CREATE", sibling("two", Failover="PRIMARY"))],
        [("DELETE", PRIMARY[1]), ("CREATE", sibling("two", Weight="1"))],
    ],
)
def test_a_batch_may_change_all_record_sets_of_a_name(changes):
    assert refusals("Z1", "example.org.", {"Z1": [*PRESENT, PRIMARY[1]]}, changes) == []


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({"Name": "a.", "Type": "A"}, "none"),
        ({"Name": "a.", "Type": "A", "TTL": "60"}, "none"),
        (record("a."), None),
        (alias("a.", "b."), None),
        ({**record("a."), **alias("a.", "b.")}, "more than one"),
    ],
)
def test_a_record_set_has_either_values_or_an_alias(change, found):
    told = malformed([("CREATE", change)])

    assert told is None if found is None else f"but found {found} in Change" in (told or "")
