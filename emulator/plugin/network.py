"""EC2 networking: resource types that the emulator's CloudFormation lacks, over the stores that its EC2 API has."""

from __future__ import annotations

from typing import Any

from emulator.plugin.borrowed import borrow
from emulator.plugin.resources import (
    Attributes,
    Created,
    Properties,
    ResourceType,
    account,
    after,
    amend,
    expect_success,
    region,
    register,
    unique_hex,
)

_ec2 = borrow(
    "services.ec2",
    "_addresses",
    "_allocate_address",
    "_create_nat_gateway",
    "_flow_logs",
    "_nat_gateways",
    "_now_ts",
    "_release_address",
    "_security_groups",
    "_sg_rule_id",
    "_tags",
    "_vpcs",
)
_cfn = borrow("services.cloudformation.provisioners", "_ec2_apply_tags", "_ec2_sg_permissions", "_ec2_sg_reconcile")


def _new_id(before: Any, store: Any) -> str:
    return str(next(key for key in store if key not in before))


def _create_eip(logical_id: str, properties: Properties, _stack: str) -> Created:
    before = set(_ec2._addresses)
    expect_success(logical_id, _ec2._allocate_address({"Domain": ["vpc"]}))
    allocation = _new_id(before, _ec2._addresses)
    _cfn._ec2_apply_tags(allocation, properties)
    return _describe_eip(allocation)


def _describe_eip(allocation: str) -> Created:
    address = _ec2._addresses[allocation]["PublicIp"]
    return address, {"AllocationId": allocation, "PublicIp": address}


def _allocation_of(address: str) -> str | None:
    return next((key for key, record in _ec2._addresses.items() if record["PublicIp"] == address), None)


def _update_eip(address: str, old: Properties, new: Properties, stack: str) -> Created:
    allocation = _allocation_of(address)
    if allocation is None:
        return _create_eip(address, new, stack)
    _cfn._ec2_apply_tags(allocation, new, old)
    return _describe_eip(allocation)


def _delete_eip(address: str, _properties: Properties) -> None:
    allocation = _allocation_of(address)
    if allocation is not None:
        _ec2._release_address({"AllocationId": [allocation]})


def _create_nat(logical_id: str, properties: Properties, _stack: str) -> Created:
    before = set(_ec2._nat_gateways)
    fields = ("SubnetId", "AllocationId", "ConnectivityType")
    request = {name: [str(properties[name])] for name in fields if name in properties}
    expect_success(logical_id, _ec2._create_nat_gateway(request))
    nat = _new_id(before, _ec2._nat_gateways)
    _cfn._ec2_apply_tags(nat, properties)
    return nat, {"NatGatewayId": nat}


def _update_nat(nat: str, old: Properties, new: Properties, _stack: str) -> Created:
    _cfn._ec2_apply_tags(nat, new, old)
    return nat, {"NatGatewayId": nat}


def _delete_nat(nat: str, _properties: Properties) -> None:
    _ec2._nat_gateways.pop(nat, None)
    _ec2._tags.pop(nat, None)


def _flow_log_record(flow_log: str, properties: Properties) -> dict[str, Any]:
    destination = properties.get("LogDestination") or properties.get("LogGroupName") or ""
    return {
        "FlowLogId": flow_log,
        "ResourceId": properties["ResourceId"],
        "ResourceType": properties["ResourceType"],
        "TrafficType": properties.get("TrafficType", "ALL"),
        "LogDestinationType": properties.get("LogDestinationType", "cloud-watch-logs"),
        "LogDestination": destination,
        "FlowLogStatus": "ACTIVE",
        "CreationTime": _ec2._now_ts(),
    }


def _create_flow_log(logical_id: str, properties: Properties, stack: str) -> Created:
    flow_log = "fl-" + unique_hex(account(), region(), stack, logical_id, str(properties["ResourceId"]))
    _ec2._flow_logs[flow_log] = _flow_log_record(flow_log, properties)
    _cfn._ec2_apply_tags(flow_log, properties)
    return flow_log, {"Id": flow_log}


def _update_flow_log(flow_log: str, old: Properties, new: Properties, _stack: str) -> Created:
    _cfn._ec2_apply_tags(flow_log, new, old)
    return flow_log, {"Id": flow_log}


def _delete_flow_log(flow_log: str, _properties: Properties) -> None:
    _ec2._flow_logs.pop(flow_log, None)
    _ec2._tags.pop(flow_log, None)


class _SecurityGroupRule:
    """A rule that stands beside its security group in the template.

    :param store: key of the group's list of rules.
    :param egress: whether it is about what leaves.
    """

    def __init__(self, store: str, egress: bool) -> None:
        self._store = store
        self._egress = egress

    def create(self, logical_id: str, properties: Properties, _stack: str) -> Created:
        group = _ec2._security_groups.get(properties.get("GroupId", ""))
        if group is None:
            raise ValueError(f"{logical_id}: security group {properties.get('GroupId')!r} does not exist")
        rules = _cfn._ec2_sg_permissions([properties])
        _cfn._ec2_sg_reconcile(group.setdefault(self._store, []), [], rules)
        rule = str(_ec2._sg_rule_id(properties["GroupId"], self._egress, rules[0]))
        return rule, {"Id": rule}

    def update(self, _rule: str, old: Properties, new: Properties, stack: str) -> Created:
        self.delete(_rule, old)
        return self.create(_rule, new, stack)

    def delete(self, _rule: str, properties: Properties) -> None:
        group = _ec2._security_groups.get(properties.get("GroupId", ""))
        if group is not None:
            _cfn._ec2_sg_reconcile(group.setdefault(self._store, []), _cfn._ec2_sg_permissions([properties]), [])


_INGRESS = _SecurityGroupRule("IpPermissions", egress=False)
_EGRESS = _SecurityGroupRule("IpPermissionsEgress", egress=True)
_RULE_IDENTITY = (
    "CidrIp", "CidrIpv6", "FromPort", "GroupId", "IpProtocol", "ToPort",
    "DestinationPrefixListId", "DestinationSecurityGroupId", "SourcePrefixListId", "SourceSecurityGroupId",
)  # fmt: skip

TYPES = (
    ResourceType("AWS::EC2::EIP", _create_eip, _update_eip, _delete_eip, ("Domain", "NetworkBorderGroup")),
    ResourceType(
        "AWS::EC2::NatGateway", _create_nat, _update_nat, _delete_nat,
        ("SubnetId", "AllocationId", "ConnectivityType", "PrivateIpAddress"),
    ),
    ResourceType(
        "AWS::EC2::FlowLog", _create_flow_log, _update_flow_log, _delete_flow_log,
        ("ResourceId", "ResourceType", "TrafficType", "LogDestination", "LogDestinationType", "LogGroupName",
         "LogFormat", "MaxAggregationInterval", "DeliverLogsPermissionArn"),
    ),
    ResourceType(
        "AWS::EC2::SecurityGroupIngress", _INGRESS.create, _INGRESS.update, _INGRESS.delete, _RULE_IDENTITY, tags=None
    ),
    ResourceType(
        "AWS::EC2::SecurityGroupEgress", _EGRESS.create, _EGRESS.update, _EGRESS.delete, _RULE_IDENTITY, tags=None
    ),
)  # fmt: skip


def _with_cidr(created: Created, _properties: Properties) -> Created:
    vpc, attributes = created
    cidr = _ec2._vpcs[vpc]["CidrBlock"]
    extra: Attributes = {
        "CidrBlock": cidr,
        "CidrBlockAssociations": ["vpc-cidr-assoc-" + unique_hex(vpc, cidr)],
        "Ipv6CidrBlocks": [],
    }
    return vpc, {**attributes, **extra}


def install() -> None:
    """Add the types and corrections of this module."""
    register(TYPES)
    amend("AWS::EC2::VPC", **after(_with_cidr))
