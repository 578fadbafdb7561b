"""Auto Scaling's calls about single instances, and about the processes of a group."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from tests.emulated.conftest import eventually
from tests.emulated.test_groups import deploy

__all__ = ["deploy"]


@pytest.mark.behaviour("Auto Scaling", "an instance that is terminated through its group may take its place along")
def test_terminate_with_and_without_its_place(deploy):
    group = deploy(DesiredCapacity="2")
    first, second = group.await_states("InService", "InService")

    ended = group.api.terminate_instance_in_auto_scaling_group(InstanceId=first, ShouldDecrementDesiredCapacity=True)
    assert ended["Activity"]["Description"] == f"Terminating EC2 instance: {first}"
    assert group.await_states("InService") == [second]
    assert group.shown()["DesiredCapacity"] == 1

    group.api.terminate_instance_in_auto_scaling_group(InstanceId=second, ShouldDecrementDesiredCapacity=False)
    eventually(lambda: second not in group.states(), "the end of the second", 300)
    group.await_states("InService")


@pytest.mark.behaviour("Auto Scaling", "an instance that a user reports as unhealthy is replaced")
def test_reported_instance_is_replaced(deploy):
    group = deploy(DesiredCapacity="1")
    (first,) = group.await_states("InService")

    group.api.set_instance_health(InstanceId=first, HealthStatus="Unhealthy", ShouldRespectGracePeriod=False)

    eventually(lambda: first not in group.states(), "the end of the first", 300)
    group.await_activity("in response to a user health-check")
    group.await_states("InService")


@pytest.mark.behaviour("Auto Scaling", "a group launches nothing while its Launch process is suspended")
def test_suspended_group_launches_nothing(deploy):
    group = deploy(DesiredCapacity="0")
    group.api.suspend_processes(AutoScalingGroupName=group.name, ScalingProcesses=["Launch"])
    group.api.set_desired_capacity(AutoScalingGroupName=group.name, DesiredCapacity=1)

    shown = group.shown()
    assert [process["ProcessName"] for process in shown["SuspendedProcesses"]] == ["Launch"]
    assert shown["Instances"] == []

    group.api.resume_processes(AutoScalingGroupName=group.name)
    group.await_states("InService")
    assert group.shown()["SuspendedProcesses"] == []


@pytest.mark.behaviour("Auto Scaling", "a protected instance stays when its group shrinks")
def test_protected_instance_stays(deploy):
    group = deploy(DesiredCapacity="2")
    first, second = group.await_states("InService", "InService")
    group.api.set_instance_protection(AutoScalingGroupName=group.name, InstanceIds=[first], ProtectedFromScaleIn=True)

    group.api.set_desired_capacity(AutoScalingGroupName=group.name, DesiredCapacity=1)

    eventually(lambda: second not in group.states(), "the end of the second", 300)
    assert list(group.states()) == [first]


@pytest.mark.behaviour("Auto Scaling", "calls about an instance that no group has, or an unknown process, are refused")
def test_unknown_names_are_refused(deploy):
    group = deploy(DesiredCapacity="0")

    with pytest.raises(ClientError, match="No managed instance found"):
        group.api.set_instance_health(InstanceId="i-0123456789abcdef0", HealthStatus="Unhealthy")
    with pytest.raises(ClientError, match="ValidationError"):
        group.api.suspend_processes(AutoScalingGroupName=group.name, ScalingProcesses=["Lunch"])
