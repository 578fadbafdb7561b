"""Record sets: what is kept, shown and refused."""

from __future__ import annotations

from typing import Any

import pytest

from tests.emulated.conftest import eventually
from tests.emulated.test_zones import ZONE_ID, change, record_of, record_sets, zone_of


@pytest.mark.behaviour("Route 53", "record sets of a template keep weights, identifiers, failover and health checks")
def test_routing_of_a_template_is_kept(stack, client):
    check = {"Type": "CALCULATED", "ChildHealthChecks": [], "HealthThreshold": 0}
    outputs = stack.put(
        {
            "Zone": zone_of(stack),
            "Check": {"Type": "AWS::Route53::HealthCheck", "Properties": {"HealthCheckConfig": check}},
            "Heavy": record_of(stack, SetIdentifier="heavy", Weight=3),
            "Light": record_of(stack, "www", "A", "127.0.0.2", SetIdentifier="light", Weight=0),
            "First": record_of(
                stack, "f", SetIdentifier="first", Failover="PRIMARY", HealthCheckId={"Ref": "Check"}
            ),
            "Second": record_of(stack, "f", "A", "127.0.0.2", SetIdentifier="second", Failover="SECONDARY"),
        },
        {**ZONE_ID, "Check": {"Ref": "Check"}},
    )  # fmt: skip

    found = record_sets(client, outputs["Zone"])

    assert (found["www", "heavy"]["Weight"], found["www", "light"]["Weight"]) == (3, 0)
    assert (found["f", "first"]["Failover"], found["f", "second"]["Failover"]) == ("PRIMARY", "SECONDARY")
    assert found["f", "first"]["HealthCheckId"] == outputs["Check"]


@pytest.mark.behaviour("Route 53", "a RecordSetGroup makes, changes and removes its record sets together")
def test_record_set_group(stack, client):
    def group(*members: dict[str, Any]) -> dict[str, Any]:
        sets = [{key: value for key, value in each["Properties"].items() if key != "HostedZoneId"} for each in members]
        return {
            "Type": "AWS::Route53::RecordSetGroup",
            "Properties": {"HostedZoneId": {"Ref": "Zone"}, "RecordSets": sets},
        }

    a, b = record_of(stack, "a"), record_of(stack, "b")
    zone_id = stack.put({"Zone": zone_of(stack), "Group": group(a, b)}, ZONE_ID)["Zone"]
    assert {("a", "A"), ("b", "A")} < record_sets(client, zone_id).keys()

    changed = record_of(stack, "b", "A", "127.0.0.3")
    stack.put({"Zone": zone_of(stack), "Group": group(changed, record_of(stack, "c"))}, ZONE_ID)
    found = record_sets(client, zone_id)
    assert {name for name, kind in found if kind == "A"} == {"b", "c"}
    assert found["b", "A"]["ResourceRecords"] == [{"Value": "127.0.0.3"}]

    stack.put({"Zone": zone_of(stack)}, ZONE_ID)
    assert {kind for _, kind in record_sets(client, zone_id)} == {"NS", "SOA"}


@pytest.mark.behaviour("Route 53", "a changed type of a record set leaves nothing of the former type behind")
def test_a_record_set_may_change_its_type(stack, client):
    zone_id = stack.put({"Zone": zone_of(stack), "Record": record_of(stack)}, ZONE_ID)["Zone"]

    stack.put({"Zone": zone_of(stack), "Record": record_of(stack, "www", "CNAME", "a.example.net")}, ZONE_ID)

    assert [kind for name, kind in record_sets(client, zone_id) if name == "www"] == ["CNAME"]


@pytest.mark.behaviour("Route 53", "a stack fails on a record set that exists already, with the words of Route 53")
def test_a_duplicate_fails_the_stack(stack):
    twice = {"Zone": zone_of(stack), "One": record_of(stack), "Two": {**record_of(stack), "DependsOn": "One"}}

    stack.apply({"Resources": twice})

    assert stack.status() == "ROLLBACK_COMPLETE"
    assert any("but it already exists" in reason for reason in stack.reasons())


@pytest.mark.behaviour("Route 53", "record sets of one name have one routing policy, and one is PRIMARY")
def test_siblings_go_together(stack):
    def names(one: dict[str, Any], two: dict[str, Any]) -> dict[str, Any]:
        first = record_of(stack, SetIdentifier="one", **one)
        second = record_of(stack, "www", "A", "127.0.0.2", SetIdentifier="two", **two)
        return {"Zone": zone_of(stack), "One": first, "Two": {**second, "DependsOn": "One"}}

    stack.put(names({"Weight": 1}, {"Weight": 1}))
    stack.apply({"Resources": names({"Failover": "SECONDARY"}, {"Weight": 1})})
    assert stack.status() == "UPDATE_ROLLBACK_COMPLETE"
    assert any("cannot be created as a non-failover set exists" in reason for reason in stack.reasons())

    # Alone, a record set may change its policy; then another one may come beside it.
    alone = {name: each for name, each in names({"Weight": 1}, {}).items() if name != "Two"}
    stack.put(alone)
    stack.put({**alone, "One": names({"Failover": "SECONDARY"}, {})["One"]})
    stack.put(names({"Failover": "SECONDARY"}, {"Failover": "PRIMARY"}))


@pytest.mark.behaviour("Route 53", "a record set finds its zone by the name, if exactly one zone has it")
def test_a_name_is_of_one_zone(stack, client):
    name = f"{stack.name}.slipway.test."
    record = record_of(stack, HostedZoneName=name)
    del record["Properties"]["HostedZoneId"]
    zone_id = stack.put({"Zone": zone_of(stack)}, ZONE_ID)["Zone"]

    stack.put({"Zone": zone_of(stack), "Record": record}, ZONE_ID)
    assert ("www", "A") in record_sets(client, zone_id)

    stack.put({"Zone": zone_of(stack), "Namesake": zone_of(stack)}, ZONE_ID)
    stack.apply({"Resources": {"Zone": zone_of(stack), "Namesake": zone_of(stack), "Record": record}})
    assert stack.status() == "UPDATE_ROLLBACK_COMPLETE"
    assert ("www", "A") not in record_sets(client, zone_id)


@pytest.mark.behaviour("Route 53", "a refused batch of changes says why and changes nothing")
def test_refused_batches(stack, client):
    zone_id = stack.put({"Zone": zone_of(stack), "Record": record_of(stack)}, ZONE_ID)["Zone"]
    before = record_sets(client, zone_id)
    domain = f"{stack.name}.slipway.test"
    refused = client("route53").exceptions.InvalidChangeBatch

    with pytest.raises(refused, match=rf"\[name='www.{domain}.', type='A'\] but it already exists"):
        change(client, zone_id, "CREATE", f"www.{domain}")
    with pytest.raises(refused, match="but it was not found"):
        change(client, zone_id, "DELETE", f"none.{domain}")
    with pytest.raises(refused, match="do not match the current values"):
        change(client, zone_id, "DELETE", f"www.{domain}", "A", "127.0.0.9")
    with pytest.raises(refused, match="is not permitted in zone"):
        change(client, zone_id, "CREATE", "www.example.com")
    with pytest.raises(refused, match="not permitted at apex"):
        change(client, zone_id, "CREATE", domain, "CNAME", "a.example.net")
    with pytest.raises(refused, match="not a valid IPv4 address"):
        change(client, zone_id, "CREATE", f"bad.{domain}", "A", "300.0.0.1")

    assert record_sets(client, zone_id) == before


@pytest.mark.behaviour("Route 53", "names are kept in lower case, and a wildcard is shown as \\052")
def test_names_as_they_are_kept(stack, client):
    zone_id = stack.put({"Zone": zone_of(stack)}, ZONE_ID)["Zone"]
    name = f"*.{stack.name.upper()}.Slipway.Test"

    change(client, zone_id, "CREATE", name)

    assert record_sets(client, zone_id)["\\052", "A"]["Name"] == f"\\052.{stack.name}.slipway.test."
    change(client, zone_id, "DELETE", name)


@pytest.mark.behaviour("Route 53", "a change is PENDING at first and INSYNC soon after")
def test_a_change_gets_in_sync(stack, client):
    zone_id = stack.put({"Zone": zone_of(stack)}, ZONE_ID)["Zone"]
    name = f"www.{stack.name}.slipway.test"
    made = change(client, zone_id, "UPSERT", name)

    assert made["Status"] == "PENDING"
    route53 = client("route53")
    eventually(lambda: route53.get_change(Id=made["Id"])["ChangeInfo"]["Status"] == "INSYNC", "INSYNC", 120)
    change(client, zone_id, "DELETE", name)
