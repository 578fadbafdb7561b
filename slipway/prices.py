"""Which product of AWS's price list each price of the catalogue is, and how the catalogue is brought up to date.

It asks nobody itself: what the price list says is handed to it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Protocol

from config.prices import Catalogue

SOURCE = "AWS Price List API"


@dataclass(frozen=True)
class Product:
    """A product of the price list.

    :param service: its code there, for example `AmazonEC2`.
    :param usage: how its usage type ends; a region's short name may stand before that.
    :param units: how many of its units the catalogue's price is for.
    :param attributes: what else it has to have.
    :param everywhere: whether it is the same in all regions, so that it names none.
    """

    service: str
    usage: str
    units: float = 1
    attributes: Mapping[str, str] = field(default_factory=dict)
    everywhere: bool = False


MILLION = 1e6
_NETWORK_BALANCER = {"productFamily": "Load Balancer-Network"}

PRODUCTS = {
    "alarm_month": Product("AmazonCloudWatch", "CW:AlarmMonitorUsage"),
    "comprehend_million_units": Product("comprehend", "DetectSentiment", MILLION),
    "dashboard_month": Product("AmazonCloudWatch", "DashboardsUsageHour"),
    "dns_health_check_month": Product("AmazonRoute53", "Health-Check-AWS", everywhere=True),
    "dns_million_queries": Product("AmazonRoute53", "DNS-Queries", MILLION, everywhere=True),
    "dns_zone_month": Product("AmazonRoute53", "HostedZone", everywhere=True),
    "function_gb_second_arm64": Product("AWSLambda", "Lambda-GB-Second-ARM"),
    "function_gb_second_x86_64": Product("AWSLambda", "Lambda-GB-Second"),
    "function_million_calls": Product("AWSLambda", "Request", MILLION),
    "function_ready_gb_second_arm64": Product("AWSLambda", "Lambda-Provisioned-Concurrency-ARM"),
    "function_ready_gb_second_x86_64": Product("AWSLambda", "Lambda-Provisioned-Concurrency"),
    "key_month": Product("awskms", "KMS-Keys"),
    "metric_month": Product("AmazonCloudWatch", "CW:MetricMonitorUsage"),
    "public_address_hour": Product("AmazonVPC", "PublicIPv4:InUseAddress"),
    "secret_month": Product("AWSSecretsManager", "AWSSecretsManager-Secrets"),
    "balancer_capacity_hour": Product("AWSELB", "LCUUsage", attributes=_NETWORK_BALANCER),
    "balancer_hour": Product("AWSELB", "LoadBalancerUsage", attributes=_NETWORK_BALANCER),
    "bucket_gb_month": Product("AmazonS3", "TimedStorage-ByteHrs"),
    "bucket_million_reads": Product("AmazonS3", "Requests-Tier2", MILLION),
    "bucket_million_writes": Product("AmazonS3", "Requests-Tier1", MILLION),
    "endpoint_hour": Product("AmazonVPC", "VpcEndpoint-Hours"),
    "log_gb": Product("AmazonCloudWatch", "DataProcessing-Bytes"),
    "log_gb_month": Product("AmazonCloudWatch", "TimedStorage-ByteHrs"),
    "nat_gb": Product("AmazonEC2", "NatGateway-Bytes"),
    "nat_hour": Product("AmazonEC2", "NatGateway-Hours"),
    "snapshot_gb_month": Product("AmazonEC2", "EBS:SnapshotUsage"),
    "transfer_out_gb": Product("AWSDataTransfer", "DataTransfer-Out-Bytes"),
    "valkey_gb_hour": Product("AmazonElastiCache", "CachedData:Valkey"),
    "valkey_million_units": Product("AmazonElastiCache", "ElastiCacheProcessingUnits:Valkey", MILLION),
    "volume_gb_month": Product("AmazonEC2", "EBS:VolumeUsage.gp3"),
}
"""By their keys in the catalogue; what has a dot in it there is an instance type."""


def product_of(item: str) -> Product:
    """Return the product of a key of the catalogue."""
    if "." not in item:
        return PRODUCTS[item]
    plain = {"operatingSystem": "Linux", "tenancy": "Shared", "preInstalledSw": "NA", "capacitystatus": "Used"}
    return Product("AmazonEC2", f"BoxUsage:{item}", attributes={"instanceType": item, **plain})


class PriceList(Protocol):
    """What AWS says."""

    def usd(self, product: Product, region: str) -> float | None:
        """Return the price of one unit, before any of it is cheaper; none where the list has no such product."""
        ...


@dataclass(frozen=True)
class Refresh:
    """A catalogue that was brought up to date.

    :param changed: prices that are others now, in words.
    :param kept: prices that the list does not have under the names that are known here, in words.
    """

    catalogue: Catalogue
    changed: tuple[str, ...]
    kept: tuple[str, ...]


def refreshed(catalogue: Catalogue, prices: PriceList, today: date, *, everywhere_from: str) -> Refresh:
    """Return the catalogue with the prices of today. What the list does not have keeps its price.

    :param everywhere_from: region whose price stands for what costs the same in all.
    """
    changed: list[str] = []
    kept: list[str] = []

    def new(item: str, region: str, old: float) -> float:
        product = product_of(item)
        usd = prices.usd(product, region)
        if usd is None:
            kept.append(f"{item} in {region}: {old} USD")
            return old
        # Floats of a price list have more digits than their decimals.
        price = float(f"{usd * product.units:.10g}")
        if price != old:
            changed.append(f"{item} in {region}: {old} to {price} USD")
        return price

    everywhere = {item: new(item, everywhere_from, old) for item, old in catalogue.everywhere.items()}
    regions = {
        region: {item: new(item, region, old) for item, old in known.items()}
        for region, known in catalogue.regions.items()
    }
    source = f"{SOURCE}; it does not list {len(kept)} of these, kept as of {catalogue.date}" if kept else SOURCE
    fresh = Catalogue(date=today, source=source, everywhere=everywhere, regions=regions)
    return Refresh(fresh, tuple(changed), tuple(kept))
