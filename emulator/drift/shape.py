"""What an API answers in the shape that a template has: functions for the expressions, and what is compared of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

_PEERS = {"Source": "SourceSecurityGroupId", "Destination": "DestinationSecurityGroupId"}
_NAMED_PAIRS = ("LoadBalancerAttributes", "TargetGroupAttributes")
"""Lists of keys and values of which a service tells all, and a template only some."""


_NAMES = {"launchPermission": "LaunchPermissionConfiguration"}
"""What templates call otherwise than the API does (Image Builder)."""


def pascal(value: Any) -> Any:
    """Return an object of an API whose keys begin with small letters as the template has it; keys of tags stay.

    >>> pascal({"instanceTypes": ["t3.nano"], "tags": {"a:b": "c"}})
    {'InstanceTypes': ['t3.nano'], 'Tags': {'a:b': 'c'}}
    """
    match value:
        case dict():
            return {
                _NAMES.get(key, key[:1].upper() + key[1:]): inner
                if key.lower().endswith(("tags", "tagmap"))
                else pascal(inner)
                for key, inner in value.items()
            }
        case list():
            return [pascal(inner) for inner in value]
    return value


def undotted(name: str | None) -> str | None:
    """Return a domain name without the dot of the root."""
    return name.removesuffix(".") if name else name


def parsed(text: str | None) -> Any:
    """Return what a JSON document says."""
    return json.loads(text) if text else None


def split(text: str | None, separator: str) -> list[str] | None:
    """Return the parts of a text."""
    return text.split(separator) if text else None


def rules(permissions: list[dict[str, Any]] | None, peer: str) -> list[dict[str, Any]]:
    """Return the rules of a security group as a template lists them.

    :param permissions: `IpPermissions` or `IpPermissionsEgress`.
    :param peer: `Source` or `Destination`.
    """
    found = []
    for permission in permissions or []:
        base = {key: permission[key] for key in ("IpProtocol", "FromPort", "ToPort") if key in permission}
        peers = [{"CidrIp": each["CidrIp"], **_described(each)} for each in permission.get("IpRanges", [])]
        peers += [{"CidrIpv6": each["CidrIpv6"], **_described(each)} for each in permission.get("Ipv6Ranges", [])]
        peers += [
            {_PEERS[peer]: each["GroupId"], **_described(each)} for each in permission.get("UserIdGroupPairs", [])
        ]
        found += [{**base, **each} for each in peers]
    return found


def _described(peer: Mapping[str, Any]) -> dict[str, Any]:
    return {"Description": peer["Description"]} if peer.get("Description") else {}


def statement(policy: str | None, identifier: str) -> dict[str, Any] | None:
    """Return a statement of a function's policy as the properties of a permission, or None if there is none."""
    for each in parsed(policy).get("Statement", []) if policy else []:
        if each.get("Sid") == identifier:
            principal = each.get("Principal")
            found = principal if isinstance(principal, str) else next(iter(principal.values()), None)
            return {"Action": each.get("Action"), "Principal": found}
    return None


def same_rule(wanted: Mapping[str, Any], rule: Mapping[str, Any]) -> bool:
    """Tell whether two rules of a security group let the same through, whatever they are described as."""
    keys = (wanted.keys() | rule.keys()) - {"Description", "GroupId", "SourceSecurityGroupOwnerId"}
    return all(str(wanted.get(key)) == str(rule.get(key)) for key in keys)


def plain(value: Any) -> Any:
    """Return a value without members that are not set, and with whole numbers as such."""
    match value:
        case dict():
            return {key: plain(inner) for key, inner in value.items() if inner is not None}
        case list():
            return [plain(inner) for inner in value]
        case float() if value.is_integer():
            return int(value)
    return value


def compared(expected: Any, actual: Any, name: str = "") -> Any:
    """Return what is compared of how something is: of an object the members that the template sets.

    :param name: the property at hand; of some lists of keys and values only those that the template sets count.
    """
    if name.endswith(("Document", "Policy")):
        return actual
    match expected, actual:
        case dict(), dict():
            return {key: compared(expected[key], actual[key], key) for key in expected if key in actual}
        case list(), list() if name in _NAMED_PAIRS:
            keys = {pair["Key"] for pair in expected}
            return [pair for pair in actual if pair["Key"] in keys]
        case list(), list():
            return [compared(_most_alike(expected, each), each) for each in actual]
        case str(), str() if undotted(expected) == undotted(actual):
            return expected
    return actual


def _most_alike(expected: list[Any], one: Any) -> Any:
    """Return the object of a list that has most members in common with one; none if none has any."""
    if not isinstance(one, dict):
        return next((each for each in expected if str(each) == str(one)), None)

    def likeness(each: Any) -> int:
        return sum(1 for key in each if str(each[key]) == str(one.get(key))) if isinstance(each, dict) else 0

    best = max(expected, key=likeness, default=None)
    return best if best is not None and likeness(best) else None


def filled(pattern: Any, values: Mapping[str, Any]) -> Any:
    """Return a parameter with `{name}` replaced; a parameter whose value is not set is left out."""
    match pattern:
        case str():
            for name, value in values.items():
                pattern = pattern.replace(f"{{{name}}}", str(value)) if isinstance(value, str | int) else pattern
            return pattern
        case list():
            return [filled(each, values) for each in pattern]
        case dict():
            whole = {key: filled(each, values) for key, each in pattern.items()}
            return {key: each for key, each in whole.items() if not (isinstance(each, str) and each.startswith("{"))}
    return pattern
