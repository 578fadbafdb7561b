"""The update policy of a stack that replaces instances by an instance refresh, and what undoes it."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from tests.emulated.conftest import eventually
from tests.emulated.scaling_groups import MINUTES, OUTPUTS, Watched
from tests.emulated.test_balancing import quick_checks, standing
from tests.emulated.test_failover import visiting
from tests.emulated.test_hosting import OUTPUTS as SERVED_OUTPUTS
from tests.emulated.test_hosting import Deployed, resources
from tests.emulated.test_refreshes import latest
from tests.emulated.test_stack_updates import kind, template

__all__ = ["quick_checks"]


def policy(**preferences: Any) -> dict[str, Any]:
    given = {"MinHealthyPercentage": 100, "MaxHealthyPercentage": 200, **preferences}
    return {"AutoScalingInstanceRefresh": {"Strategy": "Rolling", "Preferences": given}}


def alarm(**properties: Any) -> dict[str, Any]:
    base = {
        "Namespace": "Slipway/Tests", "MetricName": "Trouble", "Statistic": "Maximum", "Period": 60,
        "EvaluationPeriods": 1, "Threshold": 1, "ComparisonOperator": "GreaterThanOrEqualToThreshold",
        "TreatMissingData": "notBreaching",
    }  # fmt: skip
    return {"Type": "AWS::CloudWatch::Alarm", "Properties": {**base, **properties}}


@pytest.mark.behaviour(
    "CloudFormation", "a group with the refresh policy has new instances before its stack is complete"
)
def test_refresh_replaces_before_the_stack_is_complete(stack, client):
    def put(instance_type: str) -> Watched:
        outputs = stack.put(template(instance_type, policy(), MinSize="1"), OUTPUTS)
        return Watched(outputs["Name"], client("autoscaling"))

    (first,) = put("t3.micro").states()
    group = put("t3.small")

    (second,) = [name for name, told in group.states().items() if told == "InService"]
    assert (second != first, kind(client, second)) == (True, "t3.small")
    refresh = latest(group)
    assert (refresh["Status"], refresh["Preferences"]["MinHealthyPercentage"]) == ("Successful", 100)


@pytest.mark.behaviour("CloudFormation", "a group with the refresh policy replaces instances of types it no longer has")
def test_refresh_follows_the_types_of_a_mixed_group(stack, client):
    def put(*types: str) -> str:
        made = template("t3.micro", policy(), MinSize="1")
        properties = made["Group"]["Properties"]
        if types:
            specification = properties.pop("LaunchTemplate")
            overrides = [{"InstanceType": name} for name in types]
            launched = {"LaunchTemplateSpecification": specification, "Overrides": overrides}
            properties["MixedInstancesPolicy"] = {"LaunchTemplate": launched}
        group = Watched(stack.put(made, OUTPUTS)["Name"], client("autoscaling"))
        return next(name for name, told in group.states().items() if told == "InService")

    first = put()
    assert put("t3.small", "t3.micro") == first
    assert kind(client, put("t3.small")) == "t3.small"
    assert kind(client, put()) == "t3.micro"


def statuses(group: Watched) -> list[str]:
    """Return the statuses of the group's refreshes; it has none before the first begins."""
    refreshes = group.api.describe_instance_refreshes(AutoScalingGroupName=group.name)["InstanceRefreshes"]
    return [refresh["Status"] for refresh in refreshes]


@pytest.mark.behaviour("CloudFormation", "an alarm during the bake time undoes what a group's refresh has replaced")
def test_alarm_during_the_bake_time_undoes_the_refresh(stack, client):
    watched = policy(BakeTime=3600, AlarmSpecification={"Alarms": [{"Ref": "Alarm"}]})

    def made(instance_type: str) -> dict[str, Any]:
        return {**template(instance_type, watched, MinSize="1"), "Alarm": alarm()}

    outputs = stack.put(made("t3.micro"), {**OUTPUTS, "Alarm": {"Ref": "Alarm"}})
    group = Watched(outputs["Name"], client("autoscaling"))
    stack.begin({"Resources": made("t3.small")})
    eventually(lambda: "Baking" in statuses(group), "the bake time", MINUTES)
    assert stack.status() == "UPDATE_IN_PROGRESS"

    client("cloudwatch").set_alarm_state(AlarmName=outputs["Alarm"], StateValue="ALARM", StateReason="a test")

    eventually(lambda: stack.status() == "UPDATE_ROLLBACK_COMPLETE", "the roll back", MINUTES)
    assert [kind(client, name) for name, told in group.states().items() if told == "InService"] == ["t3.micro"]
    assert any(outputs["Alarm"] in reason for reason in stack.reasons())


@pytest.mark.behaviour(
    "CloudFormation",
    "instances that never get healthy are undone by an alarm, and the old ones serve all along",
    aws=False,
)
def test_instances_that_never_serve_are_undone_and_nobody_notices(quick_checks, stack, client, emulator):
    outputs = {"DnsName": {"Fn::GetAtt": ["Balancer", "DNSName"]}, "Alarm": {"Ref": "Alarm"}}
    found = stack.put(served(), {**SERVED_OUTPUTS, **outputs})
    deployed, group = Deployed(found, client), Watched(found["Name"], client("autoscaling"))
    eventually(lambda: set(deployed.health().values()) == {"healthy"}, "a healthy instance", 60)
    (first,) = deployed.members()
    rings = {"AlarmNames": [found["Alarm"]], "StateValue": "ALARM"}
    assert client("cloudwatch").describe_alarms(**rings)["MetricAlarms"] == []
    balancer = eventually(lambda: standing(emulator, found["DnsName"]), "the load balancer listening")

    with visiting(balancer["Address"], balancer["Listeners"][0]["LocalPort"]) as visitor:
        eventually(lambda: visitor.answered > 10, "answers")
        stack.apply({"Resources": served(user_data="#!/bin/sh\nexec sleep 3600\n")})
        answered = visitor.answered
        eventually(lambda: visitor.answered > answered + 10, "more answers")

    assert stack.status() == "UPDATE_ROLLBACK_COMPLETE"
    assert len([each for each in group.activities() if each["Description"].startswith("Launching")]) == 2
    assert deployed.in_service() == [first]
    assert visitor.failures == []


def served(user_data: str | None = None) -> dict[str, Any]:
    """Return one instance behind a load balancer, and an alarm for when it is not healthy."""
    found = resources(1)
    # Slow enough for an instance to start before a check has failed.
    found["Group"]["Properties"] |= {"Port": 8081, "HealthCheckPort": "traffic-port", "HealthCheckIntervalSeconds": 60}
    balancer = {"Name": "LoadBalancer", "Value": {"Fn::GetAtt": ["Balancer", "LoadBalancerFullName"]}}
    group = {"Name": "TargetGroup", "Value": {"Fn::GetAtt": ["Group", "TargetGroupFullName"]}}
    found["Alarm"] = alarm(Namespace="AWS/NetworkELB", MetricName="UnHealthyHostCount", Dimensions=[balancer, group])
    found["Scaling"]["UpdatePolicy"] = policy(AlarmSpecification={"Alarms": [{"Ref": "Alarm"}]})
    if user_data is not None:
        data = found["Template"]["Properties"]["LaunchTemplateData"]
        data["UserData"] = base64.b64encode(user_data.encode()).decode()
    return found
