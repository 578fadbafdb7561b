"""Composite alarms, health checks and budgets; and whether anyone measures what our alarms watch."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

ALARM: dict[str, Any] = {
    "Type": "AWS::CloudWatch::Alarm",
    "Properties": {
        "AlarmName": "errors",
        "ComparisonOperator": "GreaterThanThreshold",
        "EvaluationPeriods": 1,
        "MetricName": "Errors",
        "Namespace": "AWS/Lambda",
        "Period": 60,
        "Statistic": "Sum",
        "Threshold": 0,
    },
}

MEASURED = {
    ("AWS/Lambda", "Invocations"): "test_function_metrics.py::test_calls_errors_and_throttles",
    ("AWS/Lambda", "Errors"): "test_function_metrics.py::test_calls_errors_and_throttles",
    ("AWS/Lambda", "Throttles"): "test_function_metrics.py::test_calls_errors_and_throttles",
    ("AWS/Lambda", "Duration"): "test_function_metrics.py::test_calls_errors_and_throttles",
    ("AWS/Lambda", "Url5xxCount"): "test_function_metrics.py::test_addresses",
    ("AWS/NetworkELB", "NewFlowCount"): "test_balancer_metrics.py::test_metrics",
    ("AWS/NetworkELB", "UnHealthyHostCount"): "test_balancer_metrics.py::test_metrics",
}
"""Which test shows that a metric is measured here."""


@pytest.mark.behaviour(
    "CloudWatch alarms", "a composite alarm of a template has an ARN, changes its rule in place, and is deleted"
)
def test_composite_alarm(stack, client):
    name = f"{stack.name}-any"
    child = {**ALARM, "Properties": {**ALARM["Properties"], "AlarmName": f"{stack.name}-errors"}}
    composite = {
        "Type": "AWS::CloudWatch::CompositeAlarm",
        "Properties": {"AlarmName": name, "AlarmRule": f'ALARM("{stack.name}-errors")'},
        "DependsOn": ["Alarm"],
    }
    outputs = stack.put({"Alarm": child, "Composite": composite}, {"Arn": {"Fn::GetAtt": ["Composite", "Arn"]}})
    cloudwatch = client("cloudwatch")

    def known() -> list[dict[str, Any]]:
        return cloudwatch.describe_alarms(AlarmNames=[name], AlarmTypes=["CompositeAlarm"])["CompositeAlarms"]

    assert [alarm["AlarmArn"] for alarm in known()] == [outputs["Arn"]]
    composite["Properties"]["AlarmRule"] = f'NOT ALARM("{stack.name}-errors")'
    stack.put({"Alarm": child, "Composite": composite})
    assert [alarm["AlarmRule"] for alarm in known()] == [composite["Properties"]["AlarmRule"]]
    stack.delete()
    assert known() == []


@pytest.mark.difference(
    "CloudWatch alarms",
    aws="a composite alarm may have an alarm that suppresses its actions",
    here="it is refused, since its actions would run although they should not",
)
def test_action_suppressors_are_refused(stack):
    composite = {
        "Type": "AWS::CloudWatch::CompositeAlarm",
        "Properties": {"AlarmName": f"{stack.name}-any", "AlarmRule": "FALSE", "ActionsSuppressor": "other"},
    }
    with pytest.raises(AssertionError, match="ActionsSuppressor is not emulated"):
        stack.put({"Composite": composite})


@pytest.mark.behaviour(
    "Route 53", "a health check of a template is shown with its settings, and deleted with the stack"
)
def test_health_check(stack, client):
    check = {"HealthCheckConfig": {"Type": "TCP", "IPAddress": "192.0.2.1", "Port": 8080}}
    made = stack.put({"Check": {"Type": "AWS::Route53::HealthCheck", "Properties": check}}, {"Check": {"Ref": "Check"}})
    route53 = client("route53")

    shown = route53.get_health_check(HealthCheckId=made["Check"])["HealthCheck"]["HealthCheckConfig"]
    assert (shown["Type"], shown["Port"]) == ("TCP", 8080)
    stack.delete()
    with pytest.raises(route53.exceptions.NoSuchHealthCheck):
        route53.get_health_check(HealthCheckId=made["Check"])


@pytest.mark.behaviour("Budgets", "a budget of a template is shown with its limit, and deleted with the stack")
def test_budget(stack, client, account):
    notification = {"ComparisonOperator": "GREATER_THAN", "NotificationType": "ACTUAL", "Threshold": 80}
    budget = {
        "Budget": {
            "BudgetName": stack.name,
            "BudgetType": "COST",
            "TimeUnit": "MONTHLY",
            "BudgetLimit": {"Amount": 100, "Unit": "USD"},
        },
        "NotificationsWithSubscribers": [
            {"Notification": notification, "Subscribers": [{"SubscriptionType": "EMAIL", "Address": "a@example.com"}]}
        ],
    }
    stack.put({"Budget": {"Type": "AWS::Budgets::Budget", "Properties": budget}})
    budgets = client("budgets")

    shown = budgets.describe_budget(AccountId=account, BudgetName=stack.name)["Budget"]
    assert float(shown["BudgetLimit"]["Amount"]) == 100
    stack.delete()
    with pytest.raises(budgets.exceptions.NotFoundException):
        budgets.describe_budget(AccountId=account, BudgetName=stack.name)


def watched(root: Path) -> set[tuple[str, str]]:
    """Return namespace and name of each metric that an alarm or a dashboard of ours watches."""
    found: set[tuple[str, str]] = set()
    for path in (root / "tests" / "synth" / "snapshots").rglob("*.json"):
        for resource in json.loads(path.read_text()).get("Resources", {}).values():
            properties = resource.get("Properties", {})
            if resource["Type"] == "AWS::CloudWatch::Alarm":
                found.add((properties["Namespace"], properties["MetricName"]))
            elif resource["Type"] == "AWS::CloudWatch::Dashboard":
                body = json.dumps(properties["DashboardBody"])
                found |= set(re.findall(r'\[[\\]+"(AWS/\w+)[\\]+",[\\]+"(\w+)[\\]+"', body))
    return found


def test_all_that_our_alarms_and_dashboard_watch_is_measured_here(project_root: Path):
    assert len(watched(project_root)) > 5
    assert watched(project_root) == set(MEASURED)
    for place in MEASURED.values():
        file, _, test = place.partition("::")
        assert f"def {test}(" in (project_root / "tests" / "emulated" / file).read_text()
