"""Subnets and security groups stay while something stands in them or names them."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.emulated.test_instances import await_state, ec2, launch
from tests.emulated.test_service_roles import NETWORK, PLACE, role_for

__all__ = ["ec2", "launch"]

OUTPUTS = {"Subnet": {"Ref": "Subnet"}, "Group": {"Ref": "Group"}, "Vpc": {"Ref": "Vpc"}}


@pytest.fixture
def network(stack) -> dict[str, str]:
    return stack.put(NETWORK, OUTPUTS)


def is_kept(ec2: Any, network: dict[str, str]) -> None:
    """Check that neither the subnet nor the group can be deleted, in the words of AWS."""
    with pytest.raises(ClientError, match=rf"The subnet '{network['Subnet']}' has dependencies") as of_subnet:
        ec2.delete_subnet(SubnetId=network["Subnet"])
    with pytest.raises(ClientError, match=f"resource {network['Group']} has a dependent object") as of_group:
        ec2.delete_security_group(GroupId=network["Group"])
    for refused in (of_subnet, of_group):
        assert refused.value.response["Error"]["Code"] == "DependencyViolation"


def in_network(resource: dict[str, Any]) -> dict[str, Any]:
    return {**NETWORK, "Role": role_for("lambda.amazonaws.com", "ec2:*"), "User": resource}


@pytest.mark.behaviour("EC2", "a subnet or security group is not deleted while an instance has it, however new that is")
def test_an_instance_keeps_its_place(network, launch, ec2):
    name = launch(SubnetId=network["Subnet"], SecurityGroupIds=[network["Group"]])

    is_kept(ec2, network)
    ec2.terminate_instances(InstanceIds=[name])
    await_state(ec2, name, "terminated")

    ec2.delete_security_group(GroupId=network["Group"])
    ec2.delete_subnet(SubnetId=network["Subnet"])


@pytest.mark.behaviour("CloudFormation", "a stack whose subnet another's instance stands in is not deleted")
def test_an_instance_keeps_the_stack_of_its_place(stack, network, launch, ec2):
    name = launch(SubnetId=network["Subnet"], SecurityGroupIds=[network["Group"]])

    assert stack.delete() == "DELETE_FAILED"
    assert any(f"resource {network['Group']} has a dependent object" in reason for reason in stack.reasons())

    ec2.terminate_instances(InstanceIds=[name])
    await_state(ec2, name, "terminated")
    assert stack.delete() in (None, "DELETE_COMPLETE")


@pytest.mark.parametrize(
    "resource",
    [
        {
            "Type": "AWS::ElasticLoadBalancingV2::LoadBalancer",
            "Properties": {
                "Type": "network", "Scheme": "internal", "Subnets": [{"Ref": "Subnet"}],
                "SecurityGroups": [{"Ref": "Group"}],
            },
        },
        {
            "Type": "AWS::EC2::VPCEndpoint",
            "Properties": {
                "VpcEndpointType": "Interface", "VpcId": {"Ref": "Vpc"}, "SubnetIds": [{"Ref": "Subnet"}],
                "SecurityGroupIds": [{"Ref": "Group"}],
                "ServiceName": {"Fn::Sub": "com.amazonaws.${AWS::Region}.logs"},
            },
        },
        {
            "Type": "AWS::Lambda::Function",
            "Properties": {
                "Role": {"Fn::GetAtt": ["Role", "Arn"]}, "Runtime": "python3.12", "Handler": "index.handler",
                "Code": {"ZipFile": "def handler(event, context): pass"}, "VpcConfig": PLACE,
            },
        },
    ],
    ids=["load balancer", "endpoint", "function"],
)  # fmt: skip
@pytest.mark.behaviour("EC2", "a subnet or group is not deleted while a load balancer, endpoint or function has it")
def test_what_is_in_a_network_keeps_its_place(resource, stack, ec2):
    placed = stack.put(in_network(resource), OUTPUTS)

    is_kept(ec2, placed)
    assert stack.delete() in (None, "DELETE_COMPLETE")


@pytest.mark.behaviour("EC2", "a security group is not deleted while a rule of another group names it")
def test_a_rule_keeps_the_group_that_it_names(network, ec2):
    other = ec2.create_security_group(GroupName="other", Description="of a test", VpcId=network["Vpc"])["GroupId"]
    pairs = [{"GroupId": network["Group"]}]
    rule = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "UserIdGroupPairs": pairs}
    ec2.authorize_security_group_ingress(GroupId=other, IpPermissions=[rule])
    ec2.authorize_security_group_ingress(GroupId=network["Group"], IpPermissions=[rule])  # its own does not count

    with pytest.raises(ClientError, match=f"resource {network['Group']} has a dependent object"):
        ec2.delete_security_group(GroupId=network["Group"])
    ec2.delete_security_group(GroupId=other)
    ec2.delete_security_group(GroupId=network["Group"])
