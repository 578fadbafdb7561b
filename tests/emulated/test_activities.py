"""Scaling activities."""

from __future__ import annotations

import json

import pytest

from tests.emulated.scaling_groups import OUTPUTS, Watched, resources

PROFILE = {"Type": "AWS::IAM::InstanceProfile", "Properties": {"Roles": []}}


@pytest.mark.behaviour("Auto Scaling", "the first activities of a group name its creation, and where they took place")
def test_activities_of_a_new_group(stack, client):
    group = Watched(stack.put(resources(DesiredCapacity="1"), OUTPUTS)["Name"], client("autoscaling"))

    activity = group.await_activity("Launching a new EC2 instance: i-")

    assert "a user request created an AutoScalingGroup changing the desired capacity from 0 to 1" in activity["Cause"]
    assert json.loads(activity["Details"])["Availability Zone"]
    assert activity["EndTime"] >= activity["StartTime"]


@pytest.mark.behaviour("Auto Scaling", "an instance that cannot be launched is a failed activity that says why")
def test_failed_launch_is_an_activity(stack, client):
    made = resources(DesiredCapacity="0")
    data = made["Template"]["Properties"]["LaunchTemplateData"]
    named = {**data, "IamInstanceProfile": {"Name": {"Ref": "Profile"}}}
    made["Template"] = {**made["Template"], "Properties": {"LaunchTemplateData": named}}
    outputs = stack.put({**made, "Profile": PROFILE}, {**OUTPUTS, "Profile": {"Ref": "Profile"}})
    client("iam").delete_instance_profile(InstanceProfileName=outputs["Profile"])
    group = Watched(outputs["Name"], client("autoscaling"))

    group.api.set_desired_capacity(AutoScalingGroupName=group.name, DesiredCapacity=1)

    activity = group.await_activity("Launching a new EC2 instance.  Status Reason:")
    assert activity["StatusCode"] == "Failed"
    assert "Invalid IAM Instance Profile name" in activity["StatusMessage"]
    group.api.set_desired_capacity(AutoScalingGroupName=group.name, DesiredCapacity=0)
