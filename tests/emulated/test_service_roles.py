"""Roles that services act with: their trust policies count, and what they need for a network."""

from __future__ import annotations

import copy
import io
import zipfile
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.emulated.people import allow, document, patient
from tests.emulated.test_functions import ROLE, function
from tests.emulated.test_instances import await_console, ec2, launch

__all__ = ["ec2", "launch"]

UNTRUSTED = "The role defined for the function cannot be assumed by Lambda."
NETWORK_RIGHTS = ("ec2:CreateNetworkInterface", "ec2:DescribeNetworkInterfaces", "ec2:DeleteNetworkInterface")
UNCONNECTED = "The provided execution role does not have permissions to call CreateNetworkInterface on EC2"
NETWORK = {
    "Vpc": {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.0.0.0/24"}},
    "Subnet": {"Type": "AWS::EC2::Subnet", "Properties": {"VpcId": {"Ref": "Vpc"}, "CidrBlock": "10.0.0.0/28"}},
    "Group": {
        "Type": "AWS::EC2::SecurityGroup",
        "Properties": {"GroupDescription": "of a test", "VpcId": {"Ref": "Vpc"}},
    },
}
PLACE = {"SubnetIds": [{"Ref": "Subnet"}], "SecurityGroupIds": [{"Ref": "Group"}]}
ASKING = """#!/bin/sh
imds="${AWS_EC2_METADATA_SERVICE_ENDPOINT:-http://169.254.169.254}/latest"
token=$(curl -s -X PUT "$imds/api/token" -H "X-aws-ec2-metadata-token-ttl-seconds: 60")
ask() { curl -s -H "X-aws-ec2-metadata-token: $token" "$imds/meta-data/iam/security-credentials/$1"; }
echo "slipway: $(ask "$(ask)" | tr -d '\\n')"
echo "slipway: asked"
"""


def package() -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("index.py", "def handler(event, context): pass")
    return archive.getvalue()


def role_for(service: str, *actions: str) -> dict[str, Any]:
    role = copy.deepcopy(ROLE)
    role["Properties"]["AssumeRolePolicyDocument"]["Statement"][0]["Principal"]["Service"] = service
    if actions:
        rights = {"Version": "2012-10-17", "Statement": [allow(*actions)]}
        role["Properties"]["Policies"] = [{"PolicyName": "own", "PolicyDocument": rights}]
    return role


@pytest.mark.behaviour("Lambda", "a function is refused a role that does not trust Lambda, or that is not there")
def test_a_role_for_another_service(stack, client, people):
    other = people.role("other", allow("logs:*"), trusted="ec2.amazonaws.com")
    wanted = {"FunctionName": stack.name, "Runtime": "python3.12", "Handler": "index.handler"}

    for role in (other, f"{other}-none"):
        with pytest.raises(ClientError, match=UNTRUSTED) as refused:
            client("lambda").create_function(**wanted, Role=role, Code={"ZipFile": package()})
        assert refused.value.response["Error"]["Code"] == "InvalidParameterValueException"


@pytest.mark.behaviour("Lambda", "a function keeps its role if the new one does not trust Lambda")
def test_a_new_role_for_another_service(stack, client, people):
    other = people.role("other", allow("logs:*"), trusted="ec2.amazonaws.com")
    name = stack.put({"Role": ROLE, "Function": function()}, {"Name": {"Ref": "Function"}})["Name"]

    with pytest.raises(ClientError, match=UNTRUSTED):
        client("lambda").update_function_configuration(FunctionName=name, Role=other)
    client("lambda").update_function_configuration(FunctionName=name, Description="changed")


@pytest.mark.behaviour("Lambda", "a statement that denies Lambda a role counts more than one that allows it")
def test_a_denied_role(stack, client, people):
    role = people.role("execution", allow("logs:*"), trusted="lambda.amazonaws.com")
    allowed = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    both = document(allowed, {**allowed, "Effect": "Deny"})
    client("iam").update_assume_role_policy(RoleName=role.rpartition("/")[2], PolicyDocument=both)

    with pytest.raises(ClientError, match=UNTRUSTED):
        client("lambda").create_function(
            FunctionName=stack.name, Runtime="python3.12", Handler="index.handler", Role=role,
            Code={"ZipFile": package()},
        )  # fmt: skip


@pytest.mark.behaviour("Lambda", "a stack fails whose function has a role that does not trust Lambda")
def test_a_template_s_role_for_another_service(stack):
    with pytest.raises(AssertionError, match=UNTRUSTED):
        stack.put({"Role": role_for("ec2.amazonaws.com"), "Function": function()})


@pytest.mark.behaviour("Lambda", "a function's role must be allowed to make the network interfaces of its VPC")
def test_a_role_for_a_network(stack, client, people):
    with pytest.raises(AssertionError, match=UNCONNECTED):
        stack.put({**NETWORK, "Role": ROLE, "Function": function(VpcConfig=PLACE)})
    stack.delete()
    able = role_for("lambda.amazonaws.com", *NETWORK_RIGHTS)
    outputs = {"Name": {"Ref": "Function"}}
    name = stack.put({**NETWORK, "Role": able, "Function": function(VpcConfig=PLACE)}, outputs)["Name"]
    unable = people.role("unable", allow("logs:*"), trusted="lambda.amazonaws.com")

    with pytest.raises(ClientError, match=UNCONNECTED):
        patient(lambda: client("lambda").update_function_configuration(FunctionName=name, Role=unable))


@pytest.mark.parametrize(
    ("service", "code"), [("ec2.amazonaws.com", "Success"), ("lambda.amazonaws.com", "AssumeRoleUnauthorizedAccess")]
)
@pytest.mark.behaviour("EC2", "an instance gets the credentials of its role only if that trusts EC2")
def test_an_instance_s_role(service, code, stack, launch, ec2):
    profile = {"Type": "AWS::IAM::InstanceProfile", "Properties": {"Roles": [{"Ref": "Role"}]}}
    name = stack.put({"Role": role_for(service), "Profile": profile}, {"Profile": {"Ref": "Profile"}})["Profile"]

    instance = launch(ASKING, IamInstanceProfile={"Name": name})

    text = await_console(ec2, instance, "slipway: asked")
    assert f'"Code": "{code}"' in text
    assert ("AccessKeyId" in text) is (code == "Success")


@pytest.mark.difference(
    "Lambda",
    aws="a function's log is kept if its role may write it",
    here="whatever its role may do, it is kept",
)
def test_a_role_without_rights_leaves_a_log(stack, client):
    code = "def handler(event, context): print('slipway was here')"
    made = {"Role": ROLE, "Function": function(Code={"ZipFile": code})}
    name = stack.put(made, {"Name": {"Ref": "Function"}})["Name"]
    logs, group = client("logs"), f"/aws/lambda/{name}"

    client("lambda").invoke(FunctionName=name)

    assert "slipway was here" in [event["message"] for event in logs.filter_log_events(logGroupName=group)["events"]]
    logs.delete_log_group(logGroupName=group)
