"""Alarms say how bad it is and where to read on; a health check of Route 53 follows one."""

from __future__ import annotations

import pytest
from aws_cdk import aws_sns as sns

from constructs_lib.monitoring import AlarmCheck, Alarms, Severity, described, function_metric
from contract import metrics

CHECK = "AWS::Route53::HealthCheck"


@pytest.fixture
def alarms(stack):
    return Alarms(
        stack, "Alarms", prefix="mine", topic=sns.Topic(stack, "Topic"), minutes=7, runbooks="https://x.org/r/"
    )


def add(alarms, **changes):
    settings = {
        "name": "errors",
        "metric": function_metric(metrics.FUNCTION_ERRORS, "f"),
        "threshold": 3,
        "severity": Severity.HIGH,
        "summary": "it fails",
        "runbook": "function-errors",
    }
    alarms.add("Errors", **(settings | changes))


def test_an_alarm(alarms, template):
    add(alarms)

    (alarm,) = template("AWS::CloudWatch::Alarm")
    assert alarm["AlarmName"] == "mine-errors"
    assert alarm["AlarmDescription"] == "severity: high. it fails. runbook: https://x.org/r/function-errors.md"
    assert (alarm["Threshold"], alarm["EvaluationPeriods"], alarm["DatapointsToAlarm"]) == (3, 7, 1)
    assert alarm["ComparisonOperator"] == "GreaterThanOrEqualToThreshold"
    assert alarm["TreatMissingData"] == "notBreaching"
    assert alarm["Dimensions"] == [{"Name": "FunctionName", "Value": "f"}]
    assert (alarm["Namespace"], alarm["Statistic"], alarm["Period"]) == ("AWS/Lambda", "Sum", 60)
    assert alarm["AlarmActions"] == alarm["OKActions"] != []


def test_an_alarm_on_too_little_that_lasts(alarms, template):
    add(alarms, below=True, every_minute=True, silence_is_bad=True)

    (alarm,) = template("AWS::CloudWatch::Alarm")
    assert (alarm["EvaluationPeriods"], alarm["DatapointsToAlarm"]) == (7, 7)
    assert alarm["ComparisonOperator"] == "LessThanThreshold"
    assert alarm["TreatMissingData"] == "breaching"


def test_all_alarms_are_known_to_whoever_shows_their_states(alarms):
    add(alarms)

    assert len(alarms.alarms) == 1


def test_a_description_fits_into_what_cloudwatch_takes():
    text = described(Severity.LOW, "s" * 500, "https://" + "x" * 190, "p" * 40)

    assert text.startswith("severity: low. ")
    assert len(text) <= 1024


def check_in(stack, construct_id="Check", *, load_balancer="net/b/1", target_group="targetgroup/t/2", minutes=4):
    AlarmCheck(
        stack,
        construct_id,
        alarm_name="region",
        description="d",
        load_balancer=load_balancer,
        target_group=target_group,
        minutes=minutes,
    )


def test_a_check_follows_an_alarm_as_route_53_allows(stack, template):
    check_in(stack)

    (alarm,) = template("AWS::CloudWatch::Alarm")
    (check,) = template(CHECK)
    # Route 53 takes no alarm that lets some of its periods pass, nor a percentile.
    assert (alarm["EvaluationPeriods"], "DatapointsToAlarm" in alarm, alarm["Statistic"]) == (4, False, "Maximum")
    assert (alarm["Threshold"], alarm["TreatMissingData"]) == (1, "breaching")
    assert check["HealthCheckConfig"]["Type"] == "CLOUDWATCH_METRIC"
    assert check["HealthCheckConfig"]["AlarmIdentifier"]["Region"] == "us-east-1"


def test_a_check_that_has_to_watch_something_else_follows_another_alarm(stack, template):
    """Route 53 goes on watching what an alarm was when its check was made, so none may change under its name."""
    check_in(stack, "First")
    check_in(stack, "OtherBalancer", load_balancer="net/b/9")
    check_in(stack, "OtherTargets", target_group="targetgroup/t/9")
    check_in(stack, "OtherTime", minutes=9)

    names = ["region-4-1-2", "region-4-9-2", "region-4-1-9", "region-9-1-2"]
    assert [alarm["AlarmName"] for alarm in template("AWS::CloudWatch::Alarm")] == names
    followed = [stack.resolve(each["HealthCheckConfig"]["AlarmIdentifier"]["Name"]) for each in template(CHECK)]
    assert len({str(name) for name in followed}) == 4
