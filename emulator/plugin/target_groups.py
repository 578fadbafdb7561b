"""Elastic Load Balancing: target groups as network load balancers have them, in stacks and through the API."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from emulator.plugin import balancing
from emulator.plugin.balancing_plan import arns_in_use, is_network, users_of
from emulator.plugin.borrowed import borrow, replace
from emulator.plugin.resources import Created, Properties, after, amend

_alb = borrow(
    "services.alb",
    "_ACTION_MAP",
    "_error",
    "_p",
    "_parse_member_list",
    "_tg_attrs",
    "_tg_xml",
    "_tgs",
    "_xml",
)

TYPE = "AWS::ElasticLoadBalancingV2::TargetGroup"
Call = Callable[[dict[str, Any]], Any]
# https://docs.aws.amazon.com/elasticloadbalancing/latest/network/edit-target-group-attributes.html
_ATTRIBUTES = {
    "deregistration_delay.timeout_seconds": "300",
    "deregistration_delay.connection_termination.enabled": "false",
    "load_balancing.cross_zone.enabled": "use_load_balancer_configuration",
    "preserve_client_ip.enabled": "true",
    "proxy_protocol_v2.enabled": "false",
    "stickiness.enabled": "false",
    "stickiness.type": "source_ip",
    "target_group_health.dns_failover.minimum_healthy_targets.count": "1",
    "target_group_health.dns_failover.minimum_healthy_targets.percentage": "off",
    "target_group_health.unhealthy_state_routing.minimum_healthy_targets.count": "1",
    "target_group_health.unhealthy_state_routing.minimum_healthy_targets.percentage": "off",
    "target_health_state.unhealthy.connection_termination.enabled": "true",
    "target_health_state.unhealthy.draining_interval_seconds": "0",
}


def _complete(record: dict[str, Any], given: Properties) -> None:
    """Fill in what a network target group has where nothing else was said, after the emulator did so for HTTP.

    Source: https://docs.aws.amazon.com/elasticloadbalancing/latest/network/target-group-health-checks.html
    """
    if not is_network(record):
        return
    protocol = given.get("HealthCheckProtocol") or "TCP"
    timeout = given.get("HealthCheckTimeoutSeconds") or (6 if protocol == "HTTP" else 10)
    record.update(HealthCheckProtocol=protocol, HealthCheckTimeoutSeconds=int(timeout))
    if "Matcher" not in given:
        record["Matcher"] = {"HttpCode": "200-399"}
    attributes = _alb._tg_attrs[record["TargetGroupArn"]]
    chosen = {each["Key"]: str(each["Value"]) for each in given.get("TargetGroupAttributes", [])}
    held = {each["Key"]: str(each["Value"]) for each in attributes if each["Key"] in _ATTRIBUTES}
    preserves = {"preserve_client_ip.enabled": "true" if record["TargetType"] == "instance" else "false"}
    stickiness = {"stickiness.type": "source_ip"}
    merged = {**_ATTRIBUTES, **preserves, **held, **stickiness, **chosen}
    attributes[:] = [{"Key": key, "Value": value} for key, value in merged.items()]


def _made(created: Created, properties: Properties) -> Created:
    arn, attributes = created
    _complete(_alb._tgs[arn], properties)
    return arn, {**attributes, "TargetGroupFullName": arn.split(":")[-1]}


def _register_targets(created: Created, properties: Properties) -> Created:
    for target in properties.get("Targets", []):
        balancing.register(created[0], target["Id"], int(target["Port"]) if "Port" in target else None)
    return created


def _deregister_removed(original: Callable[..., Created]) -> Callable[..., Created]:
    def update(arn: str, old: Properties, new: Properties, *rest: Any) -> Created:
        for target in old.get("Targets", []):
            if target not in new.get("Targets", []):
                balancing.deregister(arn, target["Id"], int(target["Port"]) if "Port" in target else None)
        return original(arn, old, new, *rest)

    return update


def _create(original: Call) -> Call:
    def create(params: dict[str, Any]) -> Any:
        before = set(_alb._tgs)
        reply = original(params)
        for arn in set(_alb._tgs) - before:
            names = ("HealthCheckProtocol", "HealthCheckTimeoutSeconds")
            given = {name: value for name in names if (value := _alb._p(params, name))}
            if _alb._p(params, "Matcher.HttpCode"):
                given["Matcher"] = _alb._tgs[arn]["Matcher"]
            _complete(_alb._tgs[arn], given)
            return _alb._xml(200, "CreateTargetGroup", f"<TargetGroups>{_alb._tg_xml(_alb._tgs[arn])}</TargetGroups>")
        return reply

    return create


def _delete(original: Call) -> Call:
    def delete(params: dict[str, Any]) -> Any:
        arn = _alb._p(params, "TargetGroupArn")
        if arn in arns_in_use():
            return _alb._error("ResourceInUse", f"Target group '{arn}' is currently in use by a listener or a rule")
        return original(params)

    return delete


def _describe(original: Call) -> Call:
    def describe(params: dict[str, Any]) -> Any:
        for arn, record in _alb._tgs.items():
            record["LoadBalancerArns"] = users_of(arn)
        names = {record["TargetGroupName"] for record in _alb._tgs.values()}
        wanted = [*_alb._parse_member_list(params, "TargetGroupArns"), *_alb._parse_member_list(params, "Names")]
        if any(each not in _alb._tgs and each not in names for each in wanted):
            return _alb._error("TargetGroupNotFound", "One or more target groups not found")
        return original(params)

    return describe


def _modify_attributes(original: Call) -> Call:
    def modify(params: dict[str, Any]) -> Any:
        record = _alb._tgs.get(_alb._p(params, "TargetGroupArn"))
        names = [value for key in params if key.endswith(".Key") and (value := _alb._p(params, key))]
        unknown = [name for name in names if name not in _ATTRIBUTES]
        if unknown and record is not None and is_network(record):
            return _alb._error("ValidationError", f"Target group attribute key '{unknown[0]}' is not recognized")
        return original(params)

    return modify


def _true_view(original: Callable[[dict[str, Any]], str]) -> Callable[[dict[str, Any]], str]:
    """A check that only connects has neither path nor statuses, and each setting stands once."""

    def view(record: dict[str, Any]) -> str:
        text = original(record)
        interval = f"<HealthCheckIntervalSeconds>{record['HealthCheckIntervalSeconds']}</HealthCheckIntervalSeconds>"
        text = text.replace(interval * 2, interval)
        if record["HealthCheckProtocol"] == "TCP":
            text = text.replace(f"<HealthCheckPath>{record['HealthCheckPath']}</HealthCheckPath>", "")
            text = text.replace(f"<Matcher><HttpCode>{record['Matcher']['HttpCode']}</HttpCode></Matcher>", "")
        return text

    return view


def install() -> None:
    """Apply the corrections of this module."""
    amend(TYPE, **after(_made))
    amend(TYPE, **after(_register_targets))
    amend(TYPE, update=_deregister_removed)
    replace(_alb, "_tg_xml", _true_view)
    calls = {
        "CreateTargetGroup": _create,
        "DeleteTargetGroup": _delete,
        "DescribeTargetGroups": _describe,
        "ModifyTargetGroupAttributes": _modify_attributes,
    }
    for action, wrap in calls.items():
        _alb._ACTION_MAP[action] = wrap(_alb._ACTION_MAP[action])
