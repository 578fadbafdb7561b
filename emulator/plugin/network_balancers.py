"""Elastic Load Balancing: Network Load Balancers that look like such, in stacks and in descriptions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from emulator.plugin.borrowed import borrow, replace
from emulator.plugin.resources import Create, Created, Properties, after, amend, region

_alb = borrow(
    "services.alb",
    "_lb_attrs",
    "_lb_xml",
    "_lbs",
    "_listeners",
    "_rules",
    "_tags",
)
_ec2 = borrow("services.ec2", "_subnets")

# The hosted zone of Network Load Balancers in us-east-1, from AWS's list of endpoints; alias records name it.
_NETWORK_ZONE = "Z26RNL4JYFTOTI"
_APPLICATION_ZONE = "Z35SXDOTRQ7X7K"


def _rename_key(store: Any, before: str, after_: str) -> None:
    if before in store:
        store[after_] = store.pop(before)


def _as_network(created: Created, properties: Properties) -> Created:
    arn, attributes = created
    balancer = _alb._lbs[arn]
    balancer["VpcId"] = _vpc_of(balancer["Subnets"]) or balancer["VpcId"]
    if properties.get("Type") != "network":
        return created
    network_arn = arn.replace(":loadbalancer/app/", ":loadbalancer/net/")
    for store in (_alb._lbs, _alb._tags, _alb._lb_attrs):
        _rename_key(store, arn, network_arn)
    full_name = network_arn.split(":loadbalancer/", 1)[1]
    name, identifier = full_name.split("/")[1:]
    balancer["LoadBalancerArn"] = network_arn
    balancer["DNSName"] = f"{name}-{identifier}.elb.{region()}.amazonaws.com"
    shown = {
        "Arn": network_arn,
        "LoadBalancerArn": network_arn,
        "DNSName": balancer["DNSName"],
        "LoadBalancerFullName": full_name,
        "CanonicalHostedZoneID": _NETWORK_ZONE,
    }
    return network_arn, {**attributes, **shown}


def _vpc_of(subnets: list[str]) -> str:
    return str(_ec2._subnets.get(subnets[0], {}).get("VpcId", "")) if subnets else ""


def _listener_as_network(original: Create) -> Create:
    def create(logical_id: str, properties: Properties, stack: str) -> Created:
        arn, attributes = original(logical_id, properties, stack)
        if ":loadbalancer/net/" not in properties.get("LoadBalancerArn", ""):
            return arn, attributes
        network_arn = _network(arn)
        _alb._listeners[arn]["ListenerArn"] = network_arn
        for store in (_alb._listeners, _alb._tags):
            _rename_key(store, arn, network_arn)
        for rule_arn, rule in list(_alb._rules.items()):
            if rule["ListenerArn"] == arn:
                rule.update(ListenerArn=network_arn, RuleArn=_network(rule_arn))
                _rename_key(_alb._rules, rule_arn, _network(rule_arn))
        return network_arn, {"ListenerArn": network_arn, "Arn": network_arn}

    return create


def _network(arn: str) -> str:
    return arn.replace(":listener/app/", ":listener/net/").replace(":listener-rule/app/", ":listener-rule/net/")


def _true_view(original: Callable[[dict[str, Any]], str]) -> Callable[[dict[str, Any]], str]:
    def view(balancer: dict[str, Any]) -> str:
        text = original(balancer)
        for subnet in balancer.get("Subnets", []):
            zone = _ec2._subnets.get(subnet, {}).get("AvailabilityZone", f"{region()}a")
            mark = f"</ZoneName><SubnetId>{subnet}</SubnetId>"
            text = text.replace(f"<ZoneName>{region()}a{mark}", f"<ZoneName>{zone}{mark}")
        if balancer["Type"] == "network":
            text = text.replace(_APPLICATION_ZONE, _NETWORK_ZONE)
        return text

    return view


def install() -> None:
    """Apply the corrections of this module."""
    amend("AWS::ElasticLoadBalancingV2::LoadBalancer", **after(_as_network))
    amend("AWS::ElasticLoadBalancingV2::Listener", create=_listener_as_network)
    replace(_alb, "_lb_xml", _true_view)
