"""How alarms are made, and which are refused."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.emulated.conftest import eventually
from tests.emulated.test_alarms import alarm


@pytest.mark.behaviour("CloudWatch alarms", "tags of a template stand on the alarm")
def test_tags(client, stack):
    resource = alarm(f"{stack.name}-load", stack.name, Tags=[{"Key": "severity", "Value": "high"}])
    arn = stack.put({"Alarm": resource}, {"Arn": {"Fn::GetAtt": ["Alarm", "Arn"]}})["Arn"]

    tags = client("cloudwatch").list_tags_for_resource(ResourceARN=arn)["Tags"]
    assert {"Key": "severity", "Value": "high"} in tags


@pytest.mark.parametrize(
    "changes",
    [
        {"Period": 45},
        {"DatapointsToAlarm": 2},
        {"EvaluationPeriods": 1441},
        {"Statistic": "Average", "ExtendedStatistic": "p90"},
    ],
)
@pytest.mark.behaviour("CloudWatch alarms", "an alarm that makes no sense is refused when it is put")
def test_wrong_alarms_are_refused(client, changes: dict[str, Any]):
    properties = alarm("never", "Never", **changes)["Properties"]

    with pytest.raises(ClientError) as refused:
        client("cloudwatch").put_metric_alarm(**properties)

    assert refused.value.response["Error"]["Code"] in ("ValidationError", "InvalidParameterCombination")


@pytest.mark.difference(
    "CloudWatch alarms",
    aws="offers anomaly detection, PromQL, action suppressors and all of metric math",
    here="refuses them when the alarm is made, and says what is emulated",
)
def test_what_is_not_emulated_is_refused(client, stack):
    band = {"Id": "band", "Expression": "ANOMALY_DETECTION_BAND(m1)"}
    plain = dict.fromkeys(("Namespace", "MetricName", "Statistic", "Period"))
    with pytest.raises(AssertionError, match="ANOMALY_DETECTION_BAND is not emulated in metric math; there are AVG"):
        stack.put({"Alarm": alarm(f"{stack.name}-load", stack.name, Metrics=[band], **plain)})


@pytest.mark.behaviour(
    "CloudWatch alarms",
    "an alarm on an expression that gives several series says that it cannot be evaluated",
    aws=False,
)
def test_an_expression_that_gives_several_series(client, stack):
    stats = [
        {"Metric": {"Namespace": stack.name, "MetricName": name}, "Period": 60, "Stat": "Sum"} for name in ("a", "b")
    ]
    metrics = [{"Id": f"m{number}", "MetricStat": stat, "ReturnData": False} for number, stat in enumerate(stats)]
    plain = dict.fromkeys(("Namespace", "MetricName", "Statistic", "Period"))
    queries = [{"Id": "all", "Expression": "METRICS()"}, *metrics]
    stack.put({"Alarm": alarm(f"{stack.name}-load", stack.name, Metrics=queries, **plain)})

    def error() -> str | None:
        [found] = client("cloudwatch").describe_alarms(AlarmNames=[f"{stack.name}-load"])["MetricAlarms"]
        return found["StateReason"] if found.get("EvaluationState") == "EVALUATION_ERROR" else None

    assert "gives 2 series, and an alarm compares one" in eventually(error, "the evaluation")


@pytest.mark.behaviour("CloudWatch alarms", "DescribeAlarmsForMetric finds the alarms on exactly that metric")
def test_alarms_on_a_metric(client, stack):
    hosts = {name: [{"Name": "Host", "Value": name}] for name in ("a", "b")}
    stack.put({name: alarm(f"{stack.name}-{name}", stack.name, Dimensions=host) for name, host in hosts.items()})
    cloudwatch = client("cloudwatch")

    def names(**more: Any) -> list[str]:
        found = cloudwatch.describe_alarms_for_metric(Namespace=stack.name, MetricName="Load", **more)["MetricAlarms"]
        return [each["AlarmName"] for each in found]

    assert names(Dimensions=hosts["a"]) == [f"{stack.name}-a"]
    assert names(Dimensions=hosts["b"], Statistic="Average", Period=60) == [f"{stack.name}-b"]
    assert names(Dimensions=hosts["b"], Statistic="Sum") == names() == []
