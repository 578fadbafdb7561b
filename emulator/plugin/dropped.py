"""Properties that the emulator drops, kept where the API of their service tells them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from emulator.plugin.borrowed import borrow, replace
from emulator.plugin.resources import Created, Delete, Properties, account, after, amend, tag_map

_autoscaling = borrow("services.autoscaling", "_ACTION_MAP", "_asgs")
_cloudwatch = borrow("services.cloudwatch", "_dashboards", "_resource_tags", "_validate_alarm_tag_arn")
_sns = borrow("services.sns", "_topics")
_ec2 = borrow("services.ec2", "_ACTION_MAP", "_flow_logs")

_FLOW_LOG_MEMBERS = {
    "LogGroupName": "logGroupName",
    "DeliverLogsPermissionArn": "deliverLogsPermissionArn",
    "MaxAggregationInterval": "maxAggregationInterval",
}
_GROUP_METRICS = (
    "GroupMinSize", "GroupMaxSize", "GroupDesiredCapacity", "GroupInServiceInstances", "GroupPendingInstances",
    "GroupStandbyInstances", "GroupTerminatingInstances", "GroupTotalInstances",
)  # fmt: skip


def _dashboard_arn(name: str) -> str:
    return f"arn:aws:cloudwatch::{account()}:dashboard/{name}"


def _tag_dashboard(created: Created, properties: Properties) -> Created:
    _cloudwatch._resource_tags[_dashboard_arn(created[0])] = tag_map(properties)
    return created


def _untagged(original: Delete) -> Delete:
    def delete(name: str, properties: Properties) -> None:
        original(name, properties)
        _cloudwatch._resource_tags.pop(_dashboard_arn(name), None)

    return delete


def _allowing_dashboards(original: Callable[..., Any]) -> Callable[..., Any]:
    def validate(arn: str, *rest: Any, **named: Any) -> Any:
        if any(arn == _dashboard_arn(name) for name in _cloudwatch._dashboards):
            return None
        return original(arn, *rest, **named)

    return validate


def _encrypt_topic(created: Created, properties: Properties) -> Created:
    key = properties.get("KmsMasterKeyId")
    attributes = _sns._topics[created[0]]["attributes"]
    if key:
        attributes["KmsMasterKeyId"] = key
    else:
        attributes.pop("KmsMasterKeyId", None)
    return created


def _keep_delivery(created: Created, properties: Properties) -> Created:
    _ec2._flow_logs[created[0]] |= {name: properties[name] for name in _FLOW_LOG_MEMBERS if name in properties}
    return created


def _collect_metrics(created: Created, properties: Properties) -> Created:
    wanted = properties.get("MetricsCollection") or []
    _autoscaling._asgs[created[0]]["MetricsCollection"] = [
        (metric, each["Granularity"]) for each in wanted for metric in each.get("Metrics") or _GROUP_METRICS
    ]
    return created


def _telling_metrics(original: Callable[[dict[str, Any]], Any]) -> Callable[[dict[str, Any]], Any]:
    """DescribeAutoScalingGroups tells which metrics a group sends."""

    def describe(params: dict[str, Any]) -> Any:
        status, headers, body = original(params)
        for group in _autoscaling._asgs.values():
            told = "".join(
                f"<member><Metric>{metric}</Metric><Granularity>{granularity}</Granularity></member>"
                for metric, granularity in group.get("MetricsCollection", [])
            )
            mark = f"<AutoScalingGroupARN>{group['AutoScalingGroupARN']}</AutoScalingGroupARN>"
            body = body.replace(mark.encode(), f"{mark}<EnabledMetrics>{told}</EnabledMetrics>".encode())
        return status, headers, body

    return describe


def _telling_delivery(original: Callable[[dict[str, Any]], Any]) -> Callable[[dict[str, Any]], Any]:
    """DescribeFlowLogs tells where a flow log delivers, and with which role."""

    def describe(params: dict[str, Any]) -> Any:
        status, headers, body = original(params)
        for identifier, flow_log in _ec2._flow_logs.items():
            told = "".join(
                f"<{member}>{flow_log[name]}</{member}>"
                for name, member in _FLOW_LOG_MEMBERS.items()
                if name in flow_log
            )
            mark = f"<flowLogId>{identifier}</flowLogId>"
            body = body.replace(mark.encode(), f"{mark}{told}".encode())
        return status, headers, body

    return describe


def install() -> None:
    """Apply the corrections of this module."""
    amend("AWS::CloudWatch::Dashboard", **after(_tag_dashboard), delete=_untagged)
    replace(_cloudwatch, "_validate_alarm_tag_arn", _allowing_dashboards)
    amend("AWS::SNS::Topic", **after(_encrypt_topic))
    amend("AWS::AutoScaling::AutoScalingGroup", **after(_collect_metrics))
    amend("AWS::EC2::FlowLog", **after(_keep_delivery))
    groups = _autoscaling._ACTION_MAP
    groups["DescribeAutoScalingGroups"] = _telling_metrics(groups["DescribeAutoScalingGroups"])
    _ec2._ACTION_MAP["DescribeFlowLogs"] = _telling_delivery(_ec2._ACTION_MAP["DescribeFlowLogs"])
