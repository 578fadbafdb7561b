"""What a deployment costs in a month, part by part, from a catalogue of prices and what `cost` assumes of its use.

    python -m config.cost production
    python -m config.cost production --million-pages

It is an estimate to decide and to set a budget by, and no bill: free tiers, discounts, taxes, support and data between
zones are left out, and everything of which the platform needs next to nothing. It knows neither AWS nor the stacks.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from math import ceil

from config.estimate import Estimate, Line, as_json, as_text
from config.loader import load
from config.models import Configuration, Egress, NameCheckKind, Scheme
from config.models.cache import CacheBackend
from config.models.regions import BUDGET_REGIONS
from config.prices import Catalogue, read_catalogue
from config.printing import show
from config.problems import ConfigurationError
from contract.components import Function, Stack
from contract.modes import Engine

HOURS = 730
"""Hours of a month, as AWS counts them."""

SECONDS = HOURS * 3600
LEAST_USD = 1e-6
"""Less than that is the noise of a difference."""

BUILD_HOURS = 0.5
"""How long the machine of an image build runs."""

CALLS_PER_PAGE = {Function.HTML_SERVICE: 1, Function.SEMANTIC_TEXT_SERVICE: 1}
"""Calls for a page that the cache does not have; the cache service is asked for every page."""

READS_PER_REPORT = 2
WRITES_PER_REPORT = 1
"""What the management function does in its buckets for each report of a process, at most."""

MILLISECONDS = {
    Function.HTML_SERVICE: 120,  # half of it waiting for the texts
    Function.SEMANTIC_TEXT_SERVICE: 60,
    Function.CACHE_SERVICE: 40,
    Function.PROXY_MANAGEMENT: 80,  # half of it waiting for S3, with an hour's object of usual traffic
}
"""How long a call of a function is assumed to take."""

ALARMS_PER_FUNCTION = 4
ALARMS_OF_THE_FLEET = 7
"""Those of the observability stack on any fleet, and the two of a rollout."""

METRICS_OF_INSTANCES = 5
"""What the CloudWatch agent sends of a group: memory, and disk and processes both as they are and added up."""

ALARMS_AT_MAXIMUM = 1
"""That of the observability stack on a fleet that can grow no more."""

ALARMS_PER_TARGET = 2
"""Scaling makes two for each mean that it aims at: one to grow by, one to shrink by."""


def monthly_estimate(configuration: Configuration, catalogue: Catalogue) -> Estimate:
    """Return what a deployment costs in a month, over all its regions."""
    lines: list[Line] = []
    for region in configuration.regions:
        lines += _Region(configuration.in_region(region), catalogue, MILLISECONDS).lines()
    lines += _once(configuration, catalogue)
    return Estimate(tuple(line for line in lines if line.quantity), catalogue.date)


def million_pages(
    configuration: Configuration, catalogue: Catalogue, milliseconds: Mapping[Function, float] = MILLISECONDS
) -> Estimate:
    """Return what a million pages more cost in the first region, of such pages as `cost` assumes; all else stands.

    :param milliseconds: how long a call of each function takes.
    """

    def lines(pages: int) -> dict[str, Line]:
        view = configuration.in_region(configuration.region)
        cost = view.cost.model_copy(update={"pages": pages})
        found = _Region(view.model_copy(update={"cost": cost}), catalogue, milliseconds).lines()
        return {f"{line.component} {line.what}": line for line in found}

    before, after = lines(configuration.cost.pages), lines(configuration.cost.pages + 1_000_000)
    added = (_beyond(line, before[name]) for name, line in after.items())
    return Estimate(tuple(line for line in added if line.usd > LEAST_USD), catalogue.date)


def _beyond(more: Line, less: Line) -> Line:
    quantity = more.quantity - less.quantity
    mean = (more.usd - less.usd) / quantity if quantity else 0
    return replace(more, quantity=quantity, price=more.price._replace(usd=mean))


def monthly_budget(configuration: Configuration, catalogue: Catalogue) -> int:
    """Return the budget of a month, in whole US dollars: the configured one, or a multiple of the estimate."""
    budget = configuration.budget
    if budget.monthly_usd is not None:
        return budget.monthly_usd
    return max(1, ceil(monthly_estimate(configuration, catalogue).usd * budget.estimate_percent / 100))


def budget_region(configuration: Configuration) -> str | None:
    """Return the first region that can hold the budget of all; none where no region of the deployment can."""
    return next((region for region in configuration.regions if region in BUDGET_REGIONS), None)


def _once(configuration: Configuration, catalogue: Catalogue) -> Iterator[Line]:
    """Yield what is paid for once, in the first region."""
    region = configuration.region
    image = configuration.image
    if any(configuration.in_region(name).image.ami_id is None for name in configuration.regions):
        price = catalogue.instance_hour(image.build_instance_type, region)
        what = f"image builds on {image.build_instance_type} (hours)"
        yield Line(Stack.IMAGE, region, what, configuration.cost.image_builds * BUILD_HOURS, price)
    zones = 1 if configuration.dns.existing_zone_id is None else 0
    yield Line(Stack.DNS, region, "hosted zone (months)", zones, catalogue.price("dns_zone_month", region))


class _Region:
    """The costs of one region.

    :param view: the configuration's view of that region.
    :param milliseconds: how long a call of each function takes.
    """

    def __init__(self, view: Configuration, catalogue: Catalogue, milliseconds: Mapping[Function, float]) -> None:
        self._view = view
        self._catalogue = catalogue
        self._milliseconds = milliseconds
        self._region = view.region
        cost, fleet = view.cost, view.fleet
        started = fleet.minimum if fleet.desired is None else fleet.desired
        self._instances = started if cost.mean_instances is None else cost.mean_instances
        self._new_pages = cost.pages * (100 - cost.cached_percent) / 100
        self._gigabytes = cost.pages * cost.page_kilobytes / 1e6 + cost.other_gigabytes

    def lines(self) -> Iterator[Line]:
        """Yield all that is paid for."""
        yield from self._identity()
        yield from self._storage()
        yield from self._network()
        yield from self._image()
        for function in Function:
            yield from self._function(function)
        yield from self._comprehend()
        yield from self._cache()
        yield from self._fleet()
        yield from self._balancer()
        yield from self._records()
        yield from self._observability()

    def _line(self, component: Stack, what: str, quantity: float, item: str) -> Line:
        return Line(component, self._region, what, quantity, self._catalogue.price(item, self._region))

    def _identity(self) -> Iterator[Line]:
        # Of the certificate authority and of the dashboard's users; and of the proxy's users, if it has any.
        secrets = 3 if self._view.proxy.authentication.required else 2
        yield self._line(Stack.IDENTITY, "secrets (months)", secrets, "secret_month")

    def _storage(self) -> Iterator[Line]:
        cost, storage = self._view.cost, self._view.storage
        kept = self._new_pages * cost.page_kilobytes / 1e6 * min(storage.pages_expire_after_days, 30) / 30
        yield self._line(Stack.STORAGE, "transformed pages kept (GB-months)", kept, "bucket_gb_month")
        yield self._line(Stack.STORAGE, "pages written (millions)", self._new_pages / 1e6, "bucket_million_writes")
        yield self._line(Stack.STORAGE, "pages read (millions)", cost.pages / 1e6, "bucket_million_reads")
        reports = self._calls(Function.PROXY_MANAGEMENT) / 1e6
        written, read = reports * WRITES_PER_REPORT, reports * READS_PER_REPORT
        yield self._line(Stack.STORAGE, "statistics written (millions)", written, "bucket_million_writes")
        yield self._line(Stack.STORAGE, "statistics read (millions)", read, "bucket_million_reads")
        keys = any(bucket.encryption == "kms" and bucket.key_arn is None for bucket in storage.buckets.values())
        yield self._line(Stack.STORAGE, "keys (months)", int(keys), "key_month")

    def _network(self) -> Iterator[Line]:
        network = self._view.network
        gateways = network.nat_gateway_count if network.existing is None else 0
        yield self._line(Stack.NETWORK, "NAT gateways (hours)", gateways * HOURS, "nat_hour")
        # Each has one: https://aws.amazon.com/vpc/pricing/
        yield self._line(Stack.NETWORK, "their public addresses (hours)", gateways * HOURS, "public_address_hour")
        through = self._gigabytes if gateways else 0
        yield self._line(Stack.NETWORK, "through NAT gateways (GB)", through, "nat_gb")
        endpoints = len(network.interface_endpoints) * len(network.zones)
        yield self._line(Stack.NETWORK, "interface endpoints (hours)", endpoints * HOURS, "endpoint_hour")

    def _image(self) -> Iterator[Line]:
        image = self._view.image
        if image.ami_id is not None:
            return
        yield self._line(Stack.IMAGE, "snapshots of images (GB-months)", 2 * image.volume_gib, "snapshot_gb_month")

    def _function(self, function: Function) -> Iterator[Line]:
        settings = self._view.functions.of(function)
        architecture = self._view.functions.architecture_of(function).value
        memory = settings.memory_mb / 1024
        calls = self._calls(function)
        seconds = calls * self._milliseconds[function] / 1000
        gb_second = f"function_gb_second_{architecture}"
        yield self._line(Stack.FUNCTIONS, f"{function.value}: calls (millions)", calls / 1e6, "function_million_calls")
        yield self._line(Stack.FUNCTIONS, f"{function.value}: work (GB-seconds)", seconds * memory, gb_second)
        ready = (settings.provisioned_concurrency or 0) * memory * SECONDS
        yield self._line(
            Stack.FUNCTIONS,
            f"{function.value}: kept ready (GB-seconds)",
            ready,
            f"function_ready_gb_second_{architecture}",
        )

    def _calls(self, function: Function) -> float:
        match function:
            case Function.CACHE_SERVICE:
                return self._view.cost.pages + self._new_pages
            case Function.PROXY_MANAGEMENT:
                processes = max(self._view.proxy.processes, 1)
                return self._instances * processes * SECONDS / self._view.proxy.statistics_interval_seconds
            case _:
                return self._new_pages * CALLS_PER_PAGE[function]

    def _comprehend(self) -> Iterator[Line]:
        if self._view.proxy.semantic_engine is not Engine.COMPREHEND:
            return
        rated = self._new_pages * self._view.cost.rated_percent / 100
        units = rated * self._view.cost.comprehend_units_per_page / 1e6
        price = self._catalogue.mean_price("comprehend_million_units", self._region, units)
        yield Line(Stack.FUNCTIONS, self._region, "Comprehend: units (millions)", units, price)

    def _cache(self) -> Iterator[Line]:
        if self._view.cache.backend is not CacheBackend.VALKEY:
            return
        kilobytes = self._view.cost.page_kilobytes * (self._view.cost.pages + self._new_pages)
        kept = max(0.1, min(self._new_pages * self._view.cost.page_kilobytes / 1e6 / 30, 5000))
        yield self._line(Stack.FUNCTIONS, "Valkey: data (GB-hours)", kept * HOURS, "valkey_gb_hour")
        yield self._line(Stack.FUNCTIONS, "Valkey: units (millions)", kilobytes / 1e6, "valkey_million_units")

    def _fleet(self) -> Iterator[Line]:
        fleet, cost = self._view.fleet, self._view.cost
        base = min(self._instances, fleet.on_demand_base)
        spot = (self._instances - base) * fleet.spot_percent / 100
        kind = fleet.instance_types[0]
        hour = self._catalogue.instance_hour(kind, self._region)
        cheaper = hour._replace(usd=hour.usd * (100 - cost.spot_discount_percent) / 100)
        yield Line(Stack.FLEET, self._region, f"{kind} (hours)", (self._instances - spot) * HOURS, hour)
        yield Line(Stack.FLEET, self._region, f"{kind}, spot (hours)", spot * HOURS, cheaper)
        yield self._line(Stack.FLEET, "disks (GB-months)", self._instances * fleet.volume_gib, "volume_gb_month")
        own = self._instances if self._view.network.egress is Egress.PUBLIC else 0
        shared = len(self._view.network.zones) if fleet.scheme is Scheme.INTERNET_FACING else 0
        yield self._line(Stack.FLEET, "public addresses (hours)", (own + shared) * HOURS, "public_address_hour")

    def _balancer(self) -> Iterator[Line]:
        yield self._line(Stack.FLEET, "load balancer (hours)", HOURS, "balancer_hour")
        # A unit is a gigabyte in an hour: https://aws.amazon.com/elasticloadbalancing/pricing/
        yield self._line(Stack.FLEET, "load balancer: capacity (GB)", self._gigabytes, "balancer_capacity_hour")
        outward = self._gigabytes if self._view.fleet.scheme is Scheme.INTERNET_FACING else 0
        yield self._line(Stack.FLEET, "to clients on the internet (GB)", outward, "transfer_out_gb")

    def _records(self) -> Iterator[Line]:
        checks = 0 if self._view.records.health.kind is NameCheckKind.TARGETS else 1
        yield self._line(Stack.RECORDS, "health checks (months)", checks, "dns_health_check_month")

    def _observability(self) -> Iterator[Line]:
        written = self._view.cost.log_gigabytes
        yield self._line(Stack.OBSERVABILITY, "alarms (months)", self._alarms(), "alarm_month")
        yield self._line(Stack.OBSERVABILITY, "metrics of instances (months)", METRICS_OF_INSTANCES, "metric_month")
        yield self._line(Stack.OBSERVABILITY, "dashboard (months)", 1, "dashboard_month")
        yield self._line(Stack.OBSERVABILITY, "key of the alarms' topic (months)", 1, "key_month")
        yield self._line(Stack.OBSERVABILITY, "logs written (GB)", written, "log_gb")
        kept = written * self._view.functions.log_retention_days / 30
        yield self._line(Stack.OBSERVABILITY, "logs kept (GB-months)", kept, "log_gb_month")

    def _alarms(self) -> int:
        of_names = 1 if self._view.records.health.kind is NameCheckKind.ALARM else 0
        of_functions = len(Function) * ALARMS_PER_FUNCTION
        return of_functions + ALARMS_OF_THE_FLEET + self._alarms_of_scaling() + of_names

    def _alarms_of_scaling(self) -> int:
        fleet = self._view.fleet
        if fleet.minimum == fleet.maximum:
            return 0
        targets = 1 if fleet.scaling.network_mib_per_second is None else 2
        by_steps = 0 if fleet.scaling.surge_cpu_percent is None else 1
        return ALARMS_AT_MAXIMUM + ALARMS_PER_TARGET * targets + by_steps


def main(arguments: Sequence[str], environ: Mapping[str, str]) -> int:
    """Print the estimate of the environment that the arguments name; return the exit status.

    :param environ: environment variables, of which those that start with `SLIPWAY__` count, as for every command.
    """
    parser = argparse.ArgumentParser(
        prog="python -m config.cost", description="Estimate what an environment costs in a month."
    )
    parser.add_argument("environment", help="name of a file in config/environments, for example production")
    parser.add_argument(
        "--set", action="append", default=[], metavar="PATH=VALUE", help="override a value; may be given several times"
    )
    parser.add_argument("--million-pages", action="store_true", help="what a million pages more cost, and only that")
    parser.add_argument("--json", action="store_true", help="print JSON")
    options = parser.parse_args(arguments)
    try:
        configuration = load(options.environment, overrides=options.set, environ=environ, option="--set")
    except ConfigurationError as error:
        print(f"error: {error}", file=sys.stderr)  # noqa: T201 - this is the command
        return 1
    if options.million_pages:
        estimate, total = million_pages(configuration, read_catalogue()), "US dollars for a million pages"
    else:
        estimate, total = monthly_estimate(configuration, read_catalogue()), "US dollars in a month"
    return show(as_json(estimate) if options.json else as_text(estimate, total))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ))
