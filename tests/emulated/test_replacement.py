"""What a change replaces, and what a change set says of it before."""

from __future__ import annotations

import json
from typing import Any

import pytest

from emulator.strict.registry import Registry

VPC = {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.9.0.0/16"}}


def group(description: str, rule: str = "10.0.0.0/8") -> dict[str, Any]:
    ingress = [{"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "CidrIp": rule}]
    return {
        "Type": "AWS::EC2::SecurityGroup",
        "Properties": {
            "GroupDescription": description, "VpcId": {"Ref": "Vpc"}, "SecurityGroupIngress": ingress,
        },
    }  # fmt: skip


def table(vpc: str) -> dict[str, Any]:
    return {"Type": "AWS::EC2::RouteTable", "Properties": {"VpcId": {"Ref": vpc}}}


def subnet(block: str) -> dict[str, Any]:
    return {"Type": "AWS::EC2::Subnet", "Properties": {"VpcId": {"Ref": "Vpc"}, "CidrBlock": block}}


def log_group(name: str, days: int) -> dict[str, Any]:
    return {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": name, "RetentionInDays": days}}


def changes(client: Any, name: str, resources: dict[str, Any]) -> dict[str, str]:
    """Return what a change set says of each changed resource: whether it is replaced."""
    cloudformation = client("cloudformation")
    body = json.dumps({"Resources": resources})
    cloudformation.create_change_set(StackName=name, ChangeSetName="look", TemplateBody=body)
    cloudformation.get_waiter("change_set_create_complete").wait(
        StackName=name, ChangeSetName="look", WaiterConfig={"Delay": 0.1}
    )
    found = cloudformation.describe_change_set(StackName=name, ChangeSetName="look")["Changes"]
    cloudformation.delete_change_set(StackName=name, ChangeSetName="look")
    return {change["ResourceChange"]["LogicalResourceId"]: change["ResourceChange"]["Replacement"] for change in found}


@pytest.mark.behaviour("CloudFormation", "a change of what cannot change makes a new resource, and the old one goes")
def test_a_change_of_what_cannot_change_makes_a_new_resource(stack, client):
    other = {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.8.0.0/16"}}
    stack.put({
        "Vpc": VPC, "Other": other, "Group": group("one"), "Table": table("Vpc"), "Subnet": subnet("10.9.1.0/24"),
        "Logs": log_group(f"/{stack.name}/one", 7),
    })  # fmt: skip
    before = {name: stack.physical_id(name) for name in ("Group", "Table", "Subnet", "Logs")}
    after = {
        "Vpc": VPC, "Other": other, "Group": group("two"), "Table": table("Other"), "Subnet": subnet("10.9.2.0/24"),
        "Logs": log_group(f"/{stack.name}/two", 7),
    }  # fmt: skip

    assert changes(client, stack.name, after) == dict.fromkeys(before, "True")
    stack.put(after)

    assert all(stack.physical_id(name) != old for name, old in before.items())
    ec2 = client("ec2")
    left = {
        *(known["GroupId"] for known in ec2.describe_security_groups()["SecurityGroups"]),
        *(known["RouteTableId"] for known in ec2.describe_route_tables()["RouteTables"]),
        *(known["SubnetId"] for known in ec2.describe_subnets()["Subnets"]),
    }
    assert left.isdisjoint(before.values())
    logs = client("logs").describe_log_groups(logGroupNamePrefix=f"/{stack.name}/")["logGroups"]
    assert [known["logGroupName"] for known in logs] == [f"/{stack.name}/two"]


@pytest.mark.behaviour("CloudFormation", "a change of what can change keeps the resource, and a change set says so")
def test_a_change_of_what_can_change_keeps_the_resource(stack, client):
    stack.put({"Vpc": VPC, "Group": group("one"), "Logs": log_group(f"/{stack.name}/one", 7)})
    before = {name: stack.physical_id(name) for name in ("Group", "Logs")}
    after = {"Vpc": VPC, "Group": group("one", "10.1.0.0/16"), "Logs": log_group(f"/{stack.name}/one", 14)}

    assert changes(client, stack.name, after) == dict.fromkeys(before, "False")
    stack.put(after)

    assert {name: stack.physical_id(name) for name in before} == before
    (shown,) = client("ec2").describe_security_groups(GroupIds=[before["Group"]])["SecurityGroups"]
    assert shown["IpPermissions"][0]["IpRanges"][0]["CidrIp"] == "10.1.0.0/16"
    (logs,) = client("logs").describe_log_groups(logGroupNamePrefix=f"/{stack.name}/")["logGroups"]
    assert logs["retentionInDays"] == 14


def test_every_type_that_we_use_is_there_and_takes_the_tags_that_it_can_have(emulator, used_types, registry):
    """Types whose schema knows tags get the stack's tags, so that what we deploy can be found by them."""
    known = emulator.control("types")

    assert used_types - known.keys() == set()
    untagged = {name for name in used_types if taggable(registry, name) and not known[name]["tags"]}
    assert untagged == set()


def taggable(registry: Registry, name: str) -> bool:
    schema = registry.schema(name, "us-east-1") or {}
    tagging = schema.get("tagging", {})
    return bool(
        tagging.get("taggable", True) and tagging.get("cloudFormationSystemTags", True) and "tagProperty" in tagging
    )


@pytest.fixture(scope="module")
def registry(project_root) -> Registry:
    environment = project_root / ".slipway" / "venvs" / "emulator"
    (folder,) = environment.glob("lib/python3*/site-packages/cfnlint/data/schemas")
    return Registry(folder)


@pytest.fixture(scope="module")
def used_types(project_root) -> set[str]:
    templates = (project_root / "tests" / "synth" / "snapshots").rglob("*.template.json")
    resources = [json.loads(path.read_text()).get("Resources", {}) for path in templates]
    return {resource["Type"] for found in resources for resource in found.values()}
