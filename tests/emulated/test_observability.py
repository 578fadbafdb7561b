"""Alarms, saved queries, health checks and budgets."""

from __future__ import annotations

from typing import Any

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
EXPRESSION: dict[str, Any] = {
    "Type": "AWS::CloudWatch::Alarm",
    "Properties": {
        "AlarmName": "share",
        "ComparisonOperator": "GreaterThanThreshold",
        "EvaluationPeriods": 1,
        "Threshold": 5,
        "Metrics": [
            {"Id": "share", "Expression": "100 * e", "ReturnData": True},
            {
                "Id": "e",
                "ReturnData": False,
                "MetricStat": {
                    "Metric": {"MetricName": "Errors", "Namespace": "AWS/Lambda"}, "Period": 60, "Stat": "Sum",
                },
            },
        ],
    },
}  # fmt: skip


def test_alarm_on_an_expression_is_accepted_updated_and_deleted(stack, client):
    cloudwatch = client("cloudwatch")
    stack.put({"Alarm": EXPRESSION})
    assert [alarm["Threshold"] for alarm in cloudwatch.describe_alarms(AlarmNames=["share"])["MetricAlarms"]] == [5.0]

    changed = {**EXPRESSION, "Properties": {**EXPRESSION["Properties"], "Threshold": 6}}
    stack.put({"Alarm": changed})
    assert [alarm["Threshold"] for alarm in cloudwatch.describe_alarms(AlarmNames=["share"])["MetricAlarms"]] == [6.0]

    stack.delete()
    assert cloudwatch.describe_alarms(AlarmNames=["share"])["MetricAlarms"] == []


def test_composite_alarm(stack, client):
    composite = {
        "Type": "AWS::CloudWatch::CompositeAlarm",
        "Properties": {"AlarmName": "any", "AlarmRule": 'ALARM("errors")'},
        "DependsOn": ["Alarm"],
    }
    outputs = stack.put({"Alarm": ALARM, "Composite": composite}, {"Arn": {"Fn::GetAtt": ["Composite", "Arn"]}})
    cloudwatch = client("cloudwatch")

    known = cloudwatch.describe_alarms(AlarmNames=["any"], AlarmTypes=["CompositeAlarm"])["CompositeAlarms"]
    assert [alarm["AlarmArn"] for alarm in known] == [outputs["Arn"]]
    stack.delete()
    left = cloudwatch.describe_alarms(AlarmNames=["any"], AlarmTypes=["CompositeAlarm"])["CompositeAlarms"]
    assert left == []


def test_saved_query_health_check_and_budget(stack, client):
    resources = {
        "Query": {
            "Type": "AWS::Logs::QueryDefinition",
            "Properties": {"Name": "errors", "QueryString": "fields @message", "LogGroupNames": ["g"]},
        },
        "Check": {
            "Type": "AWS::Route53::HealthCheck",
            "Properties": {"HealthCheckConfig": {"Type": "TCP", "IPAddress": "192.0.2.1", "Port": 8080}},
        },
        "Budget": {
            "Type": "AWS::Budgets::Budget",
            "Properties": {
                "Budget": {
                    "BudgetName": "monthly",
                    "BudgetType": "COST",
                    "TimeUnit": "MONTHLY",
                    "BudgetLimit": {"Amount": 100, "Unit": "USD"},
                },
                "NotificationsWithSubscribers": [
                    {
                        "Notification": {
                            "ComparisonOperator": "GREATER_THAN", "NotificationType": "ACTUAL", "Threshold": 80,
                        },
                        "Subscribers": [{"SubscriptionType": "EMAIL", "Address": "a@example.com"}],
                    }
                ],
            },
        },
    }  # fmt: skip
    outputs = stack.put(resources, {"Check": {"Ref": "Check"}, "Query": {"Ref": "Query"}})

    check = client("route53").get_health_check(HealthCheckId=outputs["Check"])["HealthCheck"]
    assert check["HealthCheckConfig"]["Port"] == 8080
    budget = client("budgets").describe_budget(AccountId="000000000000", BudgetName="monthly")["Budget"]
    assert float(budget["BudgetLimit"]["Amount"]) == 100
    stack.delete()
    assert client("budgets").describe_budgets(AccountId="000000000000")["Budgets"] == []
