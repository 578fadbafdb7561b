"""Rules that concern more than one part of the configuration, each a function that raises `ValueError` or does nothing.

The root applies all of them, so that one broken rule hides none of the others. A message names the keys by their dotted
paths, says why, and ends with the mend after a semicolon.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator, Mapping, Sequence
from ipaddress import ip_network
from itertools import combinations
from typing import TYPE_CHECKING

from pydantic import BaseModel, ValidationError

from config.models import clients, dns, locality, machines
from config.models.base import LOCAL, Removal, zones_of
from config.models.cron import last_year
from config.models.fleet import Scheme
from config.models.quotas import check_client_rules
from config.models.regional import RegionalSettings
from config.models.regions import BUDGET_REGIONS, REGIONS, partition_of
from config.models.safeguards import Rule, check_safeguards

if TYPE_CHECKING:
    from config.models.configuration import Configuration

LOCAL_ACCOUNT = "000000000000"
"""The emulator's account; no account of AWS has this number."""

SECONDS_PER_DAY = 86_400


class BrokenRulesError(ValueError):
    """Several rules are broken at once.

    :param messages: one for each of them.
    """

    def __init__(self, messages: Sequence[str]) -> None:
        self.messages = tuple(messages)
        super().__init__("\n".join(messages))


def check_all(configuration: Configuration) -> None:
    """Apply every rule.

    :raises BrokenRulesError: with what all broken ones say.
    """
    messages = [*_broken(_RULES, configuration), *check_safeguards(configuration)]
    about_regions = _broken(_RULES_ABOUT_REGIONS, configuration)
    # Where the regions themselves are wrong, nothing that stands in them can be judged.
    messages += about_regions or _broken(_RULES_WITHIN_REGIONS, configuration)
    if messages:
        raise BrokenRulesError(list(dict.fromkeys(messages)))


def _broken(rules: Sequence[Callable[[Configuration], None]], configuration: Configuration) -> list[str]:
    messages = []
    for rule in rules:
        try:
            rule(configuration)
        except ValueError as error:
            messages.append(str(error))
    return messages


def check_account(configuration: Configuration) -> None:
    is_local = configuration.environment == LOCAL
    if is_local and configuration.account != LOCAL_ACCOUNT:
        raise ValueError(
            f"account {configuration.account or 'null'}: environment local is the emulator's, and deploys nowhere "
            f'else; write account: "{LOCAL_ACCOUNT}"'
        )
    if not is_local and configuration.account == LOCAL_ACCOUNT:
        raise ValueError(
            f"account {configuration.account}: that is the emulator's account, which environment local has, and no "
            "other; write the twelve digits of yours, or null for that of the credentials in use"
        )


def check_lifetime(configuration: Configuration) -> None:
    hours = configuration.lifetime_hours
    if hours is None:
        return
    if configuration.is_protected:
        raise ValueError(
            f"lifetime_hours {hours}: environment {configuration.environment} is protected, and what people depend on "
            "does not end by itself; take lifetime_hours out"
        )
    if configuration.removal is Removal.RETAIN:
        raise ValueError(
            f"lifetime_hours {hours}: with removal retain the buckets and the secret would stay behind; "
            "make removal destroy, or take lifetime_hours out"
        )
    if configuration.expires_at is None:
        raise ValueError(
            f"lifetime_hours {hours}: counts from created_at, and {configuration.created_at} says no time of day; "
            f"write created_at: {configuration.created_at}T10:00:00Z, for example"
        )


def check_regions(configuration: Configuration) -> None:
    partitions = {partition_of(region): region for region in configuration.regions}
    if len(partitions) > 1:
        raise ValueError(
            f"regions {', '.join(partitions.values())}: they are in the partitions {', '.join(partitions)}, and an "
            "account is in one; make an environment for each partition"
        )
    strangers = [region for region in configuration.regional if region not in configuration.regions]
    if strangers:
        raise ValueError(
            f"regional {', '.join(strangers)}: not among the regions {', '.join(configuration.regions)}; "
            "add it there, or take its values out"
        )


def check_known_regions(configuration: Configuration) -> None:
    unknown = [region for region in configuration.regions if region not in REGIONS]
    excepted = Rule.KNOWN_REGION in configuration.exceptions
    if unknown and not excepted:
        near = [close for region in unknown for close in difflib.get_close_matches(region, REGIONS, n=1)]
        raise ValueError(
            f"regions {', '.join(unknown)}: no region that is known here; write {', '.join(near or REGIONS)}, "
            f"or say in exceptions.{Rule.KNOWN_REGION} how you know that AWS has it"
        )
    if excepted and not unknown:
        raise ValueError(
            f"exceptions.{Rule.KNOWN_REGION}: all regions are known, so there is nothing to except; take it out"
        )


def check_arns(configuration: Configuration) -> None:
    partition = partition_of(configuration.region)
    for path, text in _texts(configuration, ""):
        if not text.startswith("arn:"):
            continue
        _, of, service, _, account, *_ = [*text.split(":"), "", "", "", ""]
        if of != partition:
            raise ValueError(
                f"{path} {text}: is of partition {of}, and the regions are of {partition}; name one of that partition"
            )
        if service == "iam" and account != "aws" and configuration.account not in (None, account):
            raise ValueError(
                f"{path} {text}: is of account {account}, and the deployment goes to account "
                f"{configuration.account}, where only its own roles and policies can be used; name one of that account"
            )


def check_regional(configuration: Configuration) -> None:
    """Check each section again with one region's own values in it."""
    for region in set(configuration.regions) & set(configuration.regional):
        view = configuration.in_region(region)
        for name in RegionalSettings.model_fields:
            section = getattr(view, name)
            try:
                type(section).model_validate(dict(section))
            except ValidationError as error:
                # Each value was looked at where it is written; what is new is that they do not go together.
                broken = [str(found["ctx"]["error"]) for found in error.errors() if found["type"] == "value_error"]
                if broken:
                    raise ValueError(f"regional.{region}.{name}.{broken[0]}") from error


def check_zones(configuration: Configuration) -> None:
    network, regions = configuration.network, configuration.regions
    strangers = [zone for zone in network.zones if zone[:-1] not in regions]
    if strangers:
        raise ValueError(
            f"network.zones {', '.join(strangers)}: not in the regions {', '.join(regions)}; "
            f"name them like {configuration.region}a"
        )
    for region in regions:
        if not 2 <= len(zones_of(region, network.zones)) <= 3:
            raise ValueError(
                f"network.zones {', '.join(network.zones)}: two or three are needed in region {region}; "
                f"name {region}a and {region}b, for example"
            )


def check_places(configuration: Configuration) -> None:
    for region in configuration.regions:
        network = configuration.in_region(region).network
        if not network.zones:
            continue  # it is told by the rule on zones
        try:
            network.check_place()
        except ValueError as error:
            raise ValueError(f"network.{error} (in region {region})") from error
        is_public = configuration.fleet.scheme is Scheme.INTERNET_FACING
        if is_public and network.existing and not network.existing.public_subnets:
            raise ValueError(
                f"fleet.scheme internet-facing: network.existing.public_subnets of region {region} names none that "
                "the load balancer could stand in; name one for each zone, or make the scheme internal"
            )


def check_address_blocks(configuration: Configuration) -> None:
    networks = {region: configuration.in_region(region).network for region in configuration.regions}
    blocks = [(region, ip_network(block)) for region, found in networks.items() for block in found.address_blocks]
    for (one, its), (other, others) in combinations(blocks, 2):
        if one != other and its.overlaps(others):
            raise ValueError(
                f"regions {one} and {other} have the address blocks {its} and {others}, which overlap, so that they "
                f"could never be connected; give regional.{other}.network.cidr another one"
            )


def check_certificates(configuration: Configuration) -> None:
    for region in configuration.regions:
        certificate = configuration.in_region(region).fleet.certificate_arn
        if certificate is not None and certificate.split(":")[3] != region:
            raise ValueError(
                f"fleet.certificate_arn {certificate}: not of region {region}, where the load balancer is; "
                f"give that region one of its own in regional.{region}.fleet.certificate_arn"
            )


def check_volume(configuration: Configuration) -> None:
    fleet, image = configuration.fleet, configuration.image
    if fleet.volume_gib < image.volume_gib:
        raise ValueError(
            f"fleet.volume_gib {fleet.volume_gib} is less than image.volume_gib {image.volume_gib}, and an instance's "
            f"disk cannot be smaller than its image; write {image.volume_gib} or more"
        )


def check_schedule(configuration: Configuration) -> None:
    schedule, year = configuration.image.schedule, configuration.created_at.year
    last = year if schedule is None else last_year(schedule)
    if last < year:
        raise ValueError(
            f"image.schedule {schedule}: is due in {last} for the last time, before created_at in {year}; "
            "write * as its year, or null for no schedule"
        )


def check_patience(configuration: Configuration) -> None:
    proxy, function = configuration.proxy.function_timeout_seconds, configuration.functions.html_service.timeout_seconds
    if proxy > function:
        raise ValueError(
            f"proxy.function_timeout_seconds {proxy:g} is more than functions.html_service.timeout_seconds {function}, "
            "after which nothing comes that the proxy could wait for; raise the second, or lower the first"
        )


def check_cache(configuration: Configuration) -> None:
    storage, ttl = configuration.storage, configuration.proxy.cache_ttl_seconds
    days = storage.pages_expire_after_days
    if ttl > days * SECONDS_PER_DAY:
        setting = "storage.cache_expiration_days"
        if days < storage.cache_expiration_days:
            setting = "expire_after_days of a rule in storage.cache.lifecycle,"
        raise ValueError(
            f"proxy.cache_ttl_seconds {ttl} is more than {setting} {days}, so that the bucket would delete a page "
            f"before its time is over; write {days * SECONDS_PER_DAY} or less, or keep pages for more days"
        )


def check_locality(configuration: Configuration) -> None:
    locality.check_arns(
        configuration.storage,
        configuration.functions,
        configuration.cache,
        configuration.image,
        configuration.proxy,
        configuration.regions,
    )


def check_buckets(configuration: Configuration) -> None:
    locality.check_buckets(configuration.storage, configuration.regions)


def check_images(configuration: Configuration) -> None:
    locality.check_images({region: configuration.in_region(region).image.ami_id for region in configuration.regions})


def check_way_out(configuration: Configuration) -> None:
    for region in configuration.regions:
        network = configuration.in_region(region).network
        locality.check_way_out(configuration.functions, configuration.cache, network)


def check_zone(configuration: Configuration) -> None:
    dns.check_zone(configuration.dns, configuration.regions)


def check_health(configuration: Configuration) -> None:
    dns.check_health(configuration.records, configuration.regions)


def check_names(configuration: Configuration) -> None:
    dns.check_names(configuration.dns, configuration.records, configuration.regions)


def check_routing(configuration: Configuration) -> None:
    dns.check_routing(configuration.records, configuration.regions)


def check_endpoint(configuration: Configuration) -> None:
    dns.check_endpoint(
        configuration.records,
        on_internet=configuration.fleet.scheme is Scheme.INTERNET_FACING,
        client_networks=configuration.proxy.allowed_client_networks,
    )


def check_busy(configuration: Configuration) -> None:
    alarm = configuration.observability.cpu_threshold_percent
    aim = configuration.fleet.scaling.cpu_target_percent
    if alarm <= aim:
        raise ValueError(
            f"observability.cpu_threshold_percent {alarm} is not above fleet.scaling.cpu_target_percent {aim}, at "
            f"which scaling aims, so that the alarm would ring all the time; write {aim + 1} or more"
        )


def check_budget(configuration: Configuration) -> None:
    usd, regions = configuration.budget.monthly_usd, configuration.regions
    if usd is not None and BUDGET_REGIONS.isdisjoint(regions):
        raise ValueError(
            f"budget.monthly_usd {usd}: CloudFormation makes no budgets in {', '.join(regions)}, so that nobody would "
            "be told; take it out and make the budget by hand"
        )


_RULES = (
    check_account,
    check_lifetime,
    clients.check_clients,
    machines.check_architecture,
    machines.check_known_types,
    check_volume,
    check_schedule,
    check_patience,
    check_cache,
    check_endpoint,
    check_busy,
    check_budget,
)

_RULES_ABOUT_REGIONS = (check_regions, check_known_regions)

_RULES_WITHIN_REGIONS = (
    check_arns,
    check_regional,
    check_zones,
    check_places,
    check_client_rules,
    check_address_blocks,
    locality.check_engine,
    check_certificates,
    check_locality,
    check_buckets,
    check_images,
    check_way_out,
    check_zone,
    check_health,
    check_names,
    check_routing,
)


def _texts(value: object, path: str) -> Iterator[tuple[str, str]]:
    """Yield each text in a tree with its dotted path."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, BaseModel | Mapping):
        for key, inner in dict(value).items():
            yield from _texts(inner, f"{path}.{key}".removeprefix("."))
    elif isinstance(value, tuple | list):
        for index, inner in enumerate(value):
            yield from _texts(inner, f"{path}.{index}")
