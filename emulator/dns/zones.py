"""Hosted zones as plain values: which names there are, and which record sets they have.

Only reads them as Route 53's API shows them; what a question is answered with stands in :mod:`emulator.dns.answers`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from typing import Any

WILDCARD = "*"


class Policy(Enum):
    """How Route 53 chooses among the record sets of one name and type."""

    SIMPLE = "simple"
    WEIGHTED = "weighted"
    FAILOVER = "failover"
    MULTIVALUE = "multivalue"
    BY_PLACE = "by place"
    """By latency, geography or network of whoever asks."""


@dataclass(frozen=True)
class Alias:
    """Where an alias record set leads.

    :param zone_id: hosted zone of the target, which may be one of AWS's own.
    :param name: the target, normalised.
    :param evaluates_health: whether the record set is only as healthy as its target.
    """

    zone_id: str
    name: str
    evaluates_health: bool


@dataclass(frozen=True)
class RecordSet:
    """One record set.

    :param name: normalised, see :func:`normalised`.
    :param kind: `A`, `TXT`, ...
    :param ttl: seconds; None for an alias.
    :param values: as in a zone file; empty for an alias.
    :param weight: of a weighted one.
    :param is_primary: of one for failover.
    :param health_check: id, or None.
    """

    name: str
    kind: str
    ttl: int = 0
    values: tuple[str, ...] = ()
    alias: Alias | None = None
    policy: Policy = Policy.SIMPLE
    weight: int = 0
    is_primary: bool = False
    health_check: str | None = None


@dataclass(frozen=True)
class Zone:
    """One hosted zone.

    :param name: normalised.
    """

    identifier: str
    name: str
    is_private: bool
    record_sets: tuple[RecordSet, ...]

    @cached_property
    def _by_key(self) -> dict[tuple[str, str], list[RecordSet]]:
        found: dict[tuple[str, str], list[RecordSet]] = {}
        for record_set in self.record_sets:
            found.setdefault((record_set.name, record_set.kind), []).append(record_set)
        return found

    @cached_property
    def _names(self) -> set[str]:
        """All names that exist, those included that only have names below them."""
        return {name for record_set in self.record_sets for name in (record_set.name, *above(record_set.name))}

    def get(self, name: str, kind: str) -> list[RecordSet]:
        """Return the record sets of a name and type; several where a routing policy chooses among them."""
        return self._by_key.get((name, kind), [])

    def owner_of(self, name: str) -> str | None:
        """Return the name whose record sets answer for a name: itself, a wildcard, or None if it does not exist.

        Source: RFC 4592, section 3.3: a wildcard stands only for names that do not exist, directly or anywhere below.
        """
        if name in self._names:
            return name
        for ancestor in above(name):
            if ancestor in self._names:
                wildcard = f"{WILDCARD}.{ancestor}"
                return wildcard if wildcard in self._names else None
        return None

    def delegation_of(self, name: str) -> list[RecordSet]:
        """Return the NS record set that gives a name to other name servers, if there is one."""
        for candidate in (name, *above(name)):
            if candidate == self.name:
                break
            if found := self.get(candidate, "NS"):
                return found
        return []


def above(name: str) -> Sequence[str]:
    """Return the names above a normalised one, the nearest first, without the root."""
    labels = name.split(".")[:-1]
    return [".".join(labels[start:]) + "." for start in range(1, len(labels))]


def normalised(name: str) -> str:
    r"""Return a domain name in lower case, with a dot at its end and without Route 53's escapes (`\052` is `*`)."""
    plain = re.sub(r"\\([0-7]{3})", lambda escape: chr(int(escape[1], 8)), name)
    return plain.lower().rstrip(".") + "."


def zone_of(zones: Sequence[Zone], name: str) -> Zone | None:
    """Return the zone that answers for a name: the nearest, and a private one before a public one of the same name."""
    names = {name, *above(name)}
    mine = [zone for zone in zones if zone.name in names]
    return max(mine, key=lambda zone: (len(zone.name), zone.is_private), default=None)


def record_set(record: Mapping[str, Any]) -> RecordSet:
    """Read a record set in the form of the API (`ResourceRecords` a list of texts)."""
    target = record.get("AliasTarget")
    alias = target and Alias(target["HostedZoneId"], normalised(target["DNSName"]), target["EvaluateTargetHealth"])
    return RecordSet(
        name=normalised(record["Name"]),
        kind=record["Type"],
        ttl=int(record.get("TTL") or 0),
        values=tuple(record.get("ResourceRecords", ())),
        alias=alias or None,
        policy=_policy(record),
        weight=int(record.get("Weight") or 0),
        is_primary=record.get("Failover") == "PRIMARY",
        health_check=record.get("HealthCheckId") or None,
    )


def _policy(record: Mapping[str, Any]) -> Policy:
    if any(record.get(key) for key in ("Region", "GeoLocation", "GeoProximityLocation", "CidrRoutingConfig")):
        return Policy.BY_PLACE
    if record.get("Failover"):
        return Policy.FAILOVER
    if record.get("MultiValueAnswer"):
        return Policy.MULTIVALUE
    return Policy.SIMPLE if record.get("Weight") is None else Policy.WEIGHTED
