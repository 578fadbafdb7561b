"""Route 53's hosted zones: what CloudFormation and the API keep, show and refuse, as AWS does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from xml.etree.ElementTree import Element, SubElement

from emulator.plugin.borrowed import borrow, replace
from emulator.plugin.resources import Attributes, Create, Created, Delete, Properties, after, amend, tag_map

_route53 = borrow(
    "services.route53",
    "_DEFAULT_NS",
    "_build_delegation_set_el",
    "_caller_refs",
    "_create_hosted_zone",
    "_delete_hosted_zone",
    "_error_response",
    "_find",
    "_parse_body",
    "_records",
    "_tags",
    "_text",
    "_zones",
)
_cfn = borrow("services.cloudformation.provisioners", "_STACK_TAG_PROPERTY")

ZONE = "AWS::Route53::HostedZone"
Response = tuple[int, dict[str, str], bytes]
RESERVED = "example.com"
"""Route 53 makes no public zone of this name, nor below it."""

_NOT_EMPTY = "The specified hosted zone contains non-required resource record sets and so cannot be deleted."


def name_servers() -> list[str]:
    """Return the name servers of each zone, as the API and `Fn::GetAtt` show them."""
    return [name.rstrip(".") for name in _route53._DEFAULT_NS]


def _delegation_set(parent: Element, _zone_name: str) -> None:
    servers = SubElement(SubElement(parent, "DelegationSet"), "NameServers")
    for name in name_servers():
        SubElement(servers, "NameServer").text = name


def _reserved(name: str, *, is_private: bool) -> str | None:
    """Return why nobody can have a public zone of this name, or None."""
    plain = name.lower().rstrip(".")
    if is_private or not (plain == RESERVED or plain.endswith(f".{RESERVED}")):
        return None
    return f"{plain} is reserved by AWS!"


def _refusing(original: Callable[[bytes, Any], Response]) -> Callable[[bytes, Any], Response]:
    """Refuse reserved names, and references that a zone was made with already."""

    def create(body: bytes, query: Any) -> Response:
        root = _route53._parse_body(body)
        if root is None:
            return original(body, query)
        name, reference = _route53._text(root, "Name"), _route53._text(root, "CallerReference")
        if problem := _reserved(name, is_private=_route53._find(root, "VPC") is not None):
            return refused("InvalidDomainName", problem)
        if reference in _route53._caller_refs:
            text = f"A hosted zone has already been created with the specified caller reference {reference}."
            return refused("HostedZoneAlreadyExists", text, 409)
        return located(original(body, query), "hostedzone", _route53._caller_refs.get(reference))

    return create


def refused(code: str, message: str, status: int = 400) -> Response:
    """Return the API's answer to a request that it does not do."""
    response: Response = _route53._error_response(code, message, status)
    return response


def located(response: Response, kind: str, identifier: str | None) -> Response:
    """Add to the answer of a request that makes something where that is; the API promises it."""
    status, headers, body = response
    where = f"https://route53.amazonaws.com/2013-04-01/{kind}/{identifier}"
    return status, {**headers, "Location": where} if identifier else headers, body


def _with_checked_name(original: Create) -> Create:
    def create(logical_id: str, properties: Properties, stack: str) -> Created:
        if problem := _reserved(properties["Name"], is_private=bool(properties.get("VPCs"))):
            raise ValueError(f"{problem} (InvalidDomainName)")
        return original(logical_id, {**properties, "Name": properties["Name"].lower()}, stack)

    return create


def _completed_zone(created: Created, properties: Properties) -> Created:
    identifier, attributes = created
    zone = _route53._zones[identifier]
    zone["vpcs"] = [{"VPCRegion": vpc["VPCRegion"], "VPCId": vpc["VPCId"]} for vpc in properties.get("VPCs") or []]
    zone["private"] = bool(zone["vpcs"])
    _route53._tags["hostedzone", identifier] = tag_map({"Tags": properties.get("HostedZoneTags", [])})
    return identifier, _zone_attributes(attributes, is_private=zone["private"])


def _zone_attributes(attributes: Attributes, *, is_private: bool) -> Attributes:
    """A private zone has no name servers that one could ask from outside."""
    kept = {key: value for key, value in attributes.items() if key != "NameServers"}
    return kept if is_private else {**kept, "NameServers": name_servers()}


def _only_if_empty(original: Delete) -> Delete:
    def delete(identifier: str, properties: Properties) -> None:
        zone = _route53._zones.get(identifier)
        if zone is None:
            return
        own = [record for record in _route53._records[identifier] if record["Name"] == zone["name"]]
        required = [record for record in own if record["Type"] in ("SOA", "NS")]
        if len(required) != len(_route53._records[identifier]):
            raise ValueError(f"{_NOT_EMPTY} (HostedZoneNotEmpty)")
        original(identifier, properties)
        _route53._caller_refs.pop(zone["caller_reference"], None)
        _route53._tags.pop(("hostedzone", identifier), None)

    return delete


def _forgetting_tags(original: Callable[[str], Any]) -> Callable[[str], Any]:
    def delete(identifier: str) -> Any:
        response = original(identifier)
        if identifier not in _route53._zones:
            _route53._tags.pop(("hostedzone", identifier), None)
        return response

    return delete


def install() -> None:
    """Apply the corrections of this module."""
    replace(_route53, "_build_delegation_set_el", lambda _original: _delegation_set)
    replace(_route53, "_create_hosted_zone", _refusing)
    replace(_route53, "_delete_hosted_zone", _forgetting_tags)
    _cfn._STACK_TAG_PROPERTY[ZONE] = ("HostedZoneTags", "list")
    amend(ZONE, create=_with_checked_name)
    amend(ZONE, **after(_completed_zone))
    amend(ZONE, delete=_only_if_empty)
