"""Subnets as asked for, and security groups that let in exactly whom they should."""

from __future__ import annotations

import pytest
from aws_cdk import aws_ec2 as ec2

from constructs_lib.logs import OwnedLogGroup
from constructs_lib.network import LoggedVpc, ProxySecurity


def vpc_in(stack, nat_gateways=0):
    logs = OwnedLogGroup(stack, "Logs", log_group_name="/flows", retention_days=1, destroy=True)
    return LoggedVpc(stack, "Vpc", cidr="10.0.0.0/16", zone_count=2, nat_gateways=nat_gateways, log_group=logs)


@pytest.mark.parametrize(("nat_gateways", "subnets"), [(0, 2), (1, 4), (2, 4)])
def test_private_subnets_come_with_nat(stack, template, nat_gateways, subnets):
    vpc_in(stack, nat_gateways)

    assert len(template("AWS::EC2::Subnet")) == subnets
    assert len(template("AWS::EC2::NatGateway")) == nat_gateways
    assert len(template("AWS::EC2::FlowLog")) == 1
    assert template("Custom::VpcRestrictDefaultSG") == []


def test_who_may_connect(stack, template):
    ProxySecurity(
        stack,
        "Security",
        vpc=vpc_in(stack),
        client_networks=["203.0.113.0/24", "2001:db8::/32"],
        listener_port=3128,
        instance_ports=[8080],
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
        listener_port=1,
        instance_ports=[],
        destination_ports=[],
    )

    assert isinstance(security.load_balancer, ec2.SecurityGroup)
    assert security.load_balancer is not security.instance
