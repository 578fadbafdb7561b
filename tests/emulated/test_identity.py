"""IAM types, as the identity stack uses them."""

from __future__ import annotations


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
