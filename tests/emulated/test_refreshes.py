"""Instance refreshes."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.emulated.conftest import eventually
from tests.emulated.scaling_groups import MINUTES, Watched
from tests.emulated.test_groups import deploy
from tests.emulated.test_lifecycle_hooks import LAUNCH

__all__ = ["deploy"]


def latest(group: Watched) -> dict[str, Any]:
    return group.api.describe_instance_refreshes(AutoScalingGroupName=group.name)["InstanceRefreshes"][0]


def start(group: Watched, **request: Any) -> None:
    group.api.start_instance_refresh(AutoScalingGroupName=group.name, Preferences={"InstanceWarmup": 0}, **request)


@pytest.mark.behaviour("Auto Scaling", "an instance refresh replaces all instances, and only one can be under way")
def test_refresh_replaces_all_instances(deploy):
    group = deploy(DesiredCapacity="2")
    before = group.await_states("InService", "InService")

    start(group)
    with pytest.raises(ClientError, match="InstanceRefreshInProgress"):
        start(group)

    eventually(lambda: latest(group)["Status"] == "Successful", "the end of the refresh", MINUTES)
    assert latest(group)["PercentageComplete"] == 100
    assert not set(before) & set(group.await_states("InService", "InService"))


@pytest.mark.behaviour("Auto Scaling", "an instance refresh that is cancelled stops; then there is none to cancel")
def test_refresh_can_be_cancelled(deploy):
    group = deploy(DesiredCapacity="1")
    group.await_states("InService")
    # The hook holds the new instance, and so the refresh.
    group.api.put_lifecycle_hook(
        AutoScalingGroupName=group.name, LifecycleHookName="in", LifecycleTransition=LAUNCH, HeartbeatTimeout=3600
    )
    start(group)
    eventually(lambda: latest(group)["Status"] == "InProgress", "the refresh being under way", MINUTES)

    group.api.cancel_instance_refresh(AutoScalingGroupName=group.name)

    eventually(lambda: latest(group)["Status"] == "Cancelled", "the refresh being cancelled", MINUTES)
    with pytest.raises(ClientError, match="ActiveInstanceRefreshNotFound"):
        group.api.cancel_instance_refresh(AutoScalingGroupName=group.name)


@pytest.mark.behaviour("Auto Scaling", "an instance refresh to another launch template can be rolled back")
def test_refresh_can_be_rolled_back(deploy, client):
    group = deploy(DesiredCapacity="1")
    (first,) = group.await_states("InService")
    template = group.shown()["LaunchTemplate"]["LaunchTemplateId"]
    client("ec2").create_launch_template_version(
        LaunchTemplateId=template, SourceVersion="1", LaunchTemplateData={"InstanceType": "t3.small"}
    )
    wanted = {"LaunchTemplate": {"LaunchTemplateId": template, "Version": "2"}}
    group.api.put_lifecycle_hook(
        AutoScalingGroupName=group.name, LifecycleHookName="in", LifecycleTransition=LAUNCH, HeartbeatTimeout=3600
    )
    start(group, DesiredConfiguration=wanted)
    eventually(lambda: "Pending:Wait" in group.states().values(), "a new instance", MINUTES)

    group.api.rollback_instance_refresh(AutoScalingGroupName=group.name)
    group.api.delete_lifecycle_hook(AutoScalingGroupName=group.name, LifecycleHookName="in")

    assert latest(group)["Status"].startswith("Rollback")
    assert first not in group.states()


@pytest.mark.difference(
    "Auto Scaling",
    aws="a new instance has to be in service for the health check grace period before the refresh goes on",
    here="it goes on as soon as the load balancer finds it healthy, unless a warm-up is asked for",
)
def test_warm_up_is_cut_short(deploy):
    group = deploy(DesiredCapacity="1", HealthCheckGracePeriod=3600)
    group.await_states("InService")

    group.api.start_instance_refresh(AutoScalingGroupName=group.name)

    eventually(lambda: latest(group)["Status"] == "Successful", "the end of the refresh", MINUTES)
