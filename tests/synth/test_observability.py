"""The observability stack: alarms on metrics that AWS really emits, and a topic that they can reach."""

from __future__ import annotations

import json

from contract.components import Function

EMITTED = {
    ("AWS/Lambda", "Errors"),
    ("AWS/Lambda", "Throttles"),
    ("AWS/NetworkELB", "UnHealthyHostCount"),
}
"""Source: the metrics pages of AWS Lambda and of Network Load Balancers."""


def test_alarms_are_on_metrics_that_exist(production):
    alarms = production("observability").properties("AWS::CloudWatch::Alarm")

    assert {(alarm["Namespace"], alarm["MetricName"]) for alarm in alarms} == EMITTED


def test_each_function_is_watched(production):
    alarms = production("observability").properties("AWS::CloudWatch::Alarm")
    watched = {
        (dimension["Value"], alarm["MetricName"])
        for alarm in alarms
        for dimension in alarm["Dimensions"]
        if dimension["Name"] == "FunctionName"
    }

    assert watched == {
        (f"slipway-production-{function.value}", metric) for function in Function for metric in ("Errors", "Throttles")
    }


def test_unhealthy_instances_have_the_dimensions_that_the_metric_has(production):
    (alarm,) = (
        alarm
        for alarm in production("observability").properties("AWS::CloudWatch::Alarm")
        if alarm["MetricName"] == "UnHealthyHostCount"
    )

    assert {dimension["Name"] for dimension in alarm["Dimensions"]} == {"LoadBalancer", "TargetGroup"}
    assert alarm["Statistic"] == "Maximum"


def test_each_alarm_says_how_bad_it_is_and_what_to_do_and_tells_the_topic(production):
    for alarm in production("observability").properties("AWS::CloudWatch::Alarm"):
        severity, todo = alarm["AlarmDescription"].split(". ", 1)
        assert severity in {"severity: high", "severity: low"}
        assert len(todo.split()) > 8
        assert alarm["AlarmActions"] == alarm["OKActions"] != []
        assert alarm["TreatMissingData"] == "notBreaching"


def test_the_topic_is_encrypted_with_a_key_that_alarms_may_use(production):
    template = production("observability")
    key = template.only("AWS::KMS::Key")
    services = [
        statement["Action"]
        for statement in key["KeyPolicy"]["Statement"]
        if statement["Principal"].get("Service") == "cloudwatch.amazonaws.com"
    ]

    assert "KmsMasterKeyId" in template.only("AWS::SNS::Topic")
    assert key["EnableKeyRotation"] is True
    assert sorted({action for actions in services for action in actions}) == [
        "kms:Decrypt",
        "kms:Encrypt",
        "kms:GenerateDataKey*",
        "kms:ReEncrypt*",
    ]


def test_nobody_is_told_who_was_not_named(production):
    assert production("observability").resources("AWS::SNS::Subscription") == {}


def test_the_dashboard_shows_every_function(local):
    body = json.dumps(local("observability").only("AWS::CloudWatch::Dashboard")["DashboardBody"])

    assert [function for function in Function if f"slipway-local-{function.value}" not in body] == []
    assert "NewFlowCount" in body
