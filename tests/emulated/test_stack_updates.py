"""How stacks create, update and delete Auto Scaling groups."""

from __future__ import annotations

import pytest

from tests.emulated.conftest import eventually
from tests.emulated.scaling_groups import MINUTES, OUTPUTS, Watched, resources
from tests.emulated.test_instances import state

ROLLING = {"AutoScalingRollingUpdate": {"MinInstancesInService": 1, "MaxBatchSize": 1}}
SIGNALS = {"AutoScalingRollingUpdate": {"WaitOnResourceSignals": True, "PauseTime": "PT10M"}}


def template(instance_type: str = "t3.micro", policy=None, **properties):
    made = resources(**{"DesiredCapacity": "1", "MaxSize": "2", **properties})
    data = {**made["Template"]["Properties"]["LaunchTemplateData"], "InstanceType": instance_type}
    made["Template"] = {**made["Template"], "Properties": {"LaunchTemplateData": data}}
    if policy:
        made["Group"]["UpdatePolicy"] = policy
    return made


@pytest.fixture
def deploy(stack, client):
    def put(*arguments, **properties) -> Watched:
        return Watched(stack.put(template(*arguments, **properties), OUTPUTS)["Name"], client("autoscaling"))

    return put


def kind(client, instance_id: str) -> str:
    shown = client("ec2").describe_instances(InstanceIds=[instance_id])
    return shown["Reservations"][0]["Instances"][0]["InstanceType"]


@pytest.mark.behaviour("CloudFormation", "a group is created and deleted together with its instances")
def test_stack_waits_for_its_instances(deploy, stack, client):
    group = deploy(MinSize="1")
    (name,) = group.states()
    assert group.states() == {name: "InService"}

    stack.delete()

    assert state(client("ec2"), name) == "terminated"


@pytest.mark.behaviour("CloudFormation", "without an update policy the instances of a changed group stay as they are")
def test_without_update_policy_instances_stay(deploy, client):
    (first,) = deploy(MinSize="1").states()

    group = deploy("t3.small", MinSize="1", DesiredCapacity="2")

    old, new = sorted(group.await_states("InService", "InService"), key=lambda name: name != first)
    assert (old, kind(client, old), kind(client, new)) == (first, "t3.micro", "t3.small")


@pytest.mark.behaviour("CloudFormation", "a rolling update replaces the instances before the stack is complete")
def test_rolling_update_replaces_the_instances(deploy, client):
    (first,) = deploy("t3.micro", ROLLING, MinSize="1").states()

    group = deploy("t3.small", ROLLING, MinSize="1")

    (second,) = [name for name, told in group.states().items() if told == "InService"]
    assert second != first
    assert kind(client, second) == "t3.small"


def signal(client, stack, status: str, instance_id: str) -> None:
    client("cloudformation").signal_resource(
        StackName=stack.name, LogicalResourceId="Group", UniqueId=instance_id, Status=status
    )


def newcomer(group: Watched, first: str) -> str:
    def find() -> str:
        serving = [name for name, told in group.states().items() if told == "InService" and name != first]
        return serving[0] if serving else ""

    return eventually(find, "a new instance", MINUTES)


@pytest.mark.behaviour(
    "CloudFormation", "a rolling update that waits for signals goes on when the new instance signals"
)
def test_rolling_update_waits_for_signals(deploy, stack, client):
    group = deploy("t3.micro", SIGNALS)
    (first,) = group.await_states("InService")
    stack.begin({"Resources": template("t3.small", SIGNALS)})

    new = newcomer(group, first)
    assert stack.status() == "UPDATE_IN_PROGRESS"
    signal(client, stack, "SUCCESS", new)

    eventually(lambda: stack.status() == "UPDATE_COMPLETE", "the update being complete", MINUTES)


@pytest.mark.behaviour("CloudFormation", "a new instance that signals a failure rolls the update back")
def test_failure_signal_rolls_back(deploy, stack, client):
    group = deploy("t3.micro", SIGNALS)
    (first,) = group.await_states("InService")
    stack.begin({"Resources": template("t3.small", SIGNALS)})
    new = newcomer(group, first)

    signal(client, stack, "FAILURE", new)
    eventually(lambda: stack.status() == "UPDATE_ROLLBACK_IN_PROGRESS", "the roll back", MINUTES)
    signal(client, stack, "SUCCESS", newcomer(group, new))

    eventually(lambda: stack.status() == "UPDATE_ROLLBACK_COMPLETE", "the end of the roll back", MINUTES)
    (left,) = group.await_states("InService")
    assert kind(client, left) == "t3.micro"


@pytest.mark.behaviour("CloudFormation", "a group without desired capacity in its template keeps the size that it has")
def test_update_keeps_the_size(stack, client):
    made = resources(MinSize="0", MaxSize="3")
    group = Watched(stack.put(made, OUTPUTS)["Name"], client("autoscaling"))
    group.api.set_desired_capacity(AutoScalingGroupName=group.name, DesiredCapacity=1)

    stack.put(resources(MinSize="0", MaxSize="4"), OUTPUTS)

    shown = group.shown()
    assert (shown["DesiredCapacity"], shown["MaxSize"]) == (1, 4)


@pytest.mark.difference(
    "CloudFormation",
    aws="a rolling update without signals waits the whole pause time after each batch",
    here="it goes on as soon as the new instances are in service and their load balancer finds them healthy",
)
def test_pause_time_is_cut_short(deploy):
    policy = {"AutoScalingRollingUpdate": {"MinInstancesInService": 0, "PauseTime": "PT30M"}}
    (first,) = deploy("t3.micro", policy).await_states("InService")

    group = deploy("t3.small", policy)

    assert first not in group.states()
