"""Auto Scaling groups as templates describe them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.emulated.test_balancing import RESOURCES as NETWORK

PARAMETER = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"
IMAGE = f"{{{{resolve:ssm:{PARAMETER}}}}}"
OTHER_IMAGE = "{{resolve:ssm:/aws/service/ami-amazon-linux-latest/amzn2-ami-hvm-x86_64-gp2}}"
TEMPLATE: dict[str, Any] = {
    "Type": "AWS::EC2::LaunchTemplate",
    "Properties": {"LaunchTemplateData": {"ImageId": IMAGE, "InstanceType": "t3.micro"}},
}
SPECIFICATION = {
    "LaunchTemplateId": {"Ref": "Template"},
    "Version": {"Fn::GetAtt": ["Template", "LatestVersionNumber"]},
}


def image_id(client) -> str:
    """Return the id of the image that the tests launch."""
    return client("ssm").get_parameter(Name=PARAMETER)["Parameter"]["Value"]


def group(**properties: Any) -> dict[str, Any]:
    base = {
        "MinSize": "0",
        "MaxSize": "2",
        "DesiredCapacity": "0",
        "LaunchTemplate": SPECIFICATION,
        "VPCZoneIdentifier": [{"Ref": "SubnetA"}, {"Ref": "SubnetB"}],
        "TargetGroupARNs": [{"Ref": "Group"}],
    }
    return {"Type": "AWS::AutoScaling::AutoScalingGroup", "Properties": {**base, **properties}}


def resources(**properties: Any) -> dict[str, Any]:
    return {**NETWORK, "Template": TEMPLATE, "Scaling": group(**properties)}


@pytest.mark.behaviour("Auto Scaling", "a group of a stack has the target groups of its template", aws=False)
def test_group_keeps_its_target_groups(stack, client):
    outputs = stack.put(resources(), {"Name": {"Ref": "Scaling"}, "Targets": {"Ref": "Group"}})

    names = [outputs["Name"]]
    shown = client("autoscaling").describe_auto_scaling_groups(AutoScalingGroupNames=names)["AutoScalingGroups"][0]
    assert shown["TargetGroupARNs"] == [outputs["Targets"]]
    assert shown["Instances"] == []


@pytest.mark.behaviour(
    "Auto Scaling", "a group with mixed instances shows their policy, and no launch template beside it", aws=False
)
def test_mixed_instances_bring_their_launch_template(stack, client):
    policy = {"LaunchTemplate": {"LaunchTemplateSpecification": SPECIFICATION}}
    made = resources(MixedInstancesPolicy=policy)
    del made["Scaling"]["Properties"]["LaunchTemplate"]
    outputs = stack.put(made, {"Name": {"Ref": "Scaling"}, "Template": {"Ref": "Template"}})

    names = [outputs["Name"]]
    shown = client("autoscaling").describe_auto_scaling_groups(AutoScalingGroupNames=names)["AutoScalingGroups"][0]
    mixed = shown["MixedInstancesPolicy"]["LaunchTemplate"]["LaunchTemplateSpecification"]
    assert mixed["LaunchTemplateId"] == outputs["Template"]
    assert "LaunchTemplate" not in shown


def test_group_made_through_the_api_gets_no_made_up_instances(stack, client):
    outputs = stack.put({"Template": TEMPLATE}, {"Template": {"Ref": "Template"}})
    autoscaling = client("autoscaling")
    autoscaling.create_auto_scaling_group(
        AutoScalingGroupName="by-api", MinSize=0, MaxSize=0, DesiredCapacity=0, AvailabilityZones=["us-east-1a"],
        LaunchTemplate={"LaunchTemplateId": outputs["Template"]},
    )  # fmt: skip
    shown = autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=["by-api"])["AutoScalingGroups"][0]
    autoscaling.delete_auto_scaling_group(AutoScalingGroupName="by-api")

    assert shown["Instances"] == []
