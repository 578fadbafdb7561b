"""IAM types, as the identity stack uses them."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.emulated.conftest import eventually
from tests.emulated.people import allow


@pytest.mark.behaviour("IAM", "Ref of an instance profile is its name, and it goes with its stack")
def test_instance_profile_ref_is_its_name(stack, client):
    role = {
        "Type": "AWS::IAM::Role",
        "Properties": {
            "AssumeRolePolicyDocument": {
                "Version": "2012-10-17",
                "Statement": [
                    {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
                ],
            }
        },
    }
    profile = {"Type": "AWS::IAM::InstanceProfile", "Properties": {"Roles": [{"Ref": "Role"}]}}
    name = stack.put({"Role": role, "Profile": profile}, {"Name": {"Ref": "Profile"}})["Name"]

    described = client("iam").get_instance_profile(InstanceProfileName=name)["InstanceProfile"]
    assert described["Roles"][0]["RoleName"] == stack.physical_id("Role")
    stack.delete()
    assert name not in [
        known["InstanceProfileName"] for known in client("iam").list_instance_profiles()["InstanceProfiles"]
    ]


@pytest.mark.behaviour("IAM", "a role from a template has its permissions boundary, and may no more than that allows")
def test_boundary_of_a_role_limits_it(stack, client, people):
    limit = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sqs:*", "Resource": "*"}]}
    boundary = {"Type": "AWS::IAM::ManagedPolicy", "Properties": {"PolicyDocument": limit}}
    role = {
        "Type": "AWS::IAM::Role",
        "Properties": {
            "PermissionsBoundary": {"Ref": "Boundary"},
            "AssumeRolePolicyDocument": {
                "Version": "2012-10-17",
                "Statement": [
                    {"Effect": "Allow", "Principal": {"AWS": {"Ref": "AWS::AccountId"}}, "Action": "sts:AssumeRole"}
                ],
            },
            "Policies": [
                {
                    "PolicyName": "own",
                    "PolicyDocument": {
                        "Version": "2012-10-17",
                        "Statement": [
                            {"Effect": "Allow", "Action": ["sqs:ListQueues", "sns:ListTopics"], "Resource": "*"}
                        ],
                    },
                }
            ],
        },
    }
    made = stack.put(
        {"Boundary": boundary, "Role": role}, {"Boundary": {"Ref": "Boundary"}, "Role": {"Fn::GetAtt": ["Role", "Arn"]}}
    )

    described = client("iam").get_role(RoleName=stack.physical_id("Role"))["Role"]
    assert described["PermissionsBoundary"]["PermissionsBoundaryArn"] == made["Boundary"]
    caller = people.user(allow("sts:AssumeRole", resource=made["Role"]))("sts")
    session = eventually(lambda: assumed(caller, made["Role"]), "the role", seconds=60)
    acting = people.acting(session["AccessKeyId"], session["SecretAccessKey"], session["SessionToken"])
    acting("sqs").list_queues()
    with pytest.raises(ClientError, match="not authorized"):
        acting("sns").list_topics()


def assumed(sts: Any, role: str) -> dict[str, str] | None:
    """Return a session of a role, or None as long as it is not known everywhere."""
    try:
        return sts.assume_role(RoleArn=role, RoleSessionName="test")["Credentials"]
    except ClientError:
        return None
