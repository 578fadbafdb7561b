"""What alarms send: the message to an SNS topic, and the event to a function.

Sources: messages that AWS has really sent, and
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-actions-Lambda.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from emulator.alarms.reasons import timestamp

Alarm = Mapping[str, Any]
"""An alarm as DescribeAlarms shows it."""

_CAPITAL = re.compile(r"(?<!^)(?=[A-Z])")


@dataclass(frozen=True)
class Status:
    """An alarm's state at a time.

    :param data: the reason for programs, as JSON, or None.
    :param time: in seconds since 1970.
    """

    value: str
    reason: str
    data: str | None
    time: float


@dataclass(frozen=True)
class Change:
    """An alarm that has changed its state."""

    alarm: Alarm
    old: Status
    new: Status

    @property
    def account(self) -> str:
        """Return the account id."""
        return str(self.alarm["AlarmArn"]).split(":")[4]

    @property
    def region(self) -> str:
        """Return the region's code, for example `eu-west-1`."""
        return str(self.alarm["AlarmArn"]).split(":")[3]


def subject(change: Change, region_name: str) -> str:
    """Return the subject of the message, which becomes that of a mail.

    :param region_name: for people, for example `Europe (Ireland)`.
    """
    return f'{change.new.value}: "{change.alarm["AlarmName"]}" in {region_name}'[:100]


def notification(change: Change, region_name: str) -> dict[str, Any]:
    """Return the message to a topic.

    :param region_name: for people, for example `Europe (Ireland)`.
    """
    alarm = change.alarm
    updated = alarm.get("AlarmConfigurationUpdatedTimestamp")
    message = {
        "AlarmName": alarm["AlarmName"],
        "AlarmDescription": alarm.get("AlarmDescription") or None,
        "AWSAccountId": change.account,
        "AlarmConfigurationUpdatedTimestamp": timestamp(float(updated)) if updated else None,
        "NewStateValue": change.new.value,
        "NewStateReason": change.new.reason,
        "StateChangeTime": timestamp(change.new.time),
        "Region": region_name,
        "AlarmArn": alarm["AlarmArn"],
        "OldStateValue": change.old.value,
        "OKActions": alarm.get("OKActions", []),
        "AlarmActions": alarm.get("AlarmActions", []),
        "InsufficientDataActions": alarm.get("InsufficientDataActions", []),
    }
    if "AlarmRule" in alarm:
        data = json.loads(change.new.data or "{}")
        return {**message, "AlarmRule": alarm["AlarmRule"], "TriggeringChildren": _children(data)}
    return {**message, "Trigger": _trigger(alarm)}


def _children(data: Mapping[str, Any]) -> list[dict[str, Any]]:
    children: Sequence[Mapping[str, Any]] = data.get("triggeringAlarms", [])
    return [{"Arn": child["arn"], "State": {"Value": child["state"]["value"], "Timestamp": child["state"]["timestamp"]}}
            for child in children]  # fmt: skip


def _trigger(alarm: Alarm) -> dict[str, Any]:
    common = {
        "EvaluationPeriods": alarm.get("EvaluationPeriods"),
        **({"DatapointsToAlarm": alarm["DatapointsToAlarm"]} if "DatapointsToAlarm" in alarm else {}),
        "ComparisonOperator": alarm.get("ComparisonOperator"),
        "Threshold": alarm.get("Threshold"),
        "TreatMissingData": alarm.get("TreatMissingData") or "missing",
        "EvaluateLowSampleCountPercentile": alarm.get("EvaluateLowSampleCountPercentile") or "",
    }
    if alarm.get("Metrics"):
        return {"Period": alarm.get("Period"), **common, "Metrics": [_small_names(query) for query in alarm["Metrics"]]}
    extended = alarm.get("ExtendedStatistic")
    kind = {"StatisticType": "ExtendedStatistic", "ExtendedStatistic": extended} if extended else {
        "StatisticType": "Statistic",
        "Statistic": _CAPITAL.sub("_", str(alarm.get("Statistic"))).upper(),
    }  # fmt: skip
    return {
        "MetricName": alarm.get("MetricName"),
        "Namespace": alarm.get("Namespace"),
        **kind,
        "Unit": alarm.get("Unit"),
        "Dimensions": _small_names(alarm.get("Dimensions") or []),
        "Period": alarm.get("Period"),
        **common,
    }


def _small_names(value: Any) -> Any:
    """Return a value in which dimensions have `name` and `value` in small letters, as in these messages alone."""
    match value:
        case {"Name": name, "Value": text}:
            return {"value": text, "name": name}
        case dict():
            return {key: _small_names(inner) for key, inner in value.items()}
        case list():
            return [_small_names(inner) for inner in value]
        case _:
            return value


def function_event(change: Change) -> dict[str, Any]:
    """Return the event with which a function is called."""
    alarm = change.alarm
    return {
        "source": "aws.cloudwatch",
        "alarmArn": alarm["AlarmArn"],
        "accountId": change.account,
        "time": timestamp(change.new.time),
        "region": change.region,
        "alarmData": {
            "alarmName": alarm["AlarmName"],
            "state": _status(change.new),
            "previousState": _status(change.old),
            "configuration": _configuration(alarm),
        },
    }


def _status(status: Status) -> dict[str, Any]:
    data = {"reasonData": status.data} if status.data else {}
    return {"value": status.value, "reason": status.reason, **data, "timestamp": timestamp(status.time)}


def _configuration(alarm: Alarm) -> dict[str, Any]:
    described = {"description": alarm["AlarmDescription"]} if alarm.get("AlarmDescription") else {}
    if "AlarmRule" in alarm:
        return {**described, "alarmRule": alarm["AlarmRule"]}
    queries = alarm.get("Metrics") or [{"Id": "m1", "MetricStat": _metric_stat(alarm), "ReturnData": True}]
    return {**described, "metrics": [_query(query) for query in queries]}


def _metric_stat(alarm: Alarm) -> dict[str, Any]:
    source = {name: alarm.get(name) for name in ("Namespace", "MetricName", "Dimensions")}
    stat = alarm.get("ExtendedStatistic") or alarm.get("Statistic")
    return {"Metric": source, "Period": alarm.get("Period"), "Stat": stat}


def _query(query: Mapping[str, Any]) -> dict[str, Any]:
    shown = {"id": query["Id"], "returnData": query.get("ReturnData", True)}
    if "Expression" in query:
        return {**shown, "expression": query["Expression"], "label": query.get("Label", query["Id"])}
    stat = query["MetricStat"]
    source = stat["Metric"]
    dimensions = {item["Name"]: item["Value"] for item in source.get("Dimensions") or []}
    metric = {"namespace": source["Namespace"], "name": source["MetricName"], "dimensions": dimensions}
    return {**shown, "metricStat": {"metric": metric, "period": stat["Period"], "stat": stat["Stat"]}}
