"""What alarms do: the messages and events that arrive."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.emulated.conftest import eventually
from tests.emulated.test_alarms import PATIENCE, alarm, await_states, put


def topic_with_queue() -> dict[str, Any]:
    """Return a topic, and a queue that gets its messages."""
    may_send = {
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": {"Fn::GetAtt": ["Queue", "Arn"]},
        "Condition": {"ArnEquals": {"aws:SourceArn": {"Ref": "Topic"}}},
    }
    document = {"Version": "2012-10-17", "Statement": [may_send]}
    return {
        "Topic": {"Type": "AWS::SNS::Topic", "Properties": {}},
        "Queue": {"Type": "AWS::SQS::Queue", "Properties": {}},
        "Policy": {
            "Type": "AWS::SQS::QueuePolicy",
            "Properties": {"Queues": [{"Ref": "Queue"}], "PolicyDocument": document},
        },
        "Subscription": {
            "Type": "AWS::SNS::Subscription",
            "Properties": {
                "TopicArn": {"Ref": "Topic"},
                "Protocol": "sqs",
                "Endpoint": {"Fn::GetAtt": ["Queue", "Arn"]},
            },
            "DependsOn": ["Policy"],
        },
    }


OUTPUTS = {"Queue": {"Ref": "Queue"}, "Topic": {"Ref": "Topic"}}


def receive(sqs: Any, queue: str) -> tuple[str, dict[str, Any]]:
    """Return subject and message of the next message of a topic."""

    def next_message() -> dict[str, Any] | None:
        found = sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=1).get("Messages")
        return found[0] if found else None

    message = eventually(next_message, "a message", seconds=PATIENCE)
    sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
    body = json.loads(message["Body"])
    return body["Subject"], json.loads(body["Message"])


@pytest.mark.behaviour("CloudWatch alarms", "a topic gets a message when an alarm fires, and one when it clears")
def test_messages_to_a_topic(client, stack, account):
    cloudwatch, sqs = client("cloudwatch"), client("sqs")
    told = {"AlarmActions": [{"Ref": "Topic"}], "OKActions": [{"Ref": "Topic"}]}
    resource = alarm(f"{stack.name}-load", stack.name, AlarmDescription="too much", DatapointsToAlarm=1, **told)
    made = stack.put({**topic_with_queue(), "Alarm": {**resource, "DependsOn": ["Subscription"]}}, OUTPUTS)

    put(cloudwatch, stack.name, 100.0, Dimensions=[])
    subject, message = receive(sqs, made["Queue"])
    arn = f"arn:aws:cloudwatch:us-east-1:{account}:alarm:{stack.name}-load"
    assert subject == f'ALARM: "{stack.name}-load" in US East (N. Virginia)'
    assert message | {"StateChangeTime": "", "NewStateReason": "", "AlarmConfigurationUpdatedTimestamp": ""} == {
        "AlarmName": f"{stack.name}-load",
        "AlarmDescription": "too much",
        "AWSAccountId": account,
        "AlarmConfigurationUpdatedTimestamp": "",
        "NewStateValue": "ALARM",
        "NewStateReason": "",
        "StateChangeTime": "",
        "Region": "US East (N. Virginia)",
        "AlarmArn": arn,
        "OldStateValue": "INSUFFICIENT_DATA",
        "OKActions": [made["Topic"]],
        "AlarmActions": [made["Topic"]],
        "InsufficientDataActions": [],
        "Trigger": {
            "MetricName": "Load",
            "Namespace": stack.name,
            "StatisticType": "Statistic",
            "Statistic": "AVERAGE",
            "Unit": None,
            "Dimensions": [],
            "Period": 60,
            "EvaluationPeriods": 1,
            "DatapointsToAlarm": 1,
            "ComparisonOperator": "GreaterThanThreshold",
            "Threshold": 50.0,
            "TreatMissingData": "missing",
            "EvaluateLowSampleCountPercentile": "",
        },
    }
    put(cloudwatch, stack.name, *[0.0] * 9)
    put(cloudwatch, stack.name, *[0.0] * 9, ago=0)
    subject, message = receive(sqs, made["Queue"])
    assert (message["OldStateValue"], message["NewStateValue"]) == ("ALARM", "OK")


@pytest.mark.behaviour("CloudWatch alarms", "a composite alarm's message names the children that made it fire")
def test_message_of_a_composite_alarm(client, stack):
    child = alarm(f"{stack.name}-child", stack.name, TreatMissingData="breaching")
    parent = {
        "Type": "AWS::CloudWatch::CompositeAlarm",
        "Properties": {
            "AlarmName": f"{stack.name}-parent",
            "AlarmRule": f'ALARM("{stack.name}-child")',
            "AlarmActions": [{"Ref": "Topic"}],
        },
        "DependsOn": ["Child", "Subscription"],
    }
    made = stack.put({**topic_with_queue(), "Child": child, "Parent": parent}, OUTPUTS)

    _subject, message = receive(client("sqs"), made["Queue"])

    assert (message["AlarmName"], message["NewStateValue"]) == (f"{stack.name}-parent", "ALARM")
    assert message["AlarmRule"] == f'ALARM("{stack.name}-child")'
    assert [child["Arn"].rpartition(":")[2] for child in message["TriggeringChildren"]] == [f"{stack.name}-child"]


@pytest.mark.behaviour("CloudWatch alarms", "disabled actions are not run, and the state changes all the same")
def test_disabled_actions(client, stack):
    cloudwatch, sqs = client("cloudwatch"), client("sqs")
    quiet = alarm(f"{stack.name}-quiet", stack.name, TreatMissingData="breaching", ActionsEnabled=False,
                  AlarmActions=[{"Ref": "Topic"}])  # fmt: skip
    loud = alarm(f"{stack.name}-loud", stack.name, TreatMissingData="breaching", AlarmActions=[{"Ref": "Topic"}])
    resources = {"Quiet": quiet, "Loud": {**loud, "DependsOn": ["Quiet", "Subscription"]}}
    made = stack.put({**topic_with_queue(), **resources}, OUTPUTS)

    await_states(cloudwatch, stack.name, quiet="ALARM", loud="ALARM")

    assert receive(sqs, made["Queue"])[1]["AlarmName"] == f"{stack.name}-loud"
    assert "Messages" not in sqs.receive_message(QueueUrl=made["Queue"])


@pytest.mark.behaviour("CloudWatch alarms", "a function is called with the alarm's old and new state")
def test_call_of_a_function(client, stack):
    trust = {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
        ],
    }
    basic = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
    code = "import json\ndef handler(event, context):\n    print('SEEN ' + json.dumps(event))\n"
    called = alarm(f"{stack.name}-load", stack.name, TreatMissingData="breaching",
                   AlarmActions=[{"Fn::GetAtt": ["Function", "Arn"]}])  # fmt: skip
    resources = {
        "Role": {
            "Type": "AWS::IAM::Role",
            "Properties": {"AssumeRolePolicyDocument": trust, "ManagedPolicyArns": [basic]},
        },
        "Function": {
            "Type": "AWS::Lambda::Function",
            "Properties": {
                "FunctionName": f"{stack.name}-called",
                "Runtime": "python3.12",
                "Handler": "index.handler",
                "Role": {"Fn::GetAtt": ["Role", "Arn"]},
                "Code": {"ZipFile": code},
            },
        },
        "May": {
            "Type": "AWS::Lambda::Permission",
            "Properties": {
                "Action": "lambda:InvokeFunction",
                "FunctionName": {"Ref": "Function"},
                "Principal": "lambda.alarms.cloudwatch.amazonaws.com",
                "SourceAccount": {"Ref": "AWS::AccountId"},
            },
        },
        "Alarm": {**called, "DependsOn": ["May"]},
    }
    stack.put(resources)
    logs = client("logs")

    def seen() -> list[dict[str, Any]]:
        try:
            return logs.filter_log_events(logGroupName=f"/aws/lambda/{stack.name}-called", filterPattern="SEEN")[
                "events"
            ]
        except logs.exceptions.ResourceNotFoundException:
            return []

    [event] = eventually(seen, "the call", seconds=PATIENCE)
    content = json.loads(event["message"].partition("SEEN ")[2])
    assert content["source"] == "aws.cloudwatch"
    assert content["alarmData"]["alarmName"] == f"{stack.name}-load"
    assert content["alarmData"]["state"]["value"] == "ALARM"
    assert content["alarmData"]["previousState"]["value"] == "INSUFFICIENT_DATA"
    assert content["alarmData"]["previousState"]["reason"] == "Unchecked: Initial alarm creation"
    client("logs").delete_log_group(logGroupName=f"/aws/lambda/{stack.name}-called")


@pytest.mark.behaviour("CloudWatch alarms", "history tells whether an action could be run")
def test_history_of_actions(client, stack, account):
    nobody = f"arn:aws:sns:us-east-1:{account}:{stack.name}-nobody"
    resource = alarm(f"{stack.name}-load", stack.name, TreatMissingData="breaching",
                     AlarmActions=[{"Ref": "Topic"}, nobody])  # fmt: skip
    made = stack.put({**topic_with_queue(), "Alarm": resource}, OUTPUTS)

    def summaries() -> list[str]:
        found = client("cloudwatch").describe_alarm_history(AlarmName=f"{stack.name}-load", HistoryItemType="Action")
        return sorted(item["HistorySummary"] for item in found["AlarmHistoryItems"])

    failed, done = eventually(lambda: summaries() if len(summaries()) > 1 else [], "two actions", seconds=PATIENCE)
    assert failed.startswith(f"Failed to execute action {nobody}.")
    assert done == f"Successfully executed action {made['Topic']}"
