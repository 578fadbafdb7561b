"""Hosted zones: what is kept, shown and refused."""

from __future__ import annotations

from typing import Any

import pytest


def zone_of(stack, **more: Any) -> dict[str, Any]:
    return {"Type": "AWS::Route53::HostedZone", "Properties": {"Name": f"{stack.name}.slipway.test", **more}}


def record_of(stack, label: str = "www", kind: str = "A", *values: str, **more: Any) -> dict[str, Any]:
    records = {"TTL": "60", "ResourceRecords": list(values or ("127.0.0.1",))} if "AliasTarget" not in more else {}
    return {
        "Type": "AWS::Route53::RecordSet",
        "Properties": {
            "HostedZoneId": {"Ref": "Zone"}, "Name": f"{label}.{stack.name}.slipway.test", "Type": kind, **records,
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


@pytest.mark.behaviour("Route 53", "a private zone keeps its VPCs, also when they change, and says that it is private")
def test_a_private_zone_keeps_its_vpcs(stack, client):
    def vpcs_of(*networks: str) -> list[str]:
        vpcs = [{"VPCId": {"Ref": name}, "VPCRegion": {"Ref": "AWS::Region"}} for name in networks]
        resources = {"One": VPC, "Two": VPC, "Zone": zone_of(stack, VPCs=vpcs)}
        outputs = stack.put(resources, {**ZONE_ID, "One": {"Ref": "One"}, "Two": {"Ref": "Two"}})
        described = client("route53").get_hosted_zone(Id=outputs["Zone"])
        assert described["HostedZone"]["Config"]["PrivateZone"] is True
        names = {outputs[name]: name for name in ("One", "Two")}
        return sorted(names[vpc["VPCId"]] for vpc in described["VPCs"])

    assert vpcs_of("One") == ["One"]
    assert vpcs_of("One", "Two") == ["One", "Two"]
    assert vpcs_of("Two") == ["Two"]


@pytest.mark.behaviour(
    "Route 53", "a zone has the tags of its template, loses those that go, and has no marks of CloudFormation"
)
def test_zone_tags(stack, client):
    def tags() -> dict[str, str]:
        listed = client("route53").list_tags_for_resource(ResourceType="hostedzone", ResourceId=zone_id)
        return {tag["Key"]: tag["Value"] for tag in listed["ResourceTagSet"]["Tags"]}

    zone_id = stack.put({"Zone": zone_of(stack, HostedZoneTags=[{"Key": "a", "Value": "b"}])}, ZONE_ID)["Zone"]
    # Its schema in the registry says `cloudFormationSystemTags: false`.
    assert tags() == {"a": "b"}

    stack.put({"Zone": zone_of(stack, HostedZoneTags=[{"Key": "c", "Value": "d"}])}, ZONE_ID)
    assert tags() == {"c": "d"}


@pytest.mark.behaviour("Route 53", "a zone that holds records of others is not deleted: HostedZoneNotEmpty")
def test_a_zone_with_foreign_records_stays(stack, client):
    zone_id = stack.put({"Zone": zone_of(stack)}, ZONE_ID)["Zone"]
    name = f"kept.{stack.name}.slipway.test"
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


@pytest.mark.behaviour("Route 53", "no public zone is made below example.com, neither by the API nor by a stack")
def test_a_reserved_name(stack, client):
    route53 = client("route53")
    name = f"{stack.name}.example.com"

    with pytest.raises(route53.exceptions.InvalidDomainName, match="is reserved by AWS!"):
        route53.create_hosted_zone(Name=name, CallerReference=stack.name)
    stack.apply({"Resources": {"Zone": {"Type": "AWS::Route53::HostedZone", "Properties": {"Name": name}}}})
    assert any("is reserved by AWS!" in reason for reason in stack.reasons())


@pytest.mark.behaviour("Route 53", "a caller reference makes one zone: HostedZoneAlreadyExists")
def test_the_same_reference_twice(stack, client):
    route53 = client("route53")
    request = {"Name": f"{stack.name}.slipway.test", "CallerReference": stack.name}
    made = route53.create_hosted_zone(**request)["HostedZone"]["Id"]

    with pytest.raises(route53.exceptions.HostedZoneAlreadyExists):
        route53.create_hosted_zone(**request)

    route53.delete_hosted_zone(Id=made)


@pytest.mark.behaviour("Route 53", "the name of a zone is kept in lower case")
def test_a_zone_in_capitals(stack, client):
    zone = {"Type": "AWS::Route53::HostedZone", "Properties": {"Name": f"{stack.name}.Slipway.TEST"}}

    zone_id = stack.put({"Zone": zone, "Record": record_of(stack)}, ZONE_ID)["Zone"]

    assert client("route53").get_hosted_zone(Id=zone_id)["HostedZone"]["Name"] == f"{stack.name}.slipway.test."
