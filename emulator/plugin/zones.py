"""Route 53's hosted zones and record sets: what CloudFormation and the API keep, show and refuse, as AWS does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from xml.etree.ElementTree import Element, SubElement

from emulator.dns.changes import Change, Record, malformed, refusals
from emulator.plugin.borrowed import borrow, replace
from emulator.plugin.resources import (
    Attributes,
    Created,
    Delete,
    Properties,
    ResourceType,
    after,
    amend,
    physical_name,
    register,
    tag_map,
)

_route53 = borrow(
    "services.route53",
    "_DEFAULT_NS",
    "_build_delegation_set_el",
    "_caller_refs",
    "_change_resource_record_sets",
    "_changes",
    "_delete_hosted_zone",
    "_error_response",
    "_find",
    "_findall",
    "_lock",
    "_new_change",
    "_normalise_name",
    "_parse_body",
    "_parse_record_set",
    "_records",
    "_rs_key",
    "_tags",
    "_text",
    "_zones",
)
_cfn = borrow(
    "services.cloudformation.provisioners",
    "_STACK_TAG_PROPERTY",
    "_r53_record_set_build_rs",
    "_r53_resolve_hosted_zone_id",
)

ZONE = "AWS::Route53::HostedZone"
_MOST_CHANGES = 1000
"""Changes that are remembered; GetChange is asked within minutes."""

_NOT_EMPTY = "The specified hosted zone contains non-required resource record sets and so cannot be deleted."


class ChangeRefusedError(ValueError):
    """Route 53 refuses a batch of changes; CloudFormation shows the text."""


def name_servers() -> list[str]:
    """Return the name servers of each zone, as the API and `Fn::GetAtt` show them."""
    return [name.rstrip(".") for name in _route53._DEFAULT_NS]


def _stored_name(original: Callable[[str], str]) -> Callable[[str], str]:
    r"""Names are kept as Route 53 returns them: in lower case, a wildcard as `\052`."""
    return lambda name: original(name).lower().replace("*", "\\052")


def _delegation_set(parent: Element, _zone_name: str) -> None:
    servers = SubElement(SubElement(parent, "DelegationSet"), "NameServers")
    for name in name_servers():
        SubElement(servers, "NameServer").text = name


def _remembering_few(original: Callable[..., Any]) -> Callable[..., Any]:
    def new_change(*arguments: Any) -> Any:
        for forgotten in list(_route53._changes)[: -_MOST_CHANGES + 1]:
            _route53._changes.pop(forgotten)
        return original(*arguments)

    return new_change


def _checked(original: Callable[[str, bytes], Any]) -> Callable[[str, bytes], Any]:
    """Refuse what Route 53 refuses, and leave the rest to the emulator."""

    def change(zone_id: str, body: bytes) -> Any:
        changes = _parsed(body)
        if problem := malformed(changes):
            return _route53._error_response("InvalidInput", problem)
        with _route53._lock:
            problems = _refusals(zone_id, changes)
        if problems:
            return _route53._error_response("InvalidChangeBatch", f"[{', '.join(problems)}]")
        return original(zone_id, body)

    return change


def _parsed(body: bytes) -> list[Change]:
    """Return the changes of a request; none where the emulator has its own word on what is wrong with it."""
    root = _route53._parse_body(body)
    found = root if root is None else _route53._find(root, "ChangeBatch")
    found = found if found is None else _route53._find(found, "Changes")
    changes = [] if found is None else _route53._findall(found, "Change")
    pairs = [(_route53._text(each, "Action"), _route53._find(each, "ResourceRecordSet")) for each in changes]
    return [(action, _route53._parse_record_set(record)) for action, record in pairs if record is not None]


def _refusals(zone_id: str, changes: list[Change]) -> list[str]:
    zone = _route53._zones.get(zone_id)
    return refusals(zone_id, zone["name"], dict(_route53._records.items()), changes) if zone else []


def apply(zone_id: str, changes: list[Change]) -> None:
    """Do a batch of changes, all or nothing.

    :raises ChangeRefusedError: if Route 53 would refuse it.
    """
    with _route53._lock:
        if zone_id not in _route53._zones:
            raise ChangeRefusedError(f"No hosted zone found with ID: {zone_id} (NoSuchHostedZone)")
        if problem := malformed(changes):
            raise ChangeRefusedError(f"{problem} (InvalidInput)")
        if problems := _refusals(zone_id, changes):
            raise ChangeRefusedError(f"[{', '.join(problems)}] (InvalidChangeBatch)")
        records = {_route53._rs_key(record): record for record in _route53._records[zone_id]}
        for action, record in changes:
            if action == "DELETE":
                records.pop(_route53._rs_key(record))
            else:
                records[_route53._rs_key(record)] = record
        _route53._records[zone_id] = list(records.values())


def _change_from(zone_id: str, old: list[Record], new: list[Record]) -> None:
    """Bring a zone from some record sets to others. What is no longer there need not be removed, whatever it holds."""
    present = {_route53._rs_key(record): record for record in _route53._records.get(zone_id, ())}
    keys, before = ([_route53._rs_key(record) for record in records] for records in (new, old))
    removed = [present[key] for key in before if key in present and key not in keys]
    added = [("UPSERT" if key in before else "CREATE", record) for key, record in zip(keys, new, strict=True)]
    changes: list[Change] = [*(("DELETE", record) for record in removed), *added]
    if changes:
        apply(zone_id, changes)


def _record_sets(properties: Properties) -> list[Record]:
    """Return the record set of a template, or all of a group."""
    members = properties.get("RecordSets", [properties] if "Type" in properties else [])
    return [_cfn._r53_record_set_build_rs(member) for member in members]


def _zone_of(properties: Properties) -> str:
    return str(_cfn._r53_resolve_hosted_zone_id(properties))


def _create(logical_id: str, properties: Properties, stack: str) -> Created:
    records = _record_sets(properties)
    _change_from(_zone_of(properties), [], records)
    name = physical_name(stack, logical_id) if "RecordSets" in properties else records[0]["Name"]
    return name, {"Name": name}


def _update(physical_id: str, old: Properties, new: Properties, _stack: str) -> Created:
    _change_from(_zone_of(new), _record_sets(old), _record_sets(new))
    return physical_id, {"Name": physical_id}


def _delete(_physical_id: str, properties: Properties) -> None:
    zone_id = _zone_of(properties)
    if zone_id in _route53._zones:
        _change_from(zone_id, _record_sets(properties), [])


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


_PLACE = ("HostedZoneId", "HostedZoneName")
TYPES = (
    ResourceType("AWS::Route53::RecordSet", _create, _update, _delete, ("Name", *_PLACE), tags=None),
    ResourceType("AWS::Route53::RecordSetGroup", _create, _update, _delete, _PLACE, tags=None),
)


def install() -> None:
    """Add the types and corrections of this module."""
    register(TYPES)
    replace(_route53, "_normalise_name", _stored_name)
    replace(_route53, "_build_delegation_set_el", lambda _original: _delegation_set)
    replace(_route53, "_new_change", _remembering_few)
    replace(_route53, "_change_resource_record_sets", _checked)
    replace(_route53, "_delete_hosted_zone", _forgetting_tags)
    _cfn._STACK_TAG_PROPERTY[ZONE] = ("HostedZoneTags", "list")
    amend(ZONE, **after(_completed_zone))
    amend(ZONE, delete=_only_if_empty)
