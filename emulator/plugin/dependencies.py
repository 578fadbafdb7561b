"""EC2: subnets and security groups stay while something has a network interface in them, or a rule names them.

Source: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteSubnet.html,
https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteSecurityGroup.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from emulator.plugin import instance_states
from emulator.plugin.borrowed import borrow
from emulator.plugin.resources import Delete, Properties, amend

_ec2 = borrow(
    "services.ec2",
    "_ACTION_MAP",
    "_error",
    "_instances",
    "_nat_gateways",
    "_network_interfaces",
    "_p",
    "_security_groups",
    "_vpc_endpoints",
)
_alb = borrow("services.alb", "_lbs")
_lambda = borrow("services.lambda_svc", "_functions")

Found = Iterator[str]
Find = Callable[[str], Found]


def in_subnet(subnet: str) -> Found:
    """Return the ids of what stands in a subnet."""
    for name, instance in _ec2._instances.items():
        if instance["State"]["Name"] != "terminated" and instance.get("SubnetId") == subnet:
            yield name
    for name, gateway in _ec2._nat_gateways.items():
        if gateway.get("State") != "deleted" and gateway.get("SubnetId") == subnet:
            yield name
    for name, interface in _ec2._network_interfaces.items():
        if interface["SubnetId"] == subnet:
            yield name
    yield from _at_places("Subnets", "SubnetIds", subnet)


def with_group(group: str) -> Found:
    """Return the ids of what has a security group, and of other groups whose rules name it."""
    for name, instance in _ec2._instances.items():
        has = [each["GroupId"] for each in instance.get("SecurityGroups", [])]
        if instance["State"]["Name"] != "terminated" and group in has:
            yield name
    for name, interface in _ec2._network_interfaces.items():
        if group in [each["GroupId"] for each in interface["Groups"]]:
            yield name
    for name, other in _ec2._security_groups.items():
        rules = [*other.get("IpPermissions", []), *other.get("IpPermissionsEgress", [])]
        named = [pair.get("GroupId") for rule in rules for pair in rule.get("UserIdGroupPairs", [])]
        if name != group and group in named:
            yield name
    yield from _at_places("SecurityGroups", "SecurityGroupIds", group)


def _at_places(of_balancer: str, of_others: str, place: str) -> Found:
    """Return load balancers, endpoints and functions that list a place under these keys."""
    functions = ((name, function["config"].get("VpcConfig") or {}) for name, function in _lambda._functions.items())
    listed = (
        *((name, balancer.get(of_balancer)) for name, balancer in _alb._lbs.items()),
        *((name, endpoint.get(of_others)) for name, endpoint in _ec2._vpc_endpoints.items()),
        *((name, network.get(of_others)) for name, network in functions),
    )
    yield from (name for name, places in listed if place in (places or ()))


def _subnet_refusal(subnet: str) -> str:
    return f"The subnet '{subnet}' has dependencies and cannot be deleted."


def _group_refusal(group: str) -> str:
    return f"resource {group} has a dependent object"


def _refusing(find: Find, parameter: str, words: Callable[[str], str]) -> Callable[..., Any]:
    def wrap(original: Callable[..., Any]) -> Callable[..., Any]:
        def delete(params: dict[str, Any]) -> Any:
            named = _ec2._p(params, parameter)
            used = named and any(find(named))
            return _ec2._error("DependencyViolation", words(named), 400) if used else original(params)

        return delete

    return wrap


def _failing(find: Find, words: Callable[[str], str]) -> Callable[[Delete], Delete]:
    """CloudFormation tries again until instances that end have ended, and fails for what stays."""

    def wrap(original: Delete) -> Delete:
        def delete(physical_id: str, properties: Properties) -> None:
            if any(name for name in find(physical_id) if not _ends(name)):
                raise ValueError(words(physical_id))
            original(physical_id, properties)

        return delete

    return wrap


def _ends(name: str) -> bool:
    instance = _ec2._instances.get(name)
    return instance is not None and instance["State"]["Name"] in instance_states.GONE


def install() -> None:
    """Apply the corrections of this module."""
    actions = _ec2._ACTION_MAP
    actions["DeleteSubnet"] = _refusing(in_subnet, "SubnetId", _subnet_refusal)(actions["DeleteSubnet"])
    actions["DeleteSecurityGroup"] = _refusing(with_group, "GroupId", _group_refusal)(actions["DeleteSecurityGroup"])
    amend("AWS::EC2::Subnet", delete=_failing(in_subnet, _subnet_refusal))
    amend("AWS::EC2::SecurityGroup", delete=_failing(with_group, _group_refusal))
