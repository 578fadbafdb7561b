"""Scaling by policy."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from tests.emulated.conftest import eventually
from tests.emulated.test_groups import deploy

__all__ = ["deploy"]
SIMPLE = {"AdjustmentType": "ChangeInCapacity", "ScalingAdjustment": 2}
STEPS = {
    "PolicyType": "StepScaling",
    "AdjustmentType": "PercentChangeInCapacity",
    "MinAdjustmentMagnitude": 1,
    "StepAdjustments": [
        {"MetricIntervalLowerBound": 0, "MetricIntervalUpperBound": 20, "ScalingAdjustment": 10},
        {"MetricIntervalLowerBound": 20, "ScalingAdjustment": 200},
    ],
}


def put(group, **policy) -> dict:
    return group.api.put_scaling_policy(AutoScalingGroupName=group.name, PolicyName="grow", **policy)


def execute(group, **request) -> None:
    group.api.execute_policy(AutoScalingGroupName=group.name, PolicyName="grow", **request)


@pytest.mark.behaviour("Auto Scaling", "a simple policy changes the capacity within the limits, then cools down")
def test_simple_policy(deploy):
    group = deploy(DesiredCapacity="0", MaxSize="1")
    put(group, **SIMPLE)

    execute(group)

    group.await_states("InService")
    assert "executed policy grow changing the desired capacity from 0 to 1" in group.activities()[0]["Cause"]
    with pytest.raises(ClientError, match="ScalingActivityInProgress"):
        execute(group, HonorCooldown=True)


@pytest.mark.behaviour("Auto Scaling", "a step policy chooses its step by how far the metric is from the threshold")
def test_step_policy(deploy):
    group = deploy(DesiredCapacity="0")
    put(group, **STEPS)
    group.api.suspend_processes(AutoScalingGroupName=group.name, ScalingProcesses=["Launch"])
    group.api.set_desired_capacity(AutoScalingGroupName=group.name, DesiredCapacity=1)

    execute(group, MetricValue=60, BreachThreshold=50)
    assert group.shown()["DesiredCapacity"] == 2
    group.api.set_desired_capacity(AutoScalingGroupName=group.name, DesiredCapacity=1)
    execute(group, MetricValue=90, BreachThreshold=50)
    assert group.shown()["DesiredCapacity"] == 3
    with pytest.raises(ClientError, match="MetricValue"):
        execute(group)


@pytest.mark.behaviour("Auto Scaling", "a target tracking policy has its alarms, and follows a metric of one's own")
def test_target_tracking_follows_its_metric(deploy, client):
    group = deploy(DesiredCapacity="1", MaxSize="3")
    metric = {"Namespace": group.name, "MetricName": "Load", "Statistic": "Average", "Dimensions": []}
    tracking = {"TargetValue": 10.0, "CustomizedMetricSpecification": metric}
    alarms = put(group, PolicyType="TargetTrackingScaling", TargetTrackingConfiguration=tracking)["Alarms"]
    assert [alarm["AlarmName"].rpartition("-Alarm")[2].partition("-")[0] for alarm in alarms] == ["High", "Low"]
    with pytest.raises(ClientError, match="not supported for Target Tracking"):
        execute(group)
    cloudwatch = client("cloudwatch")

    def grows() -> bool:
        for minutes in range(4):
            moment = group.shown()["CreatedTime"].timestamp() - 60 * minutes
            datum = {"MetricName": "Load", "Value": 30.0, "Timestamp": moment}
            cloudwatch.put_metric_data(Namespace=group.name, MetricData=[datum])
        return group.shown()["DesiredCapacity"] == 3

    eventually(grows, "the group growing", 300)
    cause = group.await_activity("AlarmHigh")["Cause"]
    assert "in state ALARM triggered policy grow changing the desired capacity from 1 to 3" in cause
