"""Composite alarms, health checks and budgets; and whether anyone measures what our alarms watch."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from contract import metrics

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

FUNCTIONS = "test_function_metrics.py::test_calls_errors_and_throttles"
EMBEDDED = "test_log_metrics.py::test_embedded_metrics"
BALANCER = "test_balancer_metrics.py::test_metrics"
GROUP = "test_instance_metrics.py::test_processor_use_and_sizes_are_measured"
MEASURED = {
    metrics.FUNCTION_CALLS: FUNCTIONS,
    metrics.FUNCTION_ERRORS: FUNCTIONS,
    metrics.FUNCTION_THROTTLES: FUNCTIONS,
    metrics.FUNCTION_DURATION: FUNCTIONS,
    metrics.FUNCTION_FAILURES: "test_function_metrics.py::test_addresses",
    metrics.TRANSFORMED_TEXTS: EMBEDDED,
    metrics.FAILED_TEXTS: EMBEDDED,
    metrics.HEALTHY_TARGETS: BALANCER,
    metrics.UNHEALTHY_TARGETS: BALANCER,
    metrics.NEW_FLOWS: BALANCER,
    metrics.ACTIVE_FLOWS: BALANCER,
    metrics.PROCESSED_BYTES: BALANCER,
    metrics.TARGET_RESETS: BALANCER,
    metrics.BALANCER_RESETS: BALANCER,
    metrics.GROUP_CPU: GROUP,
    metrics.GROUP_IN_SERVICE: GROUP,
    metrics.GROUP_PENDING: GROUP,
    metrics.GROUP_DESIRED: GROUP,
    metrics.GROUP_MAXIMUM: GROUP,
}
"""Which test shows that a metric is measured here."""
OF_THE_AGENT = {metrics.MEMORY_USED, metrics.DISK_USED, metrics.PROCESS_MEMORY}
"""What the CloudWatch agent measures, a program of AWS's that is no part of instances here."""


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
    "Route 53", "a health check of a template is shown with its settings, replaced by one of another type, and deleted"
)
def test_health_check(stack, client):
    def put(**configuration: Any) -> str:
        check = {"Type": "AWS::Route53::HealthCheck", "Properties": {"HealthCheckConfig": configuration}}
        return stack.put({"Check": check}, {"Check": {"Ref": "Check"}})["Check"]

    route53 = client("route53")

    def shown(identifier: str) -> dict[str, Any]:
        return route53.get_health_check(HealthCheckId=identifier)["HealthCheck"]["HealthCheckConfig"]

    made = put(Type="TCP", IPAddress="192.0.2.1", Port=8080)
    assert (shown(made)["Type"], shown(made)["Port"]) == ("TCP", 8080)
    assert put(Type="TCP", IPAddress="192.0.2.1", Port=8081) == made
    assert shown(made)["Port"] == 8081
    other = put(Type="HTTP", IPAddress="192.0.2.1", Port=8081)
    assert (other != made, shown(other)["Type"]) == (True, "HTTP")
    with pytest.raises(route53.exceptions.NoSuchHealthCheck):
        shown(made)
    stack.delete()
    with pytest.raises(route53.exceptions.NoSuchHealthCheck):
        shown(other)


def budget(name: str, *thresholds: int, amount: int = 100) -> dict[str, Any]:
    told = [{"SubscriptionType": "SNS", "Address": "arn:aws:sns:us-east-1:123456789012:alarms"}]
    notification = {"ComparisonOperator": "GREATER_THAN", "NotificationType": "ACTUAL"}
    properties = {
        "Budget": {
            "BudgetName": name,
            "BudgetType": "COST",
            "TimeUnit": "MONTHLY",
            "BudgetLimit": {"Amount": amount, "Unit": "USD"},
            "CostFilters": {"TagKeyValue": ["user:owner$me"]},
        },
        "NotificationsWithSubscribers": [
            {"Notification": {**notification, "Threshold": threshold}, "Subscribers": told} for threshold in thresholds
        ],
        "ResourceTags": [{"Key": "owner", "Value": "me"}],
    }
    return {"Budget": {"Type": "AWS::Budgets::Budget", "Properties": properties}}


@pytest.mark.behaviour("CloudWatch", "a dashboard is the same one in all regions of its account")
def test_dashboards_are_the_same_in_all_regions(stack, client):
    body = {"Type": "AWS::CloudWatch::Dashboard", "Properties": {"DashboardName": stack.name, "DashboardBody": "{}"}}
    stack.put({"Dashboard": body})
    abroad = client("cloudwatch", "eu-west-1")

    assert abroad.get_dashboard(DashboardName=stack.name)["DashboardBody"] == "{}"
    stack.delete()
    assert abroad.list_dashboards(DashboardNamePrefix=stack.name)["DashboardEntries"] == []


@pytest.mark.behaviour(
    "Budgets", "a budget of a template is shown with limit, filter, notifications and tags, changed, and deleted"
)
def test_budget(stack, client, account):
    budgets, name = client("budgets"), stack.name

    def shown() -> dict[str, Any]:
        return budgets.describe_budget(AccountId=account, BudgetName=name)["Budget"]

    stack.put(budget(name, 80, 100))
    assert float(shown()["BudgetLimit"]["Amount"]) == 100
    assert shown()["CostFilters"] == {"TagKeyValue": ["user:owner$me"]}
    notifications = budgets.describe_notifications_for_budget(AccountId=account, BudgetName=name)["Notifications"]
    assert [each["Threshold"] for each in notifications] == [80, 100]
    arn = f"arn:aws:budgets::{account}:budget/{name}"
    tags = budgets.list_tags_for_resource(ResourceARN=arn)["ResourceTags"]
    assert {"Key": "owner", "Value": "me"} in tags
    stack.put(budget(name, 80, 100, amount=150))
    assert float(shown()["BudgetLimit"]["Amount"]) == 150
    stack.delete()
    with pytest.raises(budgets.exceptions.NotFoundException):
        shown()


@pytest.mark.behaviour("Budgets", "other notifications need another budget, which cannot have the name of the first")
def test_other_notifications_need_another_name(stack, client, account):
    def known() -> list[str]:
        found = client("budgets").describe_budgets(AccountId=account).get("Budgets", [])
        return [each["BudgetName"] for each in found if each["BudgetName"].startswith(stack.name)]

    stack.put(budget(f"{stack.name}-1", 80))
    with pytest.raises(AssertionError, match="already exists"):
        stack.put(budget(f"{stack.name}-1", 90))
    stack.put(budget(f"{stack.name}-2", 90))

    assert known() == [f"{stack.name}-2"]


def test_all_that_our_alarms_and_dashboard_watch_is_measured_here(project_root: Path):
    assert set(MEASURED) == set(metrics.EMITTED) - OF_THE_AGENT
    for place in MEASURED.values():
        file, _, test = place.partition("::")
        assert f"def {test}(" in (project_root / "tests" / "emulated" / file).read_text()


@pytest.mark.behaviour("CloudWatch", "a dashboard whose body is no JSON object is refused, by its stack and by a call")
@pytest.mark.parametrize("body", ["no json", "[]"])
def test_a_dashboard_without_a_valid_body_is_refused(stack, client, body):
    cloudwatch = client("cloudwatch")

    with pytest.raises(cloudwatch.exceptions.DashboardInvalidInputError, match="must be a valid JSON object"):
        cloudwatch.put_dashboard(DashboardName=f"{stack.name}-called", DashboardBody=body)
    properties = {"DashboardName": stack.name, "DashboardBody": body}
    with pytest.raises(AssertionError, match="must be a valid JSON object"):
        stack.put({"Dashboard": {"Type": "AWS::CloudWatch::Dashboard", "Properties": properties}})

    assert cloudwatch.list_dashboards(DashboardNamePrefix=stack.name).get("DashboardEntries", []) == []
