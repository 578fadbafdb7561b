"""EC2: interface endpoints have addresses, and the names of their service in one place of a VPC only."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any
from xml.sax.saxutils import escape

from emulator.plugin.borrowed import borrow, replace
from emulator.plugin.resources import Create, Created, Properties, amend, unique_hex

_ec2 = borrow("services.ec2", "_vpc_endpoints", "_vpce_fields_xml", "_vpcs")

TYPE = "AWS::EC2::VPCEndpoint"
DNS_ATTRIBUTES = ("EnableDnsSupport", "EnableDnsHostnames")

Endpoint = Mapping[str, Any]


def _refusal(properties: Properties, own_id: str | None) -> str | None:
    """Return why an endpoint cannot have its service's names, or None."""
    if not properties.get("PrivateDnsEnabled"):
        return None
    vpc, service = properties.get("VpcId"), properties.get("ServiceName")
    if not all(_ec2._vpcs.get(vpc, {}).get(name, True) for name in DNS_ATTRIBUTES):
        return "Enabling private DNS requires both enableDnsSupport and enableDnsHostnames VPC attributes set to true"
    others = (endpoint for name, endpoint in _ec2._vpc_endpoints.items() if name != own_id)
    if any(
        (other["VpcId"], other["ServiceName"]) == (vpc, service) and other.get("PrivateDnsEnabled") for other in others
    ):
        name = ".".join(reversed(str(service).split(".")[2:]))
        return (
            "private-dns-enabled cannot be set because there is already a conflicting DNS domain for "
            f"{name}.amazonaws.com in the VPC {vpc}"
        )
    return None


def _with_addresses(created: Created) -> Created:
    """Give an interface endpoint a network interface in each subnet, and names."""
    identifier, attributes = created
    endpoint = _ec2._vpc_endpoints[identifier]
    if endpoint["VpcEndpointType"] == "Interface":
        endpoint["NetworkInterfaceIds"] = [f"eni-{unique_hex(identifier, subnet)}" for subnet in endpoint["SubnetIds"]]
        service = ".".join(reversed(endpoint["ServiceName"].split(".")[2:]))
        endpoint["DnsEntries"] = [
            f"Z{unique_hex(service, length=13).upper()}:{identifier}.{service}.vpce.amazonaws.com"
        ]
    return identifier, {
        **attributes,
        "NetworkInterfaceIds": endpoint["NetworkInterfaceIds"],
        "DnsEntries": endpoint["DnsEntries"],
    }


def _creating(original: Create) -> Create:
    def create(logical_id: str, properties: Properties, stack: str) -> Created:
        if refusal := _refusal(properties, None):
            raise ValueError(refusal)
        return _with_addresses(original(logical_id, properties, stack))

    return create


def _updating(original: Callable[..., Created]) -> Callable[..., Created]:
    def update(identifier: str, old: Properties, new: Properties, *rest: Any) -> Created:
        if refusal := _refusal(new, identifier):
            raise ValueError(refusal)
        return _with_addresses(original(identifier, old, new, *rest))

    return update


def _described(original: Callable[..., str]) -> Callable[..., str]:
    def fields(ep: Endpoint, tag: str = "item") -> str:
        text = original(ep, tag)
        end = text.rindex(f"</{tag}>")
        return text[:end] + _more(ep) + text[end:]

    return fields


def _more(endpoint: Endpoint) -> str:
    policy = endpoint.get("PolicyDocument")
    document = policy if isinstance(policy, str) else json.dumps(policy)
    groups = "".join(f"<item><groupId>{group}</groupId></item>" for group in endpoint.get("SecurityGroupIds", []))
    interfaces = "".join(f"<item>{name}</item>" for name in endpoint.get("NetworkInterfaceIds", []))
    entries = (entry.partition(":") for entry in endpoint.get("DnsEntries", []))
    names = "".join(
        f"<item><hostedZoneId>{zone}</hostedZoneId><dnsName>{name}</dnsName></item>" for zone, _, name in entries
    )
    enabled = str(bool(endpoint.get("PrivateDnsEnabled"))).lower()
    return (
        f"<privateDnsEnabled>{enabled}</privateDnsEnabled><groupSet>{groups}</groupSet>"
        f"<networkInterfaceIdSet>{interfaces}</networkInterfaceIdSet><dnsEntrySet>{names}</dnsEntrySet>"
        + (f"<policyDocument>{escape(document)}</policyDocument>" if policy else "")
    )


def install() -> None:
    """Apply the corrections of this module."""
    amend(TYPE, create=_creating, update=_updating)
    replace(_ec2, "_vpce_fields_xml", _described)
