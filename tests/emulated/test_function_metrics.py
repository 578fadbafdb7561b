"""What Lambda measures: of calls, of errors, of addresses; and an alarm on it."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.emulated.conftest import eventually
from tests.emulated.test_alarm_actions import OUTPUTS, receive, topic_with_queue
from tests.emulated.test_alarms import PATIENCE, alarm

TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}
BASIC = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
CODE = """
def handler(event, context):
    if event.get("line"):
        print(event["line"])
    if event.get("fail"):
        raise ValueError("as you like")
    if "rawPath" in event:
        return {"statusCode": int(event["rawPath"].strip("/")), "body": "x"}
"""


def resources(name: str, **properties: Any) -> dict[str, Any]:
    """Return a function that fails as it is told, its alias, and its address."""
    code = {"Runtime": "python3.12", "Handler": "index.handler", "Code": {"ZipFile": CODE}, "FunctionName": name}
    role = {"AssumeRolePolicyDocument": TRUST, "ManagedPolicyArns": [BASIC]}
    open_to_all = {"FunctionName": {"Ref": "Function"}, "Principal": "*"}
    return {
        "Role": {"Type": "AWS::IAM::Role", "Properties": role},
        "Group": {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": f"/aws/lambda/{name}"}},
        "Function": {
            "Type": "AWS::Lambda::Function",
            "Properties": {**code, "Role": {"Fn::GetAtt": ["Role", "Arn"]}, **properties},
            "DependsOn": ["Group"],
        },
        "Version": {"Type": "AWS::Lambda::Version", "Properties": {"FunctionName": {"Ref": "Function"}}},
        "Alias": {
            "Type": "AWS::Lambda::Alias",
            "Properties": {
                "Name": "live",
                "FunctionName": {"Ref": "Function"},
                "FunctionVersion": {"Fn::GetAtt": ["Version", "Version"]},
            },
        },
        "Url": {
            "Type": "AWS::Lambda::Url",
            "Properties": {"AuthType": "NONE", "TargetFunctionArn": {"Fn::GetAtt": ["Function", "Arn"]}},
        },
        "MayCallUrl": {
            "Type": "AWS::Lambda::Permission",
            "Properties": {**open_to_all, "Action": "lambda:InvokeFunctionUrl", "FunctionUrlAuthType": "NONE"},
        },
        "MayInvoke": {
            "Type": "AWS::Lambda::Permission",
            "Properties": {**open_to_all, "Action": "lambda:InvokeFunction", "InvokedViaFunctionUrl": True},
        },
    }


def total(
    cloudwatch: Any, name: str, stat: str = "Sum", namespace: str = "AWS/Lambda", **dimensions: str
) -> float | None:
    """Return the sum of a function's metric over the last minutes; None if there is no value."""
    now = datetime.now(UTC)
    found = cloudwatch.get_metric_statistics(
        Namespace=namespace, MetricName=name, StartTime=now - timedelta(minutes=15), EndTime=now, Period=60,
        Statistics=[stat], Dimensions=[{"Name": key, "Value": value} for key, value in dimensions.items()],
    )["Datapoints"]  # fmt: skip
    return sum(point[stat] for point in found) if found else None


def await_total(cloudwatch: Any, name: str, value: float, **dimensions: str) -> None:
    eventually(lambda: total(cloudwatch, name, **dimensions) == value, f"{name} {value} of {dimensions}", PATIENCE)


@pytest.mark.behaviour("Lambda metrics", "each call counts once, by function and by alias; errors and throttles too")
def test_calls_errors_and_throttles(client, stack):
    stack.put(resources(stack.name))
    lambda_, cloudwatch = client("lambda"), client("cloudwatch")

    for payload, qualifier in (({}, "$LATEST"), ({}, "live"), ({"fail": True}, "live")):
        lambda_.invoke(FunctionName=stack.name, Qualifier=qualifier, Payload=json.dumps(payload))
    lambda_.put_function_concurrency(FunctionName=stack.name, ReservedConcurrentExecutions=0)
    with pytest.raises(lambda_.exceptions.TooManyRequestsException):
        lambda_.invoke(FunctionName=stack.name)

    await_total(cloudwatch, "Invocations", 3.0, FunctionName=stack.name)
    await_total(cloudwatch, "Invocations", 2.0, FunctionName=stack.name, Resource=f"{stack.name}:live")
    await_total(cloudwatch, "Errors", 1.0, FunctionName=stack.name)
    await_total(cloudwatch, "Errors", 1.0, FunctionName=stack.name, Resource=f"{stack.name}:live")
    eventually(lambda: (total(cloudwatch, "Throttles", FunctionName=stack.name) or 0) >= 1, "a throttle", PATIENCE)
    assert total(cloudwatch, "Duration", "SampleCount", FunctionName=stack.name) == 3.0
    assert (total(cloudwatch, "ConcurrentExecutions", "Maximum", FunctionName=stack.name) or 0) >= 1


@pytest.mark.behaviour("Lambda metrics", "an asynchronous call counts when it is run, each attempt anew")
def test_asynchronous_calls(client, stack):
    stack.put(resources(stack.name))

    client("lambda").invoke(FunctionName=stack.name, InvocationType="Event", Payload=b"{}")

    await_total(client("cloudwatch"), "Invocations", 1.0, FunctionName=stack.name)


@pytest.mark.behaviour("Lambda metrics", "what a function prints in the embedded metric format becomes metrics")
def test_embedded_metrics(client, stack):
    stack.put(resources(stack.name))
    directive = {"Namespace": stack.name, "Dimensions": [["service"]], "Metrics": [{"Name": "Pages", "Unit": "Count"}]}
    header = {"Timestamp": int(datetime.now(UTC).timestamp() * 1000), "CloudWatchMetrics": [directive]}
    line = json.dumps({"_aws": header, "service": "html", "Pages": 3})

    client("lambda").invoke(FunctionName=stack.name, Payload=json.dumps({"line": line}))

    cloudwatch = client("cloudwatch")
    eventually(lambda: total(cloudwatch, "Pages", namespace=stack.name, service="html") == 3.0, "the metric", PATIENCE)


@pytest.mark.behaviour("Lambda metrics", "calls of an address count by status: Url4xxCount, Url5xxCount")
def test_addresses(client, stack):
    url = stack.put(resources(stack.name), {"Url": {"Fn::GetAtt": ["Url", "FunctionUrl"]}})["Url"]

    for status in (200, 404, 503, 503):
        try:
            urllib.request.urlopen(f"{url}{status}").close()
        except urllib.error.HTTPError as error:
            error.close()

    cloudwatch = client("cloudwatch")
    await_total(cloudwatch, "UrlRequestCount", 4.0, FunctionName=stack.name)
    await_total(cloudwatch, "Url4xxCount", 1.0, FunctionName=stack.name)
    await_total(cloudwatch, "Url5xxCount", 2.0, FunctionName=stack.name)
    await_total(cloudwatch, "Errors", 0.0, FunctionName=stack.name)


@pytest.mark.behaviour(
    "CloudWatch alarms", "an alarm on a function's errors fires when it raises, tells its topic, and clears"
)
def test_alarm_on_errors_of_a_function(client, stack):
    watch = {
        "MetricName": "Errors", "Statistic": "Sum", "Threshold": 1, "EvaluationPeriods": 5, "DatapointsToAlarm": 1,
        "ComparisonOperator": "GreaterThanOrEqualToThreshold", "TreatMissingData": "notBreaching",
        "Dimensions": [{"Name": "FunctionName", "Value": {"Ref": "Function"}}],
        "AlarmActions": [{"Ref": "Topic"}], "OKActions": [{"Ref": "Topic"}],
    }  # fmt: skip
    errors = {**alarm(f"{stack.name}-errors", "AWS/Lambda", **watch), "DependsOn": ["Subscription"]}
    template = {**topic_with_queue(), **resources(stack.name), "Errors": errors}
    sqs, made = client("sqs"), stack.put(template, OUTPUTS)
    assert receive(sqs, made["Queue"])[1]["NewStateValue"] == "OK"

    client("lambda").invoke(FunctionName=stack.name, Payload=b'{"fail": true}')

    subject, message = receive(sqs, made["Queue"])
    assert subject.startswith(f'ALARM: "{stack.name}-errors" in ')
    assert (message["OldStateValue"], message["NewStateValue"]) == ("OK", "ALARM")
    assert message["Trigger"]["Dimensions"] == [{"value": stack.name, "name": "FunctionName"}]
    assert message["Trigger"]["Statistic"] == "SUM"
    # An error stays in sight for minutes; what clears the alarm at once is that it allows more of them.
    errors["Properties"]["Threshold"] = 2
    stack.put(template, OUTPUTS)
    _subject, message = receive(sqs, made["Queue"])
    assert (message["OldStateValue"], message["NewStateValue"]) == ("ALARM", "OK")
