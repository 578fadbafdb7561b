"""Elastic Load Balancing: Network Load Balancers that look like such, in stacks and in descriptions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from emulator.plugin.borrowed import borrow, replace
from emulator.plugin.network_listeners import rename_key
from emulator.plugin.resources import Create, Created, Properties, after, amend, region

_alb = borrow(
    "services.alb",
    "_ACTION_MAP",
    "_error",
    "_lb_attrs",
    "_lb_xml",
    "_lbs",
    "_p",
    "_parse_member_list",
    "_tags",
    "_xml",
)
_cfn = borrow("services.cloudformation.provisioners", "_elbv2_load_balancer_delete")
_ec2 = borrow("services.ec2", "_subnets")

TYPE = "AWS::ElasticLoadBalancingV2::LoadBalancer"
# The hosted zone of Network Load Balancers in us-east-1, from AWS's list of endpoints; alias records name it.
_NETWORK_ZONE = "Z26RNL4JYFTOTI"
_APPLICATION_ZONE = "Z35SXDOTRQ7X7K"
# https://docs.aws.amazon.com/elasticloadbalancing/latest/network/edit-load-balancer-attributes.html
_ATTRIBUTES = {
    "access_logs.s3.bucket": "",
    "access_logs.s3.enabled": "false",
    "access_logs.s3.prefix": "",
    "deletion_protection.enabled": "false",
    "dns_record.client_routing_policy": "any_availability_zone",
    "ipv6.deny_all_igw_traffic": "false",
    "load_balancing.cross_zone.enabled": "false",
    "secondary_ips.auto_assigned.per_subnet": "0",
    "zonal_shift.config.enabled": "false",
}


def _as_network(created: Created, properties: Properties) -> Created:
    arn, attributes = created
    balancer = _alb._lbs[arn]
    balancer["VpcId"] = _vpc_of(balancer["Subnets"]) or balancer["VpcId"]
    if properties.get("Type") != "network":
        return created
    network_arn = arn.replace(":loadbalancer/app/", ":loadbalancer/net/")
    for store in (_alb._lbs, _alb._tags, _alb._lb_attrs):
        rename_key(store, arn, network_arn)
    full_name = network_arn.split(":loadbalancer/", 1)[1]
    name, identifier = full_name.split("/")[1:]
    balancer["LoadBalancerArn"] = network_arn
    balancer["DNSName"] = f"{name}-{identifier}.elb.{region()}.amazonaws.com"
    _complete_attributes(network_arn)
    shown = {
        "Arn": network_arn,
        "LoadBalancerArn": network_arn,
        "DNSName": balancer["DNSName"],
        "LoadBalancerFullName": full_name,
        "CanonicalHostedZoneID": _NETWORK_ZONE,
    }
    return network_arn, {**attributes, **shown}


def _complete_attributes(arn: str) -> None:
    held = {each["Key"]: each["Value"] for each in _alb._lb_attrs[arn] if each["Key"] in _ATTRIBUTES}
    _alb._lb_attrs[arn][:] = [{"Key": key, "Value": value} for key, value in {**_ATTRIBUTES, **held}.items()]


def _vpc_of(subnets: list[str]) -> str:
    return str(_ec2._subnets.get(subnets[0], {}).get("VpcId", "")) if subnets else ""


def _with_subnets(properties: Properties) -> Properties:
    """Return the properties with the subnets that are given as mappings among the subnets."""
    mapped = [mapping["SubnetId"] for mapping in properties.get("SubnetMappings", [])]
    return {**properties, "Subnets": mapped} if mapped else properties


def _create_with_subnets(original: Create) -> Create:
    return lambda logical_id, properties, stack: original(logical_id, _with_subnets(properties), stack)


def _update_with_subnets(original: Callable[..., Created]) -> Callable[..., Created]:
    def update(arn: str, old: Properties, new: Properties, *rest: Any) -> Created:
        old, new = _with_subnets(old), _with_subnets(new)
        if problem := _second_in_zone(arn, new.get("Subnets", [])):
            raise ValueError(problem)
        return original(arn, old, new, *rest)

    return update


def _second_in_zone(arn: str, subnets: list[str]) -> str | None:
    """Return why a load balancer cannot move to these subnets, or None.

    In one step it gets or leaves a zone, but does not change from one subnet of a zone to another.
    Source: https://docs.aws.amazon.com/elasticloadbalancing/latest/network/availability-zones.html
    """
    balancer = _alb._lbs.get(arn, {})
    stands = balancer.get("Subnets", []) if balancer.get("Type") == "network" else []
    zones = {_zone_of(subnet) for subnet in stands}
    for subnet in subnets:
        if subnet not in stands and _zone_of(subnet) in zones:
            return (
                "You cannot specify an additional subnet from an Availability Zone that is already associated with the "
                f"load balancer. The Availability Zone '{_zone_of(subnet)}' corresponding to the new subnet '{subnet}' "
                "is already associated with the load balancer."
            )
    return None


def _zone_of(subnet: str) -> str:
    return str(_ec2._subnets.get(subnet, {}).get("AvailabilityZone", f"{region()}a"))


def _set_subnets(original: Callable[[dict[str, Any]], Any]) -> Callable[[dict[str, Any]], Any]:
    def set_subnets(params: dict[str, Any]) -> Any:
        problem = _second_in_zone(_alb._p(params, "LoadBalancerArn"), _alb._parse_member_list(params, "Subnets"))
        return _alb._error("InvalidConfigurationRequest", problem) if problem else original(params)

    return set_subnets


def _true_view(original: Callable[[dict[str, Any]], str]) -> Callable[[dict[str, Any]], str]:
    def view(balancer: dict[str, Any]) -> str:
        text = original(balancer)
        for subnet in balancer.get("Subnets", []):
            zone = _zone_of(subnet)
            mark = f"</ZoneName><SubnetId>{subnet}</SubnetId>"
            text = text.replace(f"<ZoneName>{region()}a{mark}", f"<ZoneName>{zone}{mark}")
        if balancer["Type"] == "network":
            text = text.replace(_APPLICATION_ZONE, _NETWORK_ZONE)
        return text

    return view


def _create(original: Callable[[dict[str, Any]], Any]) -> Callable[[dict[str, Any]], Any]:
    """One that is made through the API is a network load balancer just as well."""

    def create(params: dict[str, Any]) -> Any:
        before = set(_alb._lbs)
        reply = original(params)
        for arn in set(_alb._lbs) - before:
            made, _attributes = _as_network((arn, {}), {"Type": _alb._lbs[arn]["Type"]})
            shown = _alb._lb_xml(_alb._lbs[made])
            reply = _alb._xml(200, "CreateLoadBalancer", f"<LoadBalancers>{shown}</LoadBalancers>")
        return reply

    return create


def _delete(original: Callable[[dict[str, Any]], Any]) -> Callable[[dict[str, Any]], Any]:
    """A load balancer takes its listeners with it, whichever way it is deleted."""

    def delete(params: dict[str, Any]) -> Any:
        arn = _alb._p(params, "LoadBalancerArn")
        reply = original(params)
        if arn not in _alb._lbs:
            _cfn._elbv2_load_balancer_delete(arn, {})
        return reply

    return delete


def install() -> None:
    """Apply the corrections of this module."""
    amend(TYPE, create=_create_with_subnets, update=_update_with_subnets)
    amend(TYPE, **after(_as_network))
    replace(_alb, "_lb_xml", _true_view)
    _alb._ACTION_MAP["CreateLoadBalancer"] = _create(_alb._ACTION_MAP["CreateLoadBalancer"])
    _alb._ACTION_MAP["SetSubnets"] = _set_subnets(_alb._ACTION_MAP["SetSubnets"])
    _alb._ACTION_MAP["DeleteLoadBalancer"] = _delete(_alb._ACTION_MAP["DeleteLoadBalancer"])
