"""Warm pools: instances that are launched ahead."""

from __future__ import annotations

import pytest

from tests.emulated.conftest import eventually
from tests.emulated.scaling_groups import MINUTES, OUTPUTS, Watched, resources
from tests.emulated.test_instances import state

POOL = {
    "Type": "AWS::AutoScaling::WarmPool",
    "Properties": {"AutoScalingGroupName": {"Ref": "Group"}, "MinSize": 1, "MaxGroupPreparedCapacity": 1},
}


def warm(group: Watched) -> dict[str, str]:
    members = group.api.describe_warm_pool(AutoScalingGroupName=group.name)["Instances"]
    return {member["InstanceId"]: member["LifecycleState"] for member in members}


@pytest.mark.behaviour("Auto Scaling", "a warm pool keeps stopped instances, which the group takes first when it grows")
def test_group_grows_from_its_warm_pool(stack, client):
    group = Watched(stack.put({**resources(DesiredCapacity="0"), "Pool": POOL}, OUTPUTS)["Name"], client("autoscaling"))
    eventually(lambda: list(warm(group).values()) == ["Warmed:Stopped"], "a warm instance", MINUTES)
    (prepared,) = warm(group)
    assert state(client("ec2"), prepared) == "stopped"
    assert group.states() == {}

    group.api.set_desired_capacity(AutoScalingGroupName=group.name, DesiredCapacity=1)

    assert group.await_states("InService") == [prepared]
    assert state(client("ec2"), prepared) == "running"
    group.await_activity(f"Launching a new EC2 instance from warm pool: {prepared}")

    group.api.delete_warm_pool(AutoScalingGroupName=group.name, ForceDelete=True)
    eventually(lambda: not warm(group), "the end of the pool", MINUTES)
