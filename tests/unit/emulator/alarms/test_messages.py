"""What alarms send."""

from __future__ import annotations

from typing import Any

from emulator.alarms.messages import Change, Status, function_event, notification, subject

ARN = "arn:aws:cloudwatch:ap-southeast-2:123456789012:alarm:depth"
ALARM: dict[str, Any] = {
    "AlarmName": "depth",
    "AlarmArn": ARN,
    "AlarmDescription": "Too many messages",
    "AlarmConfigurationUpdatedTimestamp": 1_800_000_000,
    "OKActions": ["arn:aws:sns:ap-southeast-2:123456789012:t"],
    "AlarmActions": [],
    "InsufficientDataActions": [],
    "MetricName": "Visible",
    "Namespace": "AWS/SQS",
    "Statistic": "SampleCount",
    "Dimensions": [{"Name": "QueueName", "Value": "q"}],
    "Period": 60,
    "EvaluationPeriods": 3,
    "DatapointsToAlarm": 2,
    "ComparisonOperator": "GreaterThanThreshold",
    "Threshold": 50.0,
    "TreatMissingData": "missing",
}
OLD = Status("OK", "all is well", None, 1_800_000_000.0)
NEW = Status("ALARM", "all is bad", '{"version":"1.0"}', 1_800_000_060.25)


def change(**more: Any) -> Change:
    return Change({**ALARM, **more}, OLD, NEW)


def test_message_of_an_alarm_on_a_metric():
    assert notification(change(), "Asia Pacific (Sydney)") == {
        "AlarmName": "depth",
        "AlarmDescription": "Too many messages",
        "AWSAccountId": "123456789012",
        "AlarmConfigurationUpdatedTimestamp": "2027-01-15T08:00:00.000+0000",
        "NewStateValue": "ALARM",
        "NewStateReason": "all is bad",
        "StateChangeTime": "2027-01-15T08:01:00.250+0000",
        "Region": "Asia Pacific (Sydney)",
        "AlarmArn": ARN,
        "OldStateValue": "OK",
        "OKActions": ["arn:aws:sns:ap-southeast-2:123456789012:t"],
        "AlarmActions": [],
        "InsufficientDataActions": [],
        "Trigger": {
            "MetricName": "Visible",
            "Namespace": "AWS/SQS",
            "StatisticType": "Statistic",
            "Statistic": "SAMPLE_COUNT",
            "Unit": None,
            "Dimensions": [{"value": "q", "name": "QueueName"}],
            "Period": 60,
            "EvaluationPeriods": 3,
            "DatapointsToAlarm": 2,
            "ComparisonOperator": "GreaterThanThreshold",
            "Threshold": 50.0,
            "TreatMissingData": "missing",
            "EvaluateLowSampleCountPercentile": "",
        },
    }


def test_trigger_of_a_percentile_names_it():
    trigger = notification(change(Statistic=None, ExtendedStatistic="p95"), "")["Trigger"]

    assert (trigger["StatisticType"], trigger["ExtendedStatistic"]) == ("ExtendedStatistic", "p95")


def test_trigger_of_an_expression_holds_its_metrics():
    stat = {
        "Metric": {name: ALARM[name] for name in ("Namespace", "MetricName", "Dimensions")},
        "Period": 60,
        "Stat": "Sum",
    }
    queries = [{"Id": "e1", "Expression": "m1 * 2", "ReturnData": True}, {"Id": "m1", "MetricStat": stat}]

    trigger = notification(change(Metrics=queries), "")["Trigger"]

    assert trigger["Metrics"][0] == queries[0]
    assert trigger["Metrics"][1]["MetricStat"]["Metric"]["Dimensions"] == [{"value": "q", "name": "QueueName"}]
    assert "MetricName" not in trigger


def test_message_of_a_composite_alarm_names_the_children_that_made_it():
    child = {"arn": "arn:child", "state": {"value": "ALARM", "timestamp": "2027-01-15T08:00:00.000+0000"}}
    composite = {key: ALARM[key] for key in ("AlarmName", "AlarmArn")} | {"AlarmRule": 'ALARM("child")'}
    new = Status("ALARM", "child is bad", f'{{"triggeringAlarms": [{child}]}}'.replace("'", '"'), 0.0)

    message = notification(Change(composite, OLD, new), "")

    assert message["AlarmRule"] == 'ALARM("child")'
    assert message["TriggeringChildren"][0]["Arn"] == "arn:child"
    assert "Trigger" not in message


def test_subject_is_short_enough_for_a_mail():
    assert subject(change(), "Asia Pacific (Sydney)") == 'ALARM: "depth" in Asia Pacific (Sydney)'
    assert len(subject(change(AlarmName="x" * 255), "here")) == 100


def test_event_to_a_function():
    event = function_event(change())

    assert (event["source"], event["alarmArn"], event["region"]) == ("aws.cloudwatch", ARN, "ap-southeast-2")
    assert event["alarmData"]["state"] == {
        "value": "ALARM",
        "reason": "all is bad",
        "reasonData": '{"version":"1.0"}',
        "timestamp": "2027-01-15T08:01:00.250+0000",
    }
    assert event["alarmData"]["configuration"]["metrics"] == [
        {
            "id": "m1",
            "returnData": True,
            "metricStat": {
                "metric": {"namespace": "AWS/SQS", "name": "Visible", "dimensions": {"QueueName": "q"}},
                "period": 60,
                "stat": "SampleCount",
            },
        }
    ]
