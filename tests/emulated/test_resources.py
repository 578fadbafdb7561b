"""How types that the plug-in adds behave in any stack: replacement, stack tags, refusal of what is unknown."""

from __future__ import annotations

import json

import pytest

from tests.emulated.test_network import VPC, subnet


def nat(subnet_name: str) -> dict:
    properties = {"SubnetId": {"Ref": subnet_name}, "ConnectivityType": "private"}
    return {"Type": "AWS::EC2::NatGateway", "Properties": properties}


NETWORK = {"Vpc": VPC, "A": subnet("us-east-1a", "10.9.1.0/24"), "B": subnet("us-east-1b", "10.9.2.0/24")}


def test_change_of_what_cannot_change_makes_a_new_resource(stack, client):
    stack.put({**NETWORK, "Nat": nat("A")})
    first = stack.physical_id("Nat")

    stack.put({**NETWORK, "Nat": nat("B")})
    second = stack.physical_id("Nat")

    known = [gateway["NatGatewayId"] for gateway in client("ec2").describe_nat_gateways()["NatGateways"]]
    assert second in known
    assert first not in known


@pytest.mark.behaviour("CloudFormation", "tags of the stack reach its resources", aws=False)
def test_tags_of_the_stack_reach_the_resource(client):
    cloudformation = client("cloudformation")
    template = {"Resources": {**NETWORK, "Nat": nat("A")}}
    cloudformation.create_stack(
        StackName="tagged", TemplateBody=json.dumps(template), Tags=[{"Key": "team", "Value": "a"}]
    )
    cloudformation.get_waiter("stack_create_complete").wait(StackName="tagged", WaiterConfig={"Delay": 0.05})

    gateways = client("ec2").describe_nat_gateways(Filters=[{"Name": "tag:team", "Values": ["a"]}])["NatGateways"]
    assert len(gateways) == 1
    cloudformation.delete_stack(StackName="tagged")


@pytest.mark.behaviour("CloudFormation", "a resource type that there is not is refused at once")
def test_unknown_type_is_refused_at_once(stack):
    with pytest.raises(Exception, match=r"Unrecognized resource types: \[AWS::None::Such\]"):
        stack.put({"None": {"Type": "AWS::None::Such", "Properties": {}}})
