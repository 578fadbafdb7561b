"""Auto Scaling groups at work: their size, their instances' health, and what they say they did."""

from __future__ import annotations

import subprocess

import pytest
from botocore.exceptions import ClientError

from emulator.paths import EMULATOR_PYTHON, ROOT, StatePaths
from tests.emulated.conftest import Stack, eventually
from tests.emulated.scaling_groups import OUTPUTS, Watched, resources
from tests.emulated.test_instances import await_state
from tests.emulated.test_persistence import client_of, own

__all__ = ["own"]

PAUSE_SECONDS = 5
"""`RETRY_SECONDS` of `emulator/plugin/group_launches.py`."""


@pytest.fixture
def deploy(stack, client):
    def put(**properties) -> Watched:
        return Watched(stack.put(resources(**properties), OUTPUTS)["Name"], client("autoscaling"))

    return put


@pytest.mark.behaviour("Auto Scaling", "a group grows and shrinks to its desired capacity, and says why")
def test_group_follows_its_desired_capacity(deploy):
    group = deploy(DesiredCapacity="0")

    group.api.set_desired_capacity(AutoScalingGroupName=group.name, DesiredCapacity=2)
    group.await_states("InService", "InService")
    launched = group.await_activity("increasing the capacity from 1 to 2")
    assert "explicitly set group desired capacity changing the desired capacity from 0 to 2" in launched["Cause"]
    assert (launched["StatusCode"], launched["Progress"]) == ("Successful", 100)

    group.api.set_desired_capacity(AutoScalingGroupName=group.name, DesiredCapacity=1)
    group.await_states("InService")
    ended = group.await_activity("shrinking the capacity from 2 to 1")
    assert "was selected for termination" in ended["Cause"]
    assert ended["Description"].startswith("Terminating EC2 instance: i-")


@pytest.mark.behaviour("Auto Scaling", "a capacity outside of the group's limits is refused")
def test_capacity_outside_of_the_limits_is_refused(deploy):
    group = deploy(MinSize="1", MaxSize="1", DesiredCapacity="1")

    for wanted, text in ((2, "above max value 1"), (0, "below min value 1")):
        with pytest.raises(ClientError, match=text):
            group.api.set_desired_capacity(AutoScalingGroupName=group.name, DesiredCapacity=wanted)
    with pytest.raises(ClientError, match="must be between"):
        group.api.update_auto_scaling_group(AutoScalingGroupName=group.name, DesiredCapacity=3)
    with pytest.raises(ClientError, match="still in the group"):
        group.api.delete_auto_scaling_group(AutoScalingGroupName=group.name)


@pytest.mark.behaviour("Auto Scaling", "an instance that is terminated through EC2 is replaced")
def test_terminated_instance_is_replaced(deploy, client):
    group = deploy(DesiredCapacity="1")
    (first,) = group.await_states("InService")

    client("ec2").terminate_instances(InstanceIds=[first])

    assert eventually(lambda: [each for each in group.await_states("InService") if each != first], "another", 300)
    group.await_activity("EC2 health check indicating it has been terminated or stopped")
    group.await_activity("an instance was launched in response to an unhealthy instance needing to be replaced")


def test_interrupted_instance_is_replaced_before_it_ends_where_the_group_rebalances(stack, client, emulator):
    made = resources(DesiredCapacity="1", CapacityRebalance=True)
    data = made["Template"]["Properties"]["LaunchTemplateData"] | {"InstanceMarketOptions": {"MarketType": "spot"}}
    made["Template"] = {**made["Template"], "Properties": {"LaunchTemplateData": data}}
    group = Watched(stack.put(made, OUTPUTS)["Name"], client("autoscaling"))
    (first,) = group.await_states("InService")

    emulator.control("interrupt-spot", instance_id=first)

    await_state(client("ec2"), first, "terminated")
    (second,) = group.await_states("InService")
    assert second != first
    group.await_activity("rebalance recommendation")


@pytest.mark.behaviour("Auto Scaling", "a launch template with an unknown image is refused for a group")
def test_unknown_image_is_refused(stack):
    made = resources(DesiredCapacity="1")
    data = {"ImageId": "ami-0123456789abcdeff", "InstanceType": "t3.micro"}
    made["Template"] = {**made["Template"], "Properties": {"LaunchTemplateData": data}}

    with pytest.raises(AssertionError, match="does not exist"):
        stack.put(made)


TENDING = """
import time
from emulator.plugin import clock, groups
clock.use(time.time)
tended = []
groups.tend = lambda record: tended.append(record["good"]) or 1
for name, record in (("broken", {}), ("other", {"good": True})):
    groups._asg._asgs[name] = {"AutoScalingGroupARN": "arn:aws:autoscaling:us-east-1:0:group", **record}
print(groups.tend_all(), groups.are_settled(), len(tended))
"""


def test_group_that_cannot_be_looked_after_holds_up_no_other():
    # In a process of its own: no call of AWS's makes such a group.
    run = subprocess.run(
        [EMULATOR_PYTHON, "-c", TENDING], env={"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False
    )

    assert run.stdout.split() == ["1", "False", "1"], run.stderr
    assert "group broken failed; trying again" in run.stderr


def test_group_whose_instances_cannot_be_booted_pauses(own):
    instances = StatePaths(own.state).instances
    instances.rename(instances.with_suffix(".away"))
    instances.touch()
    names = Stack("pausing", client_of(own, "cloudformation")).put(resources(DesiredCapacity="0"), OUTPUTS)
    group = Watched(names["Name"], client_of(own, "autoscaling"))
    group.api.set_desired_capacity(AutoScalingGroupName=group.name, DesiredCapacity=1)

    def launches() -> list[dict]:
        return [each for each in reversed(group.activities()) if each["Description"].startswith("Launching")]

    eventually(lambda: launches() and not group.states(), "the end of the first instance")
    own.control("clock", advance=PAUSE_SECONDS)

    eventually(lambda: len(launches()) > 1, "another launch")
    first, second = (each["StartTime"] for each in launches()[:2])
    assert (second - first).total_seconds() >= PAUSE_SECONDS
