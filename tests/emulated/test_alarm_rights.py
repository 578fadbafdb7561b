"""Whom an alarm may tell: topics, their keys and functions have a say."""

from __future__ import annotations

from typing import Any

import pytest

from tests.emulated.conftest import eventually
from tests.emulated.test_alarms import PATIENCE, alarm
from tests.emulated.test_function_metrics import resources as function_resources

ALARMS = {"Service": "cloudwatch.amazonaws.com"}


def action(client: Any, name: str) -> str:
    """Wait until an alarm has run its action, and return how that went."""

    def summaries() -> list[str]:
        found = client("cloudwatch").describe_alarm_history(AlarmName=name, HistoryItemType="Action")
        return [item["HistorySummary"] for item in found["AlarmHistoryItems"]]

    return eventually(summaries, "the action", seconds=PATIENCE)[0]


def firing(name: str, target: Any, after: str) -> dict[str, Any]:
    """Return an alarm that fires at once and has an action."""
    return {**alarm(name, name, TreatMissingData="breaching", AlarmActions=[target]), "DependsOn": [after]}


def topic_policy(principal: Any) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Principal": principal, "Action": "sns:Publish", "Resource": {"Ref": "Topic"}}
    document = {"Version": "2012-10-17", "Statement": [statement]}
    return {"Type": "AWS::SNS::TopicPolicy", "Properties": {"PolicyDocument": document, "Topics": [{"Ref": "Topic"}]}}


def key(*actions: str) -> dict[str, Any]:
    """Return a key that its account may use, and for some actions CloudWatch."""
    root = {"AWS": {"Fn::Sub": "arn:aws:iam::${AWS::AccountId}:root"}}
    statements = [
        {"Effect": "Allow", "Principal": root, "Action": "kms:*", "Resource": "*"},
        {"Effect": "Allow", "Principal": ALARMS, "Action": list(actions), "Resource": "*"},
    ]
    policy = {"Version": "2012-10-17", "Statement": statements}
    return {"Type": "AWS::KMS::Key", "Properties": {"KeyPolicy": policy, "PendingWindowInDays": 7}}


@pytest.mark.parametrize(
    ("principal", "outcome"),
    [
        (ALARMS, "Successfully executed action arn:aws:sns:"),
        ({"Service": "events.amazonaws.com"}, "CloudWatch Alarms is not authorized to perform: SNS:Publish"),
    ],
)
@pytest.mark.behaviour(
    "CloudWatch alarms", "a topic with a policy of its own is told only if that lets CloudWatch publish"
)
def test_policy_of_a_topic(client, stack, principal: Any, outcome: str):
    stack.put(
        {
            "Topic": {"Type": "AWS::SNS::Topic", "Properties": {}},
            "Policy": topic_policy(principal),
            "Alarm": firing(stack.name, {"Ref": "Topic"}, after="Policy"),
        }
    )

    assert outcome in action(client, stack.name)


@pytest.mark.parametrize(
    ("actions", "outcome"),
    [
        (("kms:Decrypt", "kms:GenerateDataKey*"), "Successfully executed action arn:aws:sns:"),
        (("kms:Decrypt",), "CloudWatch Alarms does not have authorization to access the SNS topic encryption key."),
    ],
)
@pytest.mark.behaviour("CloudWatch alarms", "an encrypted topic is told only if its key lets CloudWatch use it")
def test_key_of_a_topic(client, stack, actions: tuple[str, ...], outcome: str):
    encrypted = {"KmsMasterKeyId": {"Fn::GetAtt": ["Key", "Arn"]}}
    stack.put(
        {
            "Key": key(*actions),
            "Topic": {"Type": "AWS::SNS::Topic", "Properties": encrypted},
            "Alarm": firing(stack.name, {"Ref": "Topic"}, after="Topic"),
        }
    )

    assert outcome in action(client, stack.name)


@pytest.mark.behaviour("CloudWatch alarms", "a function is called only if its policy lets alarms in")
def test_policy_of_a_function(client, stack):
    function = {name: function_resources(stack.name)[name] for name in ("Role", "Group", "Function")}
    stack.put({**function, "Alarm": firing(stack.name, {"Fn::GetAtt": ["Function", "Arn"]}, after="Function")})

    assert "CloudWatch Alarms is not authorized to perform: lambda:InvokeFunction" in action(client, stack.name)
