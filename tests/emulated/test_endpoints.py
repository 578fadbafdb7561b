"""Interface endpoints, as the network stack uses them."""

from __future__ import annotations

import json

import pytest

from tests.emulated.test_drift import Drift
from tests.emulated.test_network import VPC, subnet

POLICY = {"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}]}
AROUND = {
    "Vpc": {**VPC, "Properties": {**VPC["Properties"], "EnableDnsHostnames": True, "EnableDnsSupport": True}},
    "Subnet": subnet("us-east-1b", "10.9.1.0/24"),
    "Group": {"Type": "AWS::EC2::SecurityGroup", "Properties": {"GroupDescription": "g", "VpcId": {"Ref": "Vpc"}}},
}


def endpoint(service="ssm", **changed):
    properties = {
        "VpcId": {"Ref": "Vpc"},
        "VpcEndpointType": "Interface",
        "ServiceName": f"com.amazonaws.us-east-1.{service}",
        "SubnetIds": [{"Ref": "Subnet"}],
        "SecurityGroupIds": [{"Ref": "Group"}],
        "PrivateDnsEnabled": True,
        "PolicyDocument": POLICY,
        **changed,
    }
    return {"Type": "AWS::EC2::VPCEndpoint", "Properties": properties}


@pytest.mark.behaviour(
    "EC2", "an interface endpoint has an address in each subnet, its groups, names and policy", aws=False
)
def test_an_endpoint_is_described_as_its_template_says(stack, client):
    stack.put(AROUND | {"Endpoint": endpoint()})
    found = client("ec2").describe_vpc_endpoints(VpcEndpointIds=[stack.physical_id("Endpoint")])["VpcEndpoints"][0]

    assert (found["VpcEndpointType"], found["PrivateDnsEnabled"]) == ("Interface", True)
    assert [group["GroupId"] for group in found["Groups"]] == [stack.physical_id("Group")]
    assert found["SubnetIds"] == [stack.physical_id("Subnet")]
    assert len(found["NetworkInterfaceIds"]) == 1
    assert found["DnsEntries"][0]["DnsName"].startswith(found["VpcEndpointId"])
    assert json.loads(found["PolicyDocument"]) == POLICY


@pytest.mark.behaviour("EC2", "the policy of an endpoint changes in place, its service never", aws=False)
def test_another_service_is_another_endpoint(stack, client):
    stack.put(AROUND | {"Endpoint": endpoint()})
    first = stack.physical_id("Endpoint")

    stack.put(AROUND | {"Endpoint": endpoint(PolicyDocument={**POLICY, "Version": "2012-10-17"})})
    assert stack.physical_id("Endpoint") == first
    stack.put(AROUND | {"Endpoint": endpoint("sts")})

    second = stack.physical_id("Endpoint")
    known = [each["VpcEndpointId"] for each in client("ec2").describe_vpc_endpoints()["VpcEndpoints"]]
    assert second in known
    assert first not in known


@pytest.mark.behaviour("EC2", "a service has its own names at one endpoint of a VPC only", aws=False)
def test_a_second_endpoint_with_the_same_names_is_refused(stack):
    with pytest.raises(AssertionError, match=r"conflicting DNS domain for ssm\.us-east-1\.amazonaws\.com"):
        stack.put(AROUND | {"Endpoint": endpoint(), "Second": {**endpoint(), "DependsOn": "Endpoint"}})


@pytest.mark.behaviour("EC2", "private names of an endpoint need the VPC's own DNS", aws=False)
def test_names_need_dns(stack):
    silent = {**VPC, "Properties": {**VPC["Properties"], "EnableDnsHostnames": False}}

    with pytest.raises(AssertionError, match="requires both enableDnsSupport and enableDnsHostnames"):
        stack.put({**AROUND, "Vpc": silent, "Endpoint": endpoint()})


@pytest.mark.behaviour("CloudFormation", "drift detection sees another policy of an interface endpoint", aws=False)
def test_a_policy_that_was_changed_behind_the_back_is_drift(stack, client):
    stack.put(AROUND | {"Endpoint": endpoint()})
    drift = Drift(stack, client("cloudformation"))
    drift.detect()
    assert drift.statuses()["Endpoint"] == "IN_SYNC", drift.differences()

    other = json.dumps({"Statement": [{**POLICY["Statement"][0], "Effect": "Deny"}]})
    client("ec2").modify_vpc_endpoint(VpcEndpointId=stack.physical_id("Endpoint"), PolicyDocument=other)

    drift.detect()
    assert drift.statuses()["Endpoint"] == "MODIFIED"
