"""Subnets as asked for, and security groups that let in exactly whom they should."""

from __future__ import annotations

import pytest
from aws_cdk import aws_ec2 as ec2

from constructs_lib.logs import OwnedLogGroup
from constructs_lib.network import InterfaceEndpoints, OwnVpc, ProxySecurity, existing_site


def vpc_in(stack, nat_gateways=0, zone_count=2):
    return OwnVpc(stack, "Vpc", cidr="10.0.0.0/16", zone_count=zone_count, nat_gateways=nat_gateways)


@pytest.fixture
def three_zones(app):
    """Return an empty stack with three zones."""
    from aws_cdk import Environment, Stack

    class ThreeZones(Stack):
        @property
        def availability_zones(self):
            return ["us-east-1a", "us-east-1b", "us-east-1c"]

    return ThreeZones(app, "ThreeZones", env=Environment(account="123456789012", region="us-east-1"))


@pytest.mark.parametrize(("nat_gateways", "subnets"), [(0, 2), (1, 4), (2, 4)])
def test_private_subnets_come_with_nat(stack, template, nat_gateways, subnets):
    vpc_in(stack, nat_gateways)

    assert len(template("AWS::EC2::Subnet")) == subnets
    assert len(template("AWS::EC2::NatGateway")) == nat_gateways
    assert template("Custom::VpcRestrictDefaultSG") == []


@pytest.mark.parametrize(("nat_gateways", "zone_count"), [(0, 2), (0, 3), (1, 2), (1, 3), (3, 3)])
def test_every_subnet_keeps_its_addresses_whatever_is_added(three_zones, nat_gateways, zone_count):
    from aws_cdk.assertions import Template

    vpc_in(three_zones, nat_gateways, zone_count)

    found = Template.from_stack(three_zones).find_resources("AWS::EC2::Subnet")
    layout = {name.removeprefix("Vpc")[:14].rstrip("S"): entry["Properties"] for name, entry in found.items()}
    blocks = ("10.0.0.0/19", "10.0.32.0/19", "10.0.64.0/19", "10.0.96.0/19", "10.0.128.0/19", "10.0.160.0/19")
    names = [f"{kind}Subnet{number}" for kind in ("Public", "Private") for number in (1, 2, 3)]
    expected = {
        name: block
        for name, block in zip(names, blocks, strict=True)
        if int(name[-1]) <= zone_count and (nat_gateways or name.startswith("Public"))
    }
    assert {name: properties["CidrBlock"] for name, properties in layout.items()} == expected
    assert {name[-1]: properties["AvailabilityZone"][-1] for name, properties in layout.items()} == dict(
        zip("123"[:zone_count], "abc"[:zone_count], strict=True)
    )


def test_flows_are_logged_when_the_role_may_write(stack, template):
    vpc_in(stack).log_flows(
        OwnedLogGroup(stack, "Logs", log_group_name="/flows", retention_days=1, destroy=True), role_name="flows"
    )

    (flow_log,) = template("AWS::EC2::FlowLog")
    assert (flow_log["TrafficType"], flow_log["ResourceType"]) == ("ALL", "VPC")
    (role,) = template("AWS::IAM::Role")
    (trust,) = role["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Principal"] == {"Service": "vpc-flow-logs.amazonaws.com"}
    assert trust["Condition"]["StringEquals"] == {"aws:SourceAccount": stack.resolve(stack.account)}
    assert ":vpc-flow-log/*" in str(trust["Condition"]["ArnLike"]["aws:SourceArn"])


def test_an_existing_network_is_used_and_left_as_it_is(stack, template):
    site = existing_site(
        stack,
        "Existing",
        vpc_id="vpc-01234567",
        cidrs=("172.16.0.0/16", "100.64.0.0/16"),
        public={},
        private={"us-east-1b": "subnet-0000001b", "us-east-1a": "subnet-0000001a"},
    )

    assert (site.vpc.vpc_id, list(site.cidrs), list(site.public)) == (
        "vpc-01234567",
        ["172.16.0.0/16", "100.64.0.0/16"],
        [],
    )
    assert [(subnet.subnet_id, subnet.availability_zone) for subnet in site.private] == [
        ("subnet-0000001a", "us-east-1a"),
        ("subnet-0000001b", "us-east-1b"),
    ]
    assert template("AWS::EC2::VPC") == []


def test_endpoints_hear_the_network_and_serve_the_account(stack, template):
    site = vpc_in(stack).site
    selection = ec2.SubnetSelection(subnets=site.public)

    InterfaceEndpoints(stack, "Endpoints", site=site, subnets=selection, services=["ssm", "logs"])

    endpoints = {str(entry["ServiceName"]): entry for entry in template("AWS::EC2::VPCEndpoint")}
    ssm = endpoints["com.amazonaws.us-east-1.ssm"]
    assert (ssm["VpcEndpointType"], ssm["PrivateDnsEnabled"], len(ssm["SubnetIds"])) == ("Interface", True, 2)
    (statement,) = ssm["PolicyDocument"]["Statement"]
    assert statement["Condition"] == {"StringEquals": {"aws:PrincipalAccount": "123456789012"}}
    assert "com.amazonaws.us-east-1.logs" in endpoints
    (group,) = template("AWS::EC2::SecurityGroup")
    assert [(rule["CidrIp"], rule["FromPort"]) for rule in group["SecurityGroupIngress"]] == [("10.0.0.0/16", 443)]
    assert group["SecurityGroupEgress"][0]["CidrIp"] == "255.255.255.255/32"


def test_who_may_connect(stack, template):
    ProxySecurity(
        stack,
        "Security",
        vpc=vpc_in(stack),
        client_networks=["203.0.113.0/24", "2001:db8::/32"],
        client_ports=[ec2.Port.tcp(3128)],
        instance_ports=[ec2.Port.tcp(8080)],
        destination_ports=[80],
    )

    groups = {group["GroupDescription"]: group for group in template("AWS::EC2::SecurityGroup")}
    entry = groups["Load balancer of the proxy"]["SecurityGroupIngress"]
    assert {(rule.get("CidrIp") or rule.get("CidrIpv6"), rule["FromPort"]) for rule in entry} == {
        ("203.0.113.0/24", 3128),
        ("2001:db8::/32", 3128),
    }
    exits = groups["Instances of the proxy"]["SecurityGroupEgress"]
    assert {(rule["CidrIp"], rule["FromPort"]) for rule in exits} == {("0.0.0.0/0", 80), ("0.0.0.0/0", 443)}
    assert "SecurityGroupIngress" not in groups["Instances of the proxy"]
    (inner,) = template("AWS::EC2::SecurityGroupIngress")
    assert (inner["FromPort"], inner["ToPort"]) == (8080, 8080)
    assert "SourceSecurityGroupId" in inner


def test_groups_can_be_used_elsewhere(stack):
    security = ProxySecurity(
        stack,
        "Security",
        vpc=vpc_in(stack),
        client_networks=[],
        client_ports=[],
        instance_ports=[],
        destination_ports=[],
    )

    assert isinstance(security.load_balancer, ec2.SecurityGroup)
    assert security.load_balancer is not security.instance
