"""Elastic Load Balancing: the API calls about targets, and what they tell."""

from __future__ import annotations

from typing import Any
from xml.sax.saxutils import escape

from emulator.plugin import balancing
from emulator.plugin.balancing_plan import check_of, state_of
from emulator.plugin.borrowed import borrow

_alb = borrow(
    "services.alb", "_ACTION_MAP", "_empty", "_error", "_p", "_parse_targets_param", "_targets", "_tgs", "_xml"
)


def _register(params: dict[str, Any]) -> Any:
    arn = _alb._p(params, "TargetGroupArn")
    if arn not in _alb._tgs:
        return _no_such_group(arn)
    targets = _alb._parse_targets_param(params)
    if _alb._tgs[arn]["TargetType"] == "instance":
        missing = [target["Id"] for target in targets if state_of(target["Id"]) != "running"]
        if missing:
            names = ", ".join(f"'{name}'" for name in missing)
            text = f"The following targets are not in a running state and cannot be registered: {names}"
            return _alb._error("InvalidTarget", text)
    for target in targets:
        balancing.register(arn, target["Id"], target.get("Port"))
    return _alb._empty("RegisterTargets")


def _deregister(params: dict[str, Any]) -> Any:
    arn = _alb._p(params, "TargetGroupArn")
    if arn not in _alb._tgs:
        return _no_such_group(arn)
    for target in _alb._parse_targets_param(params):
        balancing.deregister(arn, target["Id"], target.get("Port"))
    return _alb._empty("DeregisterTargets")


def _describe_health(params: dict[str, Any]) -> Any:
    arn = _alb._p(params, "TargetGroupArn")
    if arn not in _alb._tgs:
        return _no_such_group(arn)
    port = _alb._tgs[arn]["Port"]
    known = [(entry["Id"], entry["Port"]) for entry in _alb._targets.get(arn, [])]
    known += [(key[1], key[2]) for key in balancing.draining() if key[0] == arn]
    wanted = [(target["Id"], target.get("Port", port)) for target in _alb._parse_targets_param(params)]
    described = "".join(_target_xml(arn, *target) for target in wanted or known)
    return _alb._xml(200, "DescribeTargetHealth", f"<TargetHealthDescriptions>{described}</TargetHealthDescriptions>")


def _target_xml(arn: str, identifier: str, port: int) -> str:
    health = balancing.health(arn, identifier, port)
    check = check_of(_alb._tgs[arn])
    why = f"<Reason>{health.reason}</Reason><Description>{escape(health.description)}</Description>"
    return (
        f"<member><Target><Id>{escape(identifier)}</Id><Port>{port}</Port></Target>"
        f"<HealthCheckPort>{check.port or port}</HealthCheckPort>"
        f"<TargetHealth><State>{health.state}</State>{why if health.reason else ''}</TargetHealth></member>"
    )


def _no_such_group(arn: str) -> Any:
    return _alb._error("TargetGroupNotFound", f"One or more target groups not found: {arn}")


def install() -> None:
    """Put these calls in place of the emulator's own."""
    _alb._ACTION_MAP.update(
        RegisterTargets=_register, DeregisterTargets=_deregister, DescribeTargetHealth=_describe_health
    )
