"""What Route 53 refuses in a batch of changes, and in which words."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

Record = Mapping[str, Any]
"""A record set in the form of the API (`ResourceRecords` a list of texts)."""

Change = tuple[str, Record]
"""`CREATE`, `UPSERT` or `DELETE`, and the record set."""

Zones = Mapping[str, Sequence[Record]]
"""The record sets of all zones of the account, by the zones' ids."""

_POLICIES = {
    "Weight": "weighted",
    "Failover": "failover",
    "Region": "latency",
    "GeoLocation": "geolocation",
    "GeoProximityLocation": "geoproximity",
    "CidrRoutingConfig": "cidr",
    "MultiValueAnswer": "multivalue",
}
"""Routing policies, by the element of a record set that makes it one of them."""


def malformed(changes: Sequence[Change]) -> str | None:
    """Return what makes a batch no valid request at all (`InvalidInput`), or None."""
    for action, record in changes:
        is_alias = "AliasTarget" in record
        has_values = record.get("TTL") is not None and bool(record.get("ResourceRecords"))
        if is_alias is has_values or (is_alias and record.get("TTL") is not None):
            found = "more than one" if is_alias else "none"
            return (
                "Invalid request: Expected exactly one of [AliasTarget, all of [TTL, and ResourceRecords], or "
                f"TrafficPolicyInstanceId], but found {found} in Change with [Action={action}, "
                f"Name={record['Name']}, Type={record['Type']}, SetIdentifier={record.get('SetIdentifier') or 'null'}]"
            )
    return None


def refusals(zone_id: str, zone_name: str, zones: Zones, changes: Sequence[Change]) -> list[str]:
    """Return why a batch is refused (`InvalidChangeBatch`), nothing if it is not.

    :param zone_name: of the zone that is changed, with a dot at its end.
    """
    records = {_key(record): record for record in zones.get(zone_id, ())}
    found: list[str] = []
    for action, record in changes:
        current = records.get(_key(record))
        found += _against_current(action, record, current)
        if action == "DELETE":
            found += _required(zone_name, record)
            records.pop(_key(record), None)
        else:
            found += _misplaced(zone_name, record)
            found += _conflicts(zone_name, record, list(records.values()))
            found += _illegal_addresses(record)
            records[_key(record)] = record
    after = {**zones, zone_id: list(records.values())}
    for record in (record for action, record in changes if action != "DELETE"):
        found += _against_siblings(record, after[zone_id])
        found += _missing_targets(record, after)
    return found


def _key(record: Record) -> tuple[str, str, str]:
    return record["Name"], record["Type"], record.get("SetIdentifier", "")


def _named(record: Record) -> str:
    identifier = f", set-identifier='{record['SetIdentifier']}'" if record.get("SetIdentifier") else ""
    return f"resource record set [name='{record['Name']}', type='{record['Type']}'{identifier}]"


def _against_current(action: str, record: Record, current: Record | None) -> Iterator[str]:
    if action == "CREATE" and current is not None:
        yield f"Tried to create {_named(record)} but it already exists"
    if action == "DELETE" and current is None:
        yield f"Tried to delete {_named(record)} but it was not found"
    elif action == "DELETE" and current is not None and _values(current) != _values(record):
        yield f"Tried to delete {_named(record)} but the values provided do not match the current values"


def _values(record: Record) -> dict[str, Any]:
    values = {key: value for key, value in record.items() if key not in ("Name", "Type", "SetIdentifier")}
    return {**values, "ResourceRecords": sorted(values.get("ResourceRecords", ()))}


def _required(zone_name: str, record: Record) -> Iterator[str]:
    if record["Name"] == zone_name and record["Type"] == "SOA":
        yield "A HostedZone must contain exactly one SOA record."
    if record["Name"] == zone_name and record["Type"] == "NS":
        yield "A HostedZone must contain at least one NS record for the zone itself."


def _misplaced(zone_name: str, record: Record) -> Iterator[str]:
    name = record["Name"]
    if name != zone_name and not name.endswith(f".{zone_name}"):
        yield f"RRSet with DNS name {name} is not permitted in zone {zone_name}"
    elif name == zone_name and record["Type"] == "CNAME":
        yield f"RRSet of type CNAME with DNS name {name} is not permitted at apex in zone {zone_name}"


def _conflicts(zone_name: str, record: Record, others: Sequence[Record]) -> Iterator[str]:
    kinds = {other["Type"] for other in others if other["Name"] == record["Name"]} - {record["Type"]}
    if record["Type"] == "CNAME" and kinds and record["Name"] != zone_name:
        yield (
            f"RRSet of type CNAME with DNS name {record['Name']} is not permitted as it conflicts with other records "
            f"with the same DNS name in zone {zone_name}"
        )
    elif "CNAME" in kinds:
        yield (
            f"RRSet of type {record['Type']} with DNS name {record['Name']} is not permitted because a conflicting "
            f"RRSet of type CNAME with the same DNS name already exists in zone {zone_name}"
        )


def _against_siblings(record: Record, others: Sequence[Record]) -> Iterator[str]:
    """Yield why a record set cannot stand beside those of its name and type: all have one policy, and one is primary.

    They are compared as they are after the batch, so that one batch may change all of them. The words are Route 53's
    where a weighted set comes to another one, and made like them elsewhere.
    Source: https://docs.aws.amazon.com/Route53/latest/APIReference/API_ResourceRecordSet.html
    """
    named = f"DNS name {record['Name']}, type {record['Type']}"
    if record.get("SetIdentifier"):
        named += f", SetIdentifier {record['SetIdentifier']}"
    policy, role = _policy(record), record.get("Failover")
    siblings = [each for each in others if _key(each)[:2] == _key(record)[:2] and _key(each) != _key(record)]
    if any(_policy(each) != policy for each in siblings):
        yield f"RRSet with {named} cannot be created as a non-{policy} set exists with the same name and type."
    elif role is not None and any(each["Failover"] == role for each in siblings):
        yield f"RRSet with {named} cannot be created as a failover {role} set exists with the same name and type."


def _policy(record: Record) -> str:
    return next((policy for key, policy in _POLICIES.items() if record.get(key) is not None), "simple")


def _illegal_addresses(record: Record) -> Iterator[str]:
    known = {"A": (ipaddress.IPv4Address, "ARRDATAIllegalIPv4Address", "IPv4"),
             "AAAA": (ipaddress.IPv6Address, "AAAARRDATAIllegalIPv6Address", "IPv6")}  # fmt: skip
    if record["Type"] not in known:
        return
    form, code, version = known[record["Type"]]
    for value in record.get("ResourceRecords", ()):
        try:
            form(value)
        except ValueError:
            yield (
                f"Invalid Resource Record: 'FATAL problem: {code} (Value is not a valid {version} address) "
                f"encountered with '{value}''"
            )


def _missing_targets(record: Record, zones: Zones) -> Iterator[str]:
    target = record.get("AliasTarget")
    if target is None or target["HostedZoneId"] not in zones:
        return
    names = {(other["Name"], other["Type"]) for other in zones[target["HostedZoneId"]]}
    wildcard = "\\052." + target["DNSName"].partition(".")[2]
    if not {(target["DNSName"], record["Type"]), (wildcard, record["Type"])} & names:
        yield (
            f"Tried to create an alias that targets {target['DNSName']}, type {record['Type']} in zone "
            f"{target['HostedZoneId']}, but that target was not found"
        )
