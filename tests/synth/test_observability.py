"""The observability stack: alarms on metrics that AWS really emits, and a topic that they can reach."""

from __future__ import annotations

import json

from contract.components import Function

EMITTED = {
    ("AWS/Lambda", "Errors"),
    ("AWS/Lambda", "Throttles"),
    ("AWS/Lambda", "Url5xxCount"),
    ("AWS/NetworkELB", "UnHealthyHostCount"),
}
"""Source: the metrics pages of AWS Lambda, of its function URLs, and of Network Load Balancers."""


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
        (f"slipway-production-{function.value}", metric)
        for function in Function
        for metric in ("Errors", "Throttles", "Url5xxCount")
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


def allowed_to_alarms(policy):
    """Return the statements of a policy that let CloudWatch's alarms of this account do something."""
    return [
        statement["Action"]
        for statement in policy["Statement"]
        if statement["Effect"] == "Allow"
        and statement["Principal"] == {"Service": "cloudwatch.amazonaws.com"}
        and statement["Condition"] == {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}
    ]


def test_alarms_may_publish_to_the_topic(production):
    policy = production("observability").only("AWS::SNS::TopicPolicy")

    assert allowed_to_alarms(policy["PolicyDocument"]) == ["sns:Publish"]


def test_the_topic_is_encrypted_with_a_key_that_alarms_may_use(production):
    template = production("observability")
    key = template.only("AWS::KMS::Key")

    assert "KmsMasterKeyId" in template.only("AWS::SNS::Topic")
    assert key["EnableKeyRotation"] is True
    assert allowed_to_alarms(key["KeyPolicy"]) == [["kms:Decrypt", "kms:GenerateDataKey*"]]


def test_the_load_balancer_is_known_by_parameters_so_that_it_can_be_replaced(production):
    template = production("observability")
    (alarm,) = (
        alarm for alarm in template.properties("AWS::CloudWatch::Alarm") if alarm["MetricName"] == "UnHealthyHostCount"
    )
    values = {dimension["Name"]: dimension["Value"]["Ref"] for dimension in alarm["Dimensions"]}

    assert {name: template.body["Parameters"][reference]["Default"] for name, reference in values.items()} == {
        "LoadBalancer": "/slipway/production/fleet/load-balancer/full-name",
        "TargetGroup": "/slipway/production/fleet/target-group/full-name",
    }


def test_nobody_is_told_who_was_not_named(production):
    assert production("observability").resources("AWS::SNS::Subscription") == {}


def test_the_dashboard_shows_every_function(local):
    body = json.dumps(local("observability").only("AWS::CloudWatch::Dashboard")["DashboardBody"])

    assert [function for function in Function if f"slipway-local-{function.value}" not in body] == []
    assert "NewFlowCount" in body
