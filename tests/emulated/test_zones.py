"""Hosted zones and record sets: what is kept, shown and refused."""

from __future__ import annotations

from typing import Any

import pytest

from tests.emulated.conftest import eventually


def zone_of(stack, **more: Any) -> dict[str, Any]:
    return {"Type": "AWS::Route53::HostedZone", "Properties": {"Name": f"{stack.name}.example.org", **more}}


def record_of(stack, label: str = "www", kind: str = "A", *values: str, **more: Any) -> dict[str, Any]:
    records = {"TTL": "60", "ResourceRecords": list(values or ("127.0.0.1",))} if "AliasTarget" not in more else {}
    return {
        "Type": "AWS::Route53::RecordSet",
        "Properties": {
            "HostedZoneId": {"Ref": "Zone"}, "Name": f"{label}.{stack.name}.example.org", "Type": kind, **records,
            **more,
        },
    }  # fmt: skip


VPC = {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.77.0.0/16"}}
ZONE_ID = {"Zone": {"Ref": "Zone"}}


def record_sets(client, zone_id: str) -> dict[tuple[str, str], dict[str, Any]]:
    listed = client("route53").list_resource_record_sets(HostedZoneId=zone_id)["ResourceRecordSets"]
    return {(each["Name"].partition(".")[0], each.get("SetIdentifier", each["Type"])): each for each in listed}


def change(client, zone_id: str, action: str, name: str, kind: str = "A", *values: str, **more: Any) -> dict[str, Any]:
    records = {"TTL": 60, "ResourceRecords": [{"Value": value} for value in values or ("127.0.0.1",)]}
    record = {"Name": name, "Type": kind, **({} if "AliasTarget" in more else records), **more}
    batch = {"Changes": [{"Action": action, "ResourceRecordSet": record}]}
    return client("route53").change_resource_record_sets(HostedZoneId=zone_id, ChangeBatch=batch)["ChangeInfo"]


@pytest.mark.behaviour("Route 53", "GetAtt NameServers, GetHostedZone and the zone's NS record name the same servers")
def test_name_servers_are_those_of_the_zone(stack, client):
    servers = {"Fn::Join": [",", {"Fn::GetAtt": ["Zone", "NameServers"]}]}
    outputs = stack.put({"Zone": zone_of(stack)}, {**ZONE_ID, "Servers": servers})

    listed = record_sets(client, outputs["Zone"])[stack.name, "NS"]["ResourceRecords"]
    described = client("route53").get_hosted_zone(Id=outputs["Zone"])["DelegationSet"]["NameServers"]

    assert len(described) == 4
    assert sorted(outputs["Servers"].split(",")) == sorted(described)
    assert sorted(f"{name}." for name in described) == sorted(each["Value"] for each in listed)


@pytest.mark.behaviour("Route 53", "a private zone keeps its VPCs and says that it is private")
def test_a_private_zone_keeps_its_vpcs(stack, client):
    vpcs = [{"VPCId": {"Ref": "Network"}, "VPCRegion": {"Ref": "AWS::Region"}}]
    outputs = stack.put({"Network": VPC, "Zone": zone_of(stack, VPCs=vpcs)}, {**ZONE_ID, "Network": {"Ref": "Network"}})

    described = client("route53").get_hosted_zone(Id=outputs["Zone"])

    assert described["HostedZone"]["Config"]["PrivateZone"] is True
    assert [vpc["VPCId"] for vpc in described["VPCs"]] == [outputs["Network"]]


@pytest.mark.behaviour("Route 53", "a zone has the tags of its template and of its stack, and loses those that go")
def test_zone_tags(stack, client):
    def tags() -> dict[str, str]:
        listed = client("route53").list_tags_for_resource(ResourceType="hostedzone", ResourceId=zone_id)
        return {tag["Key"]: tag["Value"] for tag in listed["ResourceTagSet"]["Tags"]}

    zone_id = stack.put({"Zone": zone_of(stack, HostedZoneTags=[{"Key": "a", "Value": "b"}])}, ZONE_ID)["Zone"]
    assert tags()["a"] == "b"
    assert tags()["aws:cloudformation:stack-name"] == stack.name

    stack.put({"Zone": zone_of(stack, HostedZoneTags=[{"Key": "c", "Value": "d"}])}, ZONE_ID)
    assert (tags().get("a"), tags()["c"]) == (None, "d")


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


@pytest.mark.behaviour("Route 53", "a zone that holds records of others is not deleted: HostedZoneNotEmpty")
def test_a_zone_with_foreign_records_stays(stack, client):
    zone_id = stack.put({"Zone": zone_of(stack)}, ZONE_ID)["Zone"]
    name = f"kept.{stack.name}.example.org"
    change(client, zone_id, "CREATE", name)
    route53 = client("route53")

    with pytest.raises(route53.exceptions.HostedZoneNotEmpty):
        route53.delete_hosted_zone(Id=zone_id)
    assert stack.delete() == "DELETE_FAILED"
    assert any("HostedZoneNotEmpty" in reason for reason in stack.reasons())

    change(client, zone_id, "DELETE", name)
    assert stack.delete() in (None, "DELETE_COMPLETE")
    with pytest.raises(route53.exceptions.NoSuchHostedZone):
        route53.get_hosted_zone(Id=zone_id)


@pytest.mark.behaviour("Route 53", "a refused batch of changes says why and changes nothing")
def test_refused_batches(stack, client):
    zone_id = stack.put({"Zone": zone_of(stack), "Record": record_of(stack)}, ZONE_ID)["Zone"]
    before = record_sets(client, zone_id)
    domain = f"{stack.name}.example.org"
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
    name = f"*.{stack.name.upper()}.Example.Org"

    change(client, zone_id, "CREATE", name)

    assert record_sets(client, zone_id)["\\052", "A"]["Name"] == f"\\052.{stack.name}.example.org."
    change(client, zone_id, "DELETE", name)


@pytest.mark.behaviour("Route 53", "a change is PENDING at first and INSYNC soon after")
def test_a_change_gets_in_sync(stack, client):
    zone_id = stack.put({"Zone": zone_of(stack)}, ZONE_ID)["Zone"]
    name = f"www.{stack.name}.example.org"
    made = change(client, zone_id, "UPSERT", name)

    assert made["Status"] == "PENDING"
    route53 = client("route53")
    eventually(lambda: route53.get_change(Id=made["Id"])["ChangeInfo"]["Status"] == "INSYNC", "INSYNC", 120)
    change(client, zone_id, "DELETE", name)
