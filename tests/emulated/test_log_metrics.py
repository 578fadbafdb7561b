"""Metrics that come out of log events."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.emulated.conftest import eventually

PATIENCE = 300


def group_with_filter(name: str, pattern: str, **transformation: Any) -> dict[str, Any]:
    wanted = {"MetricName": "Errors", "MetricNamespace": name, "MetricValue": "1", **transformation}
    properties = {"LogGroupName": {"Ref": "Group"}, "FilterPattern": pattern, "MetricTransformations": [wanted]}
    return {
        "Group": {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": name}},
        "Filter": {"Type": "AWS::Logs::MetricFilter", "Properties": properties},
    }


def write(logs: Any, group: str, *messages: str) -> None:
    logs.create_log_stream(logGroupName=group, logStreamName="s")
    now = int(time.time() * 1000)
    events = [{"timestamp": now, "message": message} for message in messages]
    logs.put_log_events(logGroupName=group, logStreamName="s", logEvents=events)


def total(cloudwatch: Any, namespace: str, name: str, stat: str = "Sum", **dimensions: str) -> float | None:
    now = datetime.now(UTC)
    found = cloudwatch.get_metric_statistics(
        Namespace=namespace, MetricName=name, StartTime=now - timedelta(minutes=15), EndTime=now + timedelta(minutes=1),
        Period=60, Statistics=[stat], Dimensions=[{"Name": key, "Value": value} for key, value in dimensions.items()],
    )["Datapoints"]  # fmt: skip
    return sum(point[stat] for point in found) if found else None


def await_total(client: Any, namespace: str, name: str, value: float, stat: str = "Sum", **dimensions: str) -> None:
    cloudwatch = client("cloudwatch")
    eventually(lambda: total(cloudwatch, namespace, name, stat, **dimensions) == value, f"{name} {value}", PATIENCE)


@pytest.mark.parametrize(
    ("pattern", "messages"),
    [
        ("ERROR -harmless", ["ERROR one", "ERROR harmless", "error", "an ERROR"]),
        ('{ $.is = "E*" && $.code >= 500 }', [f'{{"is": "ERROR", "code": {code}}}' for code in (500, 503, 404)]),
        ("[ip, status = 5*, ...]", ["1.2.3.4 503 x", "1.2.3.4 500", "1.2.3.4 404 x", "1.2.3.4"]),
    ],
)  # fmt: skip
@pytest.mark.behaviour(
    "CloudWatch Logs", "a metric filter counts the events that match its pattern: terms, JSON, columns"
)
def test_filter_counts(client, stack, pattern: str, messages: list[str]):
    stack.put(group_with_filter(stack.name, pattern, Unit="Count"))

    write(client("logs"), stack.name, *messages)

    await_total(client, stack.name, "Errors", 2.0)


@pytest.mark.behaviour("CloudWatch Logs", "a metric filter takes value and dimensions from the event")
def test_filter_takes_value_and_dimensions(client, stack):
    dimensions = [{"Key": "Page", "Value": "$.page"}]
    stack.put(group_with_filter(stack.name, "{ $.ms > 0 }", MetricValue="$.ms", Dimensions=dimensions))

    events = [{"page": "home", "ms": 10}, {"page": "home", "ms": 20.5}, {"page": "basket", "ms": 40}, {"page": "home"}]
    write(client("logs"), stack.name, *(json.dumps(event) for event in events))

    await_total(client, stack.name, "Errors", 30.5, Page="home")
    await_total(client, stack.name, "Errors", 40.0, Page="basket")


@pytest.mark.behaviour("CloudWatch Logs", "a metric filter's default value stands for events that do not match")
def test_default_value(client, stack):
    stack.put(group_with_filter(stack.name, "ERROR", DefaultValue=0))

    write(client("logs"), stack.name, "all is well")

    await_total(client, stack.name, "Errors", 0.0)


@pytest.mark.behaviour("CloudWatch Logs", "metrics in the embedded metric format of a function's log become metrics")
def test_embedded_metrics(client, stack):
    directive = {
        "Namespace": stack.name,
        "Dimensions": [["service"]],
        "Metrics": [{"Name": "Time", "Unit": "Milliseconds"}],
    }
    header = {"Timestamp": int(time.time() * 1000), "CloudWatchMetrics": [directive]}
    event = {"_aws": header, "service": "html", "Time": [3, 4]}
    stack.put({"Group": {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": stack.name}}})

    write(client("logs"), stack.name, json.dumps(event))

    await_total(client, stack.name, "Time", 7.0, service="html")
    await_total(client, stack.name, "Time", 2.0, "SampleCount", service="html")


@pytest.mark.behaviour("CloudWatch Logs", "TestMetricFilter says which messages match, and what is found in them")
def test_trying_a_filter(client):
    found = client("logs").test_metric_filter(
        filterPattern="{ $.ms > 10 }", logEventMessages=['{"ms": 5}', '{"ms": 50}', "text"]
    )["matches"]

    assert found == [{"eventNumber": 2, "eventMessage": '{"ms": 50}', "extractedValues": {"$.ms": "50"}}]


@pytest.mark.behaviour("CloudWatch Logs", "FilterLogEvents reads patterns as metric filters do")
def test_filter_log_events(client, stack):
    logs = client("logs")
    stack.put({"Group": {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": stack.name}}})
    write(logs, stack.name, '{"code": 500}', '{"code": 200}', "code 500")

    def messages(pattern: str) -> list[str]:
        found = logs.filter_log_events(logGroupName=stack.name, filterPattern=pattern)["events"]
        return [event["message"] for event in found]

    eventually(lambda: len(messages("")) == 3, "the events", seconds=PATIENCE)
    assert messages("{ $.code = 500 }") == ['{"code": 500}']
    assert messages("500") == ['{"code": 500}', "code 500"]
    assert messages("CODE") == []


@pytest.mark.behaviour("CloudWatch Logs", "a pattern that is none is refused wherever it is given")
def test_wrong_patterns_are_refused(client, stack):
    logs = client("logs")
    stack.put({"Group": {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": stack.name}}})
    wrong = {"filterPattern": "{ $.a = 1"}
    count = {"metricName": "a", "metricNamespace": "b", "metricValue": "1"}

    for call in (
        lambda: logs.filter_log_events(logGroupName=stack.name, **wrong),
        lambda: logs.put_metric_filter(
            logGroupName=stack.name, filterName="f", metricTransformations=[count], **wrong
        ),
        lambda: logs.test_metric_filter(logEventMessages=["x"], **wrong),
        lambda: logs.put_metric_filter(
            logGroupName=stack.name, filterName="f", filterPattern="{ $.a = 1 }",
            metricTransformations=[{**count, "defaultValue": 0, "dimensions": {"A": "$.a"}}],
        ),
    ):  # fmt: skip
        with pytest.raises(ClientError) as refused:
            call()
        assert refused.value.response["Error"]["Code"] == "InvalidParameterException"
