"""Route 53's record sets: what a batch of changes may do, by the API and by CloudFormation, as on AWS."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from emulator.dns.changes import Change, Record, malformed, refusals
from emulator.plugin.borrowed import borrow, replace
from emulator.plugin.resources import Created, Properties, ResourceType, physical_name, register

_route53 = borrow(
    "services.route53",
    "_change_resource_record_sets",
    "_changes",
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
    "_text",
    "_zones",
)
_cfn = borrow("services.cloudformation.provisioners", "_r53_record_set_build_rs", "_r53_resolve_hosted_zone_id")

_MOST_CHANGES = 1000
"""Changes that are remembered; GetChange is asked within minutes."""


class ChangeRefusedError(ValueError):
    """Route 53 refuses a batch of changes; CloudFormation shows the text."""


def _stored_name(original: Callable[[str], str]) -> Callable[[str], str]:
    r"""Names are kept as Route 53 returns them: in lower case, a wildcard as `\052`."""
    return lambda name: original(name).lower().replace("*", "\\052")


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


def _only_zone_of(properties: Properties) -> str:
    """Return the zone that is named; by its name that has to be the only one, public or private.

    Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-route53-recordset.html
    """
    name = str(properties.get("HostedZoneName") or "")
    if name and not properties.get("HostedZoneId"):
        wanted = _route53._normalise_name(name)
        with _route53._lock:
            found = sum(zone["name"] == wanted for zone in _route53._zones.values())
        if found != 1:
            raise ValueError(f"HostedZoneName {name} has to name one hosted zone, and {found or 'none'} has that name")
    return _zone_of(properties)


def _create(logical_id: str, properties: Properties, stack: str) -> Created:
    records = _record_sets(properties)
    _change_from(_only_zone_of(properties), [], records)
    name = physical_name(stack, logical_id) if "RecordSets" in properties else records[0]["Name"]
    return name, {"Name": name}


def _update(physical_id: str, old: Properties, new: Properties, _stack: str) -> Created:
    _change_from(_zone_of(new), _record_sets(old), _record_sets(new))
    return physical_id, {"Name": physical_id}


def _delete(_physical_id: str, properties: Properties) -> None:
    zone_id = _zone_of(properties)
    if zone_id in _route53._zones:
        _change_from(zone_id, _record_sets(properties), [])


_PLACE = ("HostedZoneId", "HostedZoneName")
TYPES = (
    ResourceType("AWS::Route53::RecordSet", _create, _update, _delete, ("Name", *_PLACE), tags=None),
    ResourceType("AWS::Route53::RecordSetGroup", _create, _update, _delete, _PLACE, tags=None),
)


def install() -> None:
    """Add the types and corrections of this module."""
    register(TYPES)
    replace(_route53, "_normalise_name", _stored_name)
    replace(_route53, "_new_change", _remembering_few)
    replace(_route53, "_change_resource_record_sets", _checked)
