"""Settings of the dns and the records stack, and the rules about names and how Route 53 chooses among them."""

from collections.abc import Sequence
from enum import StrEnum
from ipaddress import ip_network
from typing import Annotated, Literal

from pydantic import Field

from config.models.base import DomainName, HostedZoneId, HostName, Model, Region
from config.models.regions import UNKNOWN_TO_ROUTE53
from contract.components import Function

LONGEST_NAME = 253
"""Characters of a domain name. Source: https://www.rfc-editor.org/rfc/rfc1035 (2.3.4), without the dot at the end."""

KNOWN_CHECKERS = ("54.183.255.128/26", "54.228.16.0/26")
"""Two of the networks that Route 53's health checkers ask from; whoever leaves these out has left out all.

Source: https://ip-ranges.amazonaws.com/ip-ranges.json (service ROUTE53_HEALTHCHECKS)
"""

Weight = Annotated[int, Field(ge=0, le=255)]


class ZoneVisibility(StrEnum):
    """Who can ask the zone."""

    PRIVATE = "private"
    PUBLIC = "public"


class Routing(StrEnum):
    """How Route 53 chooses among the regions that have the same name."""

    SIMPLE = "simple"
    WEIGHTED = "weighted"
    FAILOVER = "failover"


class NameCheckKind(StrEnum):
    """How Route 53 finds out whether a region can be sent people.

    `TARGETS`: the load balancer tells it; costs nothing. `ALARM`: in addition, an alarm on healthy instances.
    `ENDPOINT`: in addition, Route 53 connects to the load balancer from the internet.
    """

    TARGETS = "targets"
    ALARM = "alarm"
    ENDPOINT = "endpoint"


class Dns(Model):
    """The hosted zone."""

    zone_name: DomainName = "slipway.internal"
    """Domain name of the hosted zone. Another name makes another zone: AWS deletes none that still has records, so the
    old one is left to you."""

    visibility: ZoneVisibility = ZoneVisibility.PRIVATE
    """Whether the zone answers the internet, or only the VPC; a new private zone serves one region."""

    existing_zone_id: HostedZoneId | None = None
    """Id of an existing hosted zone to use, which is neither changed nor deleted; none to create one. With several
    regions a new one is found by its name outside of the first, so name the id where the account has two zones of
    that name."""


class NameCheck(Model):
    """How Route 53 finds out whether a region can be sent people; it sends them elsewhere while it cannot."""

    kind: NameCheckKind = NameCheckKind.TARGETS
    """Who tells: the load balancer's targets alone, or an alarm, or an endpoint check too. An endpoint check needs a
    load balancer on the internet whose allowed clients include Route 53's checkers."""

    interval_seconds: Literal[10, 30] = 30
    """Time, in seconds, between two looks of one checker at an endpoint; another one makes a new health check."""

    failure_threshold: int = Field(default=3, ge=1, le=10)
    """Failed looks in a row, or minutes without a healthy instance, after which a region counts as unhealthy."""


class Records(Model):
    """Names in the hosted zone."""

    subdomains: tuple[HostName, ...] = Field(default=("proxy",), min_length=1, max_length=20)
    """Names of the proxy: one word is put before the zone's name, anything with dots is a full name inside the zone.
    The first is the one that outputs tell."""

    function_names: bool = False
    """Whether each function gets a name, such as `html-service.us-east-1.slipway.internal`, with a TXT record that
    holds its URL. It is for looking up, not for calling: a function's certificate is for its own URL only, so neither
    an alias nor a CNAME to it can be called by HTTPS."""

    ttl_seconds: int = Field(default=300, ge=1, le=86_400)
    """Time, in seconds, for which an answer may be kept; for the functions' names, as an alias has the target's."""

    routing: Routing = Routing.WEIGHTED
    """How Route 53 chooses among regions: `simple` for one region alone, `weighted` for any number, `failover` for two.
    With one region all choose it; `weighted` lets another one be added without touching the record that is there. With
    two or more, Route 53 refuses to change it region by region: `docs/how-to/add-a-region.md` says how it is done."""

    weights: dict[Region, Weight] = {}
    """Shares of the regions where routing is weighted, 0 to 255; 100 where none is given, 0 to send nobody."""

    primary_region: Region | None = None
    """Region that gets everybody while it is healthy, where routing is failover; none for the first of `regions`. To
    change it takes the steps of a change of `routing`."""

    health: NameCheck = NameCheck()
    """How Route 53 finds out whether a region can be sent people."""

    def weight(self, region: str) -> int:
        """Return a region's share where routing is weighted."""
        return self.weights.get(region, 100)


def full_name(subdomain: str, zone_name: str) -> str:
    """Return a name in full: one word is put before the zone's name, anything with dots is full already."""
    return subdomain if "." in subdomain else f"{subdomain}.{zone_name}"


def function_label(function: Function, region: str) -> str:
    """Return a function's name below the zone's; with the region, since each has functions of its own."""
    return f"{function.value}.{region}"


def check_names(dns: Dns, records: Records, regions: Sequence[str]) -> None:
    """Check that all names are inside of the zone, and that no two are the same.

    :raises ValueError: if not.
    """
    full = [full_name(subdomain, dns.zone_name) for subdomain in records.subdomains]
    for written, name in zip(records.subdomains, full, strict=True):
        if name != dns.zone_name and not name.endswith(f".{dns.zone_name}"):
            raise ValueError(
                f"records.subdomains {written}: not inside dns.zone_name {dns.zone_name}; write one word without dots, "
                f"or a full name that ends with .{dns.zone_name}"
            )
        if len(name) > LONGEST_NAME:
            raise ValueError(
                f"records.subdomains {written}: {name} has {len(name)} characters, and a name has at most "
                f"{LONGEST_NAME}; shorten it, or dns.zone_name"
            )
    if records.function_names:
        full += [f"{function_label(each, region)}.{dns.zone_name}" for region in regions for each in Function]
    twice = sorted({name for name in full if full.count(name) > 1})
    if twice:
        raise ValueError(
            f"records.subdomains {', '.join(records.subdomains)}: {', '.join(twice)} is there twice; name each once"
        )


def check_routing(records: Records, regions: Sequence[str]) -> None:
    """Check that the routing policy fits the number of regions, and its values the policy.

    :raises ValueError: if not.
    """
    named = {"weights": tuple(records.weights), "primary_region": (records.primary_region,)}
    for key, found in named.items():
        if strangers := [region for region in found if region is not None and region not in regions]:
            raise ValueError(
                f"records.{key} {', '.join(strangers)}: not among the regions {', '.join(regions)}; "
                "add it there, or take it out"
            )
    if records.weights and records.routing is not Routing.WEIGHTED:
        raise ValueError(
            f"records.routing {records.routing.value}: weights mean nothing to it; make it weighted, or take "
            "records.weights out"
        )
    if records.primary_region is not None and records.routing is not Routing.FAILOVER:
        raise ValueError(
            f"records.routing {records.routing.value}: a primary region means nothing to it; make it failover, or "
            "take records.primary_region out"
        )
    if records.routing is Routing.SIMPLE and len(regions) > 1:
        raise ValueError(
            f"records.routing simple: leads to one load balancer, and there are {len(regions)} regions; "
            "choose weighted, or failover for two regions"
        )
    if records.routing is Routing.FAILOVER and len(regions) != 2:
        raise ValueError(
            f"records.routing failover: has one primary and one secondary region, and there are {len(regions)} "
            "regions; choose weighted"
        )
    if records.routing is Routing.WEIGHTED and not any(records.weight(region) for region in regions):
        raise ValueError(
            "records.weights: every region has 0, which Route 53 takes for equal shares; give one that gets people more"
        )


def check_zone(dns: Dns, regions: Sequence[str]) -> None:
    """Check that the zone can serve all regions.

    :raises ValueError: if not.
    """
    if dns.visibility is ZoneVisibility.PRIVATE and dns.existing_zone_id is None and len(regions) > 1:
        raise ValueError(
            f"dns.visibility private: a new private zone answers the VPC of one region, and there are {len(regions)}; "
            "make it public, or make a zone, associate it with the VPC of each region, and name it in "
            "dns.existing_zone_id"
        )
    strangers = [region for region in regions if region in UNKNOWN_TO_ROUTE53]
    if dns.visibility is ZoneVisibility.PRIVATE and dns.existing_zone_id is None and strangers:
        raise ValueError(
            f"dns.visibility private: Route 53 has no private zones for VPCs in {', '.join(strangers)}; make it public"
        )


def check_health(records: Records, regions: Sequence[str]) -> None:
    """Check that Route 53 can watch an alarm in each region, if it is to.

    :raises ValueError: if it cannot.
    """
    strangers = [region for region in regions if region in UNKNOWN_TO_ROUTE53]
    if records.health.kind is NameCheckKind.ALARM and strangers:
        raise ValueError(
            f"records.health.kind alarm: Route 53 watches no alarms in {', '.join(strangers)}; choose targets, or "
            "endpoint for a load balancer on the internet"
        )


def check_endpoint(records: Records, *, on_internet: bool, client_networks: Sequence[str]) -> None:
    """Check that Route 53 can connect to what it is to check.

    :param on_internet: whether the load balancer has addresses there.
    :param client_networks: CIDR blocks whose clients are served; none for everyone.
    :raises ValueError: if it cannot.
    """
    if records.health.kind is not NameCheckKind.ENDPOINT:
        return
    if not on_internet:
        raise ValueError(
            "records.health.kind endpoint: Route 53 asks from the internet, where an internal load balancer has no "
            "address; choose alarm, which sees instances from inside, or targets"
        )
    blocks = [ip_network(block) for block in client_networks]
    shut_out = [
        checker
        for checker in map(ip_network, KNOWN_CHECKERS)
        if blocks and not any(block.version == 4 and checker.subnet_of(block) for block in blocks)  # type: ignore[arg-type]
    ]
    if shut_out:
        raise ValueError(
            f"records.health.kind endpoint: Route 53's checkers, such as {shut_out[0]}, are not among "
            "proxy.allowed_client_networks, so that every check would fail; add the networks of ROUTE53_HEALTHCHECKS "
            "in https://ip-ranges.amazonaws.com/ip-ranges.json, or choose alarm"
        )
