"""Elastic Load Balancing: listeners of network load balancers, in stacks and through the API."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from emulator.plugin.balancing_plan import users_of
from emulator.plugin.borrowed import borrow
from emulator.plugin.resources import Create, Created, Properties, amend

_alb = borrow(
    "services.alb",
    "_ACTION_MAP",
    "_error",
    "_listener_attrs",
    "_listeners",
    "_p",
    "_parse_actions",
    "_parse_member_list",
    "_rules",
    "_tags",
)
_cfn = borrow("services.cloudformation.provisioners", "_elbv2_merge_attributes")

TYPE = "AWS::ElasticLoadBalancingV2::Listener"
Call = Callable[[dict[str, Any]], Any]


def _network(arn: str) -> str:
    return arn.replace(":listener/app/", ":listener/net/").replace(":listener-rule/app/", ":listener-rule/net/")


def _as_network(arn: str) -> str:
    """Give a listener, and its rule, the ARN and the attributes of one of a network load balancer; return the ARN."""
    if ":loadbalancer/net/" not in _alb._listeners[arn]["LoadBalancerArn"]:
        return arn
    network_arn = _network(arn)
    _alb._listeners[arn]["ListenerArn"] = network_arn
    for store in (_alb._listeners, _alb._tags):
        rename_key(store, arn, network_arn)
    _alb._listener_attrs.pop(arn, None)
    _alb._listener_attrs[network_arn] = [{"Key": "tcp.idle_timeout.seconds", "Value": "350"}]
    for rule_arn, rule in list(_alb._rules.items()):
        if rule["ListenerArn"] == arn:
            rule.update(ListenerArn=network_arn, RuleArn=_network(rule_arn))
            rename_key(_alb._rules, rule_arn, _network(rule_arn))
    return network_arn


def rename_key(store: Any, before: str, after: str) -> None:
    """Give what a store holds another key."""
    if before in store:
        store[after] = store.pop(before)


def _taken(balancer_arn: str, port: int, but: str = "") -> str | None:
    """Return why a load balancer cannot listen on a port, or None.

    :param but: ARN of the listener that is to be there.
    """
    for arn, listener in _alb._listeners.items():
        if arn != but and (listener["LoadBalancerArn"], listener["Port"]) == (balancer_arn, port):
            return f"A listener already exists on this port for this load balancer '{balancer_arn}'"
    return None


def _shared(balancer_arn: str, actions: Sequence[Properties]) -> str | None:
    """Return why a listener of a load balancer cannot forward to the groups of its actions, or None.

    Source: https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateListener.html
    """
    groups = [action["TargetGroupArn"] for action in actions if "TargetGroupArn" in action]
    if shared := [arn for arn in groups if set(users_of(arn)) - {balancer_arn}]:
        return f"The following target groups cannot be associated with more than one load balancer: {', '.join(shared)}"
    return None


def _refuse_in_stack(properties: Properties, but: str = "") -> None:
    balancer = properties.get("LoadBalancerArn", "")
    problem = _taken(balancer, int(properties.get("Port", 0)), but)
    problem = problem or _shared(balancer, properties.get("DefaultActions", []))
    if problem:
        raise ValueError(problem)


def _create_in_stack(original: Create) -> Create:
    def create(logical_id: str, properties: Properties, stack: str) -> Created:
        _refuse_in_stack(properties)
        arn, attributes = original(logical_id, properties, stack)
        arn = _as_network(arn)
        _cfn._elbv2_merge_attributes(_alb._listener_attrs.setdefault(arn, []), properties.get("ListenerAttributes"))
        return arn, {**attributes, "ListenerArn": arn, "Arn": arn}

    return create


def _update_in_stack(original: Callable[..., Created]) -> Callable[..., Created]:
    def update(arn: str, old: Properties, new: Properties, *rest: Any) -> Created:
        _refuse_in_stack(new, but=arn)
        return original(arn, old, new, *rest)

    return update


def _refusal(params: dict[str, Any], balancer_arn: str, but: str = "") -> Any:
    """Return the answer to a call that the load balancer cannot do, or None."""
    if problem := _taken(balancer_arn, int(_alb._p(params, "Port") or 0), but):
        return _alb._error("DuplicateListener", problem)
    if problem := _shared(balancer_arn, _alb._parse_actions(params)):
        return _alb._error("TargetGroupAssociationLimit", problem)
    return None


def _create(original: Call) -> Call:
    def create(params: dict[str, Any]) -> Any:
        balancer = _alb._p(params, "LoadBalancerArn")
        if refusal := _refusal(params, balancer):
            return refusal
        before = set(_alb._listeners)
        status, headers, body = original(params)
        names = {arn: _as_network(arn) for arn in set(_alb._listeners) - before}
        for arn, network_arn in names.items():
            body = body.replace(arn.encode(), network_arn.encode())
        return status, headers, body

    return create


def _modify(original: Call) -> Call:
    def modify(params: dict[str, Any]) -> Any:
        arn = _alb._p(params, "ListenerArn")
        known = arn in _alb._listeners
        refusal = _refusal(params, _alb._listeners[arn]["LoadBalancerArn"], but=arn) if known else None
        return refusal or original(params)

    return modify


def _describe(original: Call) -> Call:
    def describe(params: dict[str, Any]) -> Any:
        missing = [arn for arn in _alb._parse_member_list(params, "ListenerArns") if arn not in _alb._listeners]
        return _alb._error("ListenerNotFound", f"Listener '{missing[0]}' not found") if missing else original(params)

    return describe


def install() -> None:
    """Apply the corrections of this module."""
    amend(TYPE, create=_create_in_stack, update=_update_in_stack)
    calls = {"CreateListener": _create, "ModifyListener": _modify, "DescribeListeners": _describe}
    for action, wrap in calls.items():
        _alb._ACTION_MAP[action] = wrap(_alb._ACTION_MAP[action])
