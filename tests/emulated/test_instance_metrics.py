"""What CloudWatch learns of instances and groups."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.emulated.conftest import eventually
from tests.emulated.scaling_groups import MINUTES, OUTPUTS, Watched, resources


@pytest.fixture
def highest(client):
    def read(namespace: str, metric: str, dimension: str, value: str) -> float:
        now = datetime.now(UTC)
        points = client("cloudwatch").get_metric_statistics(
            Namespace=namespace,
            MetricName=metric,
            Dimensions=[{"Name": dimension, "Value": value}],
            StartTime=now - timedelta(minutes=30),
            EndTime=now + timedelta(minutes=1),
            Period=60,
            Statistics=["Maximum"],
        )["Datapoints"]
        return max((point["Maximum"] for point in points), default=0.0)

    return read


@pytest.mark.behaviour(
    "CloudWatch", "the processor use of instances is measured, one by one and per group, and sizes too"
)
def test_processor_use_and_sizes_are_measured(stack, client, highest):
    made = resources(DesiredCapacity="1", MetricsCollection=[{"Granularity": "1Minute"}])
    data = {**made["Template"]["Properties"]["LaunchTemplateData"], "Monitoring": {"Enabled": True}}
    data["UserData"] = {"Fn::Base64": "#!/bin/sh\nwhile :; do :; done\n"}
    made["Template"] = {**made["Template"], "Properties": {"LaunchTemplateData": data}}
    group = Watched(stack.put(made, OUTPUTS)["Name"], client("autoscaling"))
    (name,) = group.await_states("InService")

    for dimension, value in (("InstanceId", name), ("AutoScalingGroupName", group.name)):
        eventually(
            lambda which=dimension, who=value: highest("AWS/EC2", "CPUUtilization", which, who) > 1.0,
            f"the processor use of {value}",
            MINUTES,
        )
    for metric in ("GroupInServiceInstances", "GroupDesiredCapacity", "GroupMaxSize"):
        eventually(
            lambda which=metric: highest("AWS/AutoScaling", which, "AutoScalingGroupName", group.name) >= 1.0,
            f"{metric} of the group",
            MINUTES,
        )
    known = client("cloudwatch").list_metrics(
        Namespace="AWS/AutoScaling", Dimensions=[{"Name": "AutoScalingGroupName", "Value": group.name}]
    )["Metrics"]
    assert "GroupPendingInstances" in {metric["MetricName"] for metric in known}
