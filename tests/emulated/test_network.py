"""EC2 networking types, as the network stack uses them."""

from __future__ import annotations

from typing import Any

import pytest

VPC: dict[str, Any] = {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.9.0.0/16"}}


def subnet(zone: str, block: str) -> dict[str, Any]:
    properties = {"VpcId": {"Ref": "Vpc"}, "CidrBlock": block, "AvailabilityZone": zone}
    return {"Type": "AWS::EC2::Subnet", "Properties": properties}


@pytest.mark.behaviour("EC2", "a VPC tells its address block")
def test_vpc_tells_its_address_block(stack, client):
    outputs = stack.put({"Vpc": VPC}, {"Block": {"Fn::GetAtt": ["Vpc", "CidrBlock"]}})

    assert outputs["Block"] == "10.9.0.0/16"


@pytest.mark.behaviour("EC2", "a NAT gateway has its address and its tags, and goes with its stack", aws=False)
def test_nat_gateway_has_its_address_and_goes_with_the_stack(stack, client):
    resources = {
        "Vpc": VPC,
        "Subnet": subnet("us-east-1b", "10.9.1.0/24"),
        "Address": {"Type": "AWS::EC2::EIP", "Properties": {"Domain": "vpc", "Tags": [{"Key": "a", "Value": "b"}]}},
        "Nat": {
            "Type": "AWS::EC2::NatGateway",
            "Properties": {
                "SubnetId": {"Ref": "Subnet"},
                "AllocationId": {"Fn::GetAtt": ["Address", "AllocationId"]},
                "Tags": [{"Key": "Name", "Value": "nat"}],
            },
        },
    }
    outputs = stack.put(resources, {"Nat": {"Ref": "Nat"}, "Address": {"Ref": "Address"}})
    ec2 = client("ec2")

    gateway = ec2.describe_nat_gateways(NatGatewayIds=[outputs["Nat"]])["NatGateways"][0]
    address = ec2.describe_addresses(PublicIps=[outputs["Address"]])["Addresses"][0]
    assert {"Key": "Name", "Value": "nat"} in gateway["Tags"]
    assert address["AllocationId"].startswith("eipalloc-")

    stack.delete()
    assert ec2.describe_nat_gateways(NatGatewayIds=[outputs["Nat"]])["NatGateways"] == []
    assert outputs["Address"] not in [known["PublicIp"] for known in ec2.describe_addresses()["Addresses"]]


@pytest.mark.behaviour("EC2", "a flow log has the settings and tags of its template", aws=False)
def test_flow_log_is_known_to_ec2(stack, client):
    flow_log = {
        "Type": "AWS::EC2::FlowLog",
        "Properties": {
            "ResourceId": {"Ref": "Vpc"},
            "ResourceType": "VPC",
            "TrafficType": "REJECT",
            "LogGroupName": "flows",
            "Tags": [{"Key": "a", "Value": "b"}],
        },
    }
    outputs = stack.put({"Vpc": VPC, "Log": flow_log}, {"Log": {"Ref": "Log"}})

    known = client("ec2").describe_flow_logs(FlowLogIds=[outputs["Log"]])["FlowLogs"][0]
    assert known["TrafficType"] == "REJECT"
    assert {"Key": "a", "Value": "b"} in known["Tags"]


@pytest.mark.behaviour("EC2", "a rule beside its security group comes and goes")
def test_rule_beside_its_security_group_comes_and_goes(stack, client):
    group = {"Type": "AWS::EC2::SecurityGroup", "Properties": {"GroupDescription": "g", "VpcId": {"Ref": "Vpc"}}}
    rule = {
        "Type": "AWS::EC2::SecurityGroupIngress",
        "Properties": {
            "GroupId": {"Ref": "Group"}, "IpProtocol": "tcp", "FromPort": 8080, "ToPort": 8080, "CidrIp": "10.0.0.0/8",
        },
    }  # fmt: skip
    outputs = stack.put({"Vpc": VPC, "Group": group, "Rule": rule}, {"Group": {"Ref": "Group"}})
    ec2 = client("ec2")

    def ports():
        described = ec2.describe_security_groups(GroupIds=[outputs["Group"]])["SecurityGroups"][0]
        return [permission["FromPort"] for permission in described["IpPermissions"]]

    assert ports() == [8080]
    stack.put({"Vpc": VPC, "Group": group}, {"Group": {"Ref": "Group"}})
    assert ports() == []
