"""The platform's own network stack: it stands in somebody else's network, and its own one grows without moving."""

from __future__ import annotations

import json
import uuid
from pathlib import Path

import pytest

import config
from tests.emulated.test_network import VPC, subnet
from tests.synth.assemblies import ROOT

FOREIGN = {
    "Vpc": {**VPC, "Properties": {**VPC["Properties"], "EnableDnsHostnames": True}},
    "One": subnet("us-east-1a", "10.9.1.0/24"),
    "Two": subnet("us-east-1b", "10.9.2.0/24"),
}


def network(folder: Path, *overrides: str) -> dict[str, object]:
    """Return the resources of the network stack alone, for the development environment."""
    from aws_cdk import App

    from stacks.proxy_platform.base import Deployment
    from stacks.proxy_platform.network import NetworkStack

    configuration = config.load("development", overrides=overrides).in_region("us-east-1")
    context = json.loads((ROOT / "cdk.json").read_text())["context"]
    app = App(outdir=str(folder), context=context, analytics_reporting=False, builtin_cloud_formation_validation=False)
    stack = NetworkStack(
        app,
        deployment=Deployment.of(configuration, root=ROOT),
        network=configuration.network,
        fleet=configuration.fleet,
        proxy=configuration.proxy,
    )
    app.synth()
    template = json.loads((folder / f"{stack.artifact_id}.template.json").read_text())
    return {
        name: {key: part for key, part in resource.items() if key != "Metadata"}
        for name, resource in template["Resources"].items()
    }


@pytest.fixture
def foreign(client):
    """Return a network of somebody else's, which is still there in the end."""
    from tests.emulated.conftest import Stack

    made = Stack(f"foreign-{uuid.uuid4().hex[:8]}", client("cloudformation"))
    made.put(FOREIGN)
    yield made
    assert made.status() == "CREATE_COMPLETE"
    assert made.delete() is None


@pytest.mark.behaviour("EC2", "the platform stands in an existing network and leaves it as it was", aws=False)
def test_the_platform_stands_in_an_existing_network(foreign, stack, client, tmp_path):
    ec2 = client("ec2")
    ids = {name: foreign.physical_id(name) for name in FOREIGN}
    settings = (
        f"network.existing.vpc_id={ids['Vpc']}",
        "network.existing.cidr=10.9.0.0/16",
        f"network.existing.private_subnets={{us-east-1a: {ids['One']}, us-east-1b: {ids['Two']}}}",
        "network.egress=routed",
        "network.interface_endpoints=[ssm]",
    )

    stack.put(network(tmp_path, *settings))

    within = [{"Name": "vpc-id", "Values": [ids["Vpc"]]}]
    groups = [group["GroupName"] for group in ec2.describe_security_groups(Filters=within)["SecurityGroups"]]
    assert len(groups) == 5
    endpoints = [each for each in ec2.describe_vpc_endpoints()["VpcEndpoints"] if each["VpcId"] == ids["Vpc"]]
    assert [sorted(each["SubnetIds"]) for each in endpoints] == [sorted((ids["One"], ids["Two"]))]
    assert stack.delete() is None
    assert len(ec2.describe_security_groups(Filters=within)["SecurityGroups"]) == 1


@pytest.mark.behaviour(
    "EC2", "the platform's network gets a zone, private subnets and NAT without moving a subnet", aws=False
)
def test_the_platforms_network_grows_in_place(stack, client, tmp_path):
    stack.put(network(tmp_path / "small"))
    before = subnets(client, stack)

    three = "network.zones=[us-east-1a, us-east-1b, us-east-1c]"
    stack.put(network(tmp_path / "large", three, "network.egress=nat", "network.nat_gateways=2"))

    after = subnets(client, stack)
    assert len(before) == 2
    assert len(after) == 6
    assert before.items() <= after.items()
    stack.put(network(tmp_path / "again"))
    assert subnets(client, stack) == before


def subnets(client, stack) -> dict[str, str]:
    """Return address blocks by the ids of the stack's subnets."""
    (vpc,) = (
        each["PhysicalResourceId"]
        for each in client("cloudformation").describe_stack_resources(StackName=stack.name)["StackResources"]
        if each["ResourceType"] == "AWS::EC2::VPC"
    )
    found = client("ec2").describe_subnets(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["Subnets"]
    return {each["SubnetId"]: each["CidrBlock"] for each in found}
