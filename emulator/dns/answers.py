"""Answer one DNS question from hosted zones, as the name servers of Route 53 do."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from emulator.dns.routing import NoChoiceError, choose
from emulator.dns.zones import Alias, RecordSet, Zone, normalised, zone_of

LONGEST_CHAIN = 16
"""Names that are followed, of CNAME records and of aliases, before it is given up."""

BALANCER_TTL = 60
"""Seconds; what Route 53 uses for aliases of load balancers."""

_PREFIX = "dualstack."


@dataclass(frozen=True)
class Balancer:
    """What the name of a load balancer leads to.

    :param addresses: IPv4.
    :param is_healthy: whether its target groups have healthy targets.
    """

    addresses: tuple[str, ...]
    is_healthy: bool


@dataclass(frozen=True)
class View:
    """All that answers depend on.

    :param is_healthy: tells it of a health check, by its id.
    :param balancer: returns the load balancer of a normalised DNS name, or None if there is none.
    :param source: what chance decides by.
    """

    zones: Sequence[Zone]
    is_healthy: Callable[[str], bool]
    balancer: Callable[[str], Balancer | None]
    source: random.Random


@dataclass(frozen=True)
class Record:
    """One resource record.

    :param ttl: seconds.
    :param value: as in a zone file.
    """

    name: str
    kind: str
    ttl: int
    value: str


@dataclass(frozen=True)
class Answer:
    """What a question is answered with.

    :param code: `NOERROR`, `NXDOMAIN`, `REFUSED` or `SERVFAIL`.
    :param authority: where there is no record of the wanted type, the zone's SOA record; for a delegated name, the
        name servers that know it.
    """

    code: str
    records: tuple[Record, ...] = ()
    authority: tuple[Record, ...] = ()
    is_authoritative: bool = True


class _UnresolvableError(Exception):
    """An alias leads to what is not emulated."""


def answer(view: View, name: str, kind: str) -> Answer:
    """Answer a question.

    :param name: in any spelling; it comes back as it is in the answer.
    :param kind: type of record.
    """
    found: list[Record] = []
    try:
        for _ in range(LONGEST_CHAIN):
            step = _look(view, name, kind)
            found += step.records
            last = step.records[-1] if step.records else None
            if last is None or last.kind != "CNAME" or kind == "CNAME":
                # Whoever asked can go on from a chain that leaves our zones.
                code = "NOERROR" if found and step.code == "REFUSED" else step.code
                return Answer(code, tuple(found), step.authority, bool(found) or step.is_authoritative)
            name = last.value
    except (_UnresolvableError, NoChoiceError):
        return Answer("SERVFAIL")
    return Answer("SERVFAIL")


def addresses(view: View, name: str) -> list[str]:
    """Return the IPv4 addresses of a name, none if it has none."""
    return [record.value for record in answer(view, name, "A").records if record.kind == "A"]


def _look(view: View, name: str, kind: str) -> Answer:
    """Look up one name, without following a CNAME record."""
    wanted = normalised(name)
    zone = zone_of(view.zones, wanted)
    if zone is None:
        return _look_at_balancers(view, name, wanted, kind)
    if delegation := zone.delegation_of(wanted):
        return Answer("NOERROR", (), _records(delegation[0].name, delegation[0]), is_authoritative=False)
    owner = zone.owner_of(wanted)
    if owner is None:
        return Answer("NXDOMAIN", (), _start_of(zone))
    for found in (zone.get(owner, kind), zone.get(owner, "CNAME")):
        if records := _expand(view, name, found):
            return Answer("NOERROR", records)
    return Answer("NOERROR", (), _start_of(zone))


def _look_at_balancers(view: View, name: str, wanted: str, kind: str) -> Answer:
    balancer = view.balancer(wanted.removeprefix(_PREFIX))
    if balancer is None:
        return Answer("REFUSED", is_authoritative=False)
    return Answer("NOERROR", _balanced(name, balancer) if kind == "A" else ())


def _balanced(name: str, balancer: Balancer) -> tuple[Record, ...]:
    return tuple(Record(name, "A", BALANCER_TTL, address) for address in balancer.addresses)


def _start_of(zone: Zone) -> tuple[Record, ...]:
    """Return the SOA record that comes with "there is none"; its TTL says how long that may be remembered.

    Source: RFC 2308, section 3: the lesser of the record's TTL and its last field.
    """
    for found in zone.get(zone.name, "SOA"):
        least = min(found.ttl, *(int(value.split()[-1]) for value in found.values))
        return tuple(Record(zone.name, "SOA", least, value) for value in found.values)
    return ()


def _records(name: str, found: RecordSet) -> tuple[Record, ...]:
    return tuple(Record(name, found.kind, found.ttl, value) for value in found.values)


def _expand(view: View, name: str, candidates: Sequence[RecordSet], depth: int = 0) -> tuple[Record, ...]:
    """Choose among record sets, follow aliases, and return what they come to under the name that was asked for."""
    if not candidates:
        return ()
    if depth >= LONGEST_CHAIN:
        raise _UnresolvableError
    chosen = choose(candidates, lambda each: _is_healthy(view, each), view.source)
    return tuple(
        record
        for each in chosen
        for record in (_follow(view, name, each, each.alias, depth) if each.alias else _records(name, each))
    )


def _follow(view: View, name: str, found: RecordSet, alias: Alias, depth: int) -> tuple[Record, ...]:
    if zone := _target_zone(view, alias):
        return _expand(view, name, zone.get(zone.owner_of(alias.name) or "", found.kind), depth + 1)
    balancer = view.balancer(alias.name.removeprefix(_PREFIX))
    if balancer is None:
        raise _UnresolvableError
    return _balanced(name, balancer) if found.kind == "A" else ()


def _target_zone(view: View, alias: Alias) -> Zone | None:
    return next((zone for zone in view.zones if zone.identifier == alias.zone_id), None)


def _is_healthy(view: View, found: RecordSet, depth: int = 0) -> bool:
    """Tell whether a record set may be answered with: by its health check, and by the health of what it leads to."""
    if depth >= LONGEST_CHAIN or (found.health_check and not view.is_healthy(found.health_check)):
        return False
    if not (found.alias and found.alias.evaluates_health):
        return True
    if zone := _target_zone(view, found.alias):
        targets = zone.get(zone.owner_of(found.alias.name) or "", found.kind)
        return any(_is_healthy(view, target, depth + 1) for target in targets)
    balancer = view.balancer(found.alias.name.removeprefix(_PREFIX))
    return balancer is not None and balancer.is_healthy
