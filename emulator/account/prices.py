"""Prices of what our stacks use in us-east-1, in the form of the AWS price list.

Rows with a SKU are of AWS's price list, versions of 31 August 2026 (anyone can read it without an account below
https://pricing.us-east-1.amazonaws.com/offers/v1.0/aws/); those without are of the services' pages below
https://aws.amazon.com/pricing/, October 2026, and get a SKU that is made up. Both were collected from public documents
that cite AWS, not from AWS itself. Free tiers and the lower prices of large quantities are left out. Prices change: ask
AWS before you rely on one.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

PUBLISHED = "2026-08-31T18:13:31Z"
REGION = "us-east-1"
LOCATION = "US East (N. Virginia)"
_ON_DEMAND = "JRTCKXETXF"
_RATE = "6YS6EN2CT7"


@dataclass(frozen=True)
class Price:
    """One product and what a unit of it costs.

    :param usage_type: as it stands on the bill.
    :param usd: for one unit, exact.
    :param sku: AWS's number of the product, where it is known.
    """

    service: str
    family: str
    usage_type: str
    unit: str
    usd: str
    description: str
    sku: str = ""
    attributes: Mapping[str, str] = field(default_factory=dict)

    @property
    def known_sku(self) -> str:
        """AWS's number, or one that looks like it."""
        text = f"{self.service} {self.usage_type} {self.attributes}"
        return self.sku or hashlib.sha256(text.encode()).hexdigest()[:16].upper()

    @property
    def all_attributes(self) -> dict[str, str]:
        """What a filter can ask for, as far as it is an attribute of the product."""
        common = {"servicecode": self.service, "location": LOCATION, "locationType": "AWS Region"}
        return {**common, "regionCode": REGION, "usagetype": self.usage_type, **self.attributes}


def _instance(instance_type: str, cores: int, memory: str, usd: str) -> Price:
    attributes = {
        "instanceType": instance_type, "vcpu": str(cores), "memory": memory, "operatingSystem": "Linux",
        "tenancy": "Shared", "preInstalledSw": "NA", "capacitystatus": "Used", "marketoption": "OnDemand",
        "licenseModel": "No License required", "operation": "RunInstances", "currentGeneration": "Yes",
    }  # fmt: skip
    description = f"${usd} per On Demand Linux {instance_type} Instance Hour"
    return Price(
        "AmazonEC2", "Compute Instance", f"BoxUsage:{instance_type}", "Hrs", usd, description, "", attributes
    )  # fmt: skip


_NETWORK = {"operation": "LoadBalancing:Network"}
PRICES = (
    _instance("t3.micro", 2, "1 GiB", "0.0104"),
    _instance("t3.small", 2, "2 GiB", "0.0208"),
    _instance("t3.medium", 2, "4 GiB", "0.0416"),
    _instance("t3.large", 2, "8 GiB", "0.0832"),
    _instance("t4g.micro", 2, "1 GiB", "0.0084"),
    _instance("t4g.small", 2, "2 GiB", "0.0168"),
    _instance("t4g.medium", 2, "4 GiB", "0.0336"),
    _instance("t4g.large", 2, "8 GiB", "0.0672"),
    Price("AmazonEC2", "Storage", "EBS:VolumeUsage.gp3", "GB-Mo", "0.08", "per GB-month of gp3 provisioned storage",
          "JG3KUJMBRGHV3N8G", {"volumeApiName": "gp3", "volumeType": "General Purpose"}),
    Price("AmazonEC2", "NAT Gateway", "NatGateway-Hours", "Hrs", "0.045", "per NAT Gateway Hour",
          "M2YSHUBETB3JX4M4", {"group": "NGW:NatGateway", "operation": "NatGateway"}),
    Price("AmazonEC2", "NAT Gateway", "NatGateway-Bytes", "GB", "0.045", "per GB Data Processed by NAT Gateways",
          "59S5R83GFPUAGVR5", {"group": "NGW:NatGateway", "operation": "NatGateway"}),
    Price("AmazonVPC", "VpcEndpoint", "VpcEndpoint-Hours", "Hrs", "0.01", "per VPC Endpoint Hour"),
    Price("AmazonVPC", "VpcEndpoint", "VpcEndpoint-Bytes", "GB", "0.01", "per GB Data Processed by VPC Endpoints"),
    Price("AmazonVPC", "Public IPv4 Address", "PublicIPv4:InUseAddress", "Hrs", "0.005",
          "per In-use public IPv4 address per hour", "4GQUNXTFWVSGPUZK"),
    Price("AWSDataTransfer", "Data Transfer", "DataTransfer-Out-Bytes", "GB", "0.09",
          "per GB - first 10 TB / month data transfer out", "HQEH3ZWJVT46JHRG",
          {"transferType": "AWS Outbound", "fromLocation": LOCATION, "toLocation": "External"}),
    Price("AWSELB", "Load Balancer-Network", "LoadBalancerUsage", "Hrs", "0.0225",
          "per Network LoadBalancer-hour (or partial hour)", "", _NETWORK),
    Price("AWSELB", "Load Balancer-Network", "LCUUsage", "LCU-Hrs", "0.006",
          "per used Network load balancer capacity unit-hour (or partial hour)", "", _NETWORK),
    Price("AWSLambda", "Serverless", "Request", "Requests", "0.0000002", "AWS Lambda - Total Requests", "",
          {"group": "AWS-Lambda-Requests"}),
    Price("AWSLambda", "Serverless", "Lambda-GB-Second", "Lambda-GB-Second", "0.0000166667",
          "AWS Lambda - Total Compute", "", {"group": "AWS-Lambda-Duration"}),
    Price("AWSLambda", "Serverless", "Request-ARM", "Requests", "0.0000002", "AWS Lambda - Total Requests - ARM", "",
          {"group": "AWS-Lambda-Requests-ARM"}),
    Price("AWSLambda", "Serverless", "Lambda-GB-Second-ARM", "Lambda-GB-Second", "0.0000133334",
          "AWS Lambda - Total Compute - ARM", "", {"group": "AWS-Lambda-Duration-ARM"}),
    Price("AmazonS3", "Storage", "TimedStorage-ByteHrs", "GB-Mo", "0.023", "per GB - first 50 TB / month",
          "WP9ANXZGBYYSGJEA", {"storageClass": "General Purpose", "volumeType": "Standard"}),
    Price("AmazonS3", "API Request", "Requests-Tier1", "Requests", "0.000005",
          "per PUT, COPY, POST, or LIST requests", "E9YHNFENF4XQBZR6", {"group": "S3-API-Tier1"}),
    Price("AmazonS3", "API Request", "Requests-Tier2", "Requests", "0.0000004", "per GET and all other requests",
          "ZWQ6Q48CRJXX4FXE", {"group": "S3-API-Tier2"}),
    Price("AmazonCloudWatch", "Data Payload", "DataProcessing-Bytes", "GB", "0.5", "per GB custom log data ingested",
          "S8QGXX5R2BKKMDSJ"),
    Price("AmazonCloudWatch", "Storage Snapshot", "TimedStorage-ByteHrs", "GB-Mo", "0.03", "per GB-mo of log storage",
          "6K9ADYQAHV5KX9KZ"),
    Price("AmazonCloudWatch", "Metric", "CW:MetricMonitorUsage", "Metrics", "0.3",
          "per metric-month for the first 10,000 metrics", "KG586CTNGQ4VRZKZ"),
    Price("AmazonCloudWatch", "Alarm", "CW:AlarmMonitorUsage", "Alarms", "0.1", "per alarm metric month",
          "EVETVUGEN3MUTMXM", {"alarmType": "Standard"}),
    Price("AmazonCloudWatch", "Dashboard", "DashboardsUsageHour", "Dashboards", "3", "per dashboard month"),
    Price("AmazonRoute53", "DNS Zone", "HostedZone", "HostedZone", "0.5",
          "per Hosted Zone for the first 25 Hosted Zones"),
    Price("AmazonRoute53", "DNS Query", "DNS-Queries", "Queries", "0.0000004",
          "per query for the first 1 Billion queries"),
    Price("AmazonRoute53", "DNS Health Check", "Health-Check-AWS", "HealthChecks", "0.5", "per Health Check"),
    Price("AmazonRoute53", "DNS Health Check", "Health-Check-Non-AWS", "HealthChecks", "0.75",
          "per Health Check of non-AWS endpoints"),
    Price("AmazonElastiCache", "ElastiCache Serverless", "CachedData:Valkey", "GB-Hours", "0.084",
          "per GB-hour for Serverless Valkey", "", {"cacheEngine": "Valkey"}),
    Price("AmazonElastiCache", "ElastiCache Serverless", "ElastiCacheProcessingUnits:Valkey",
          "ElastiCacheProcessingUnits", "0.0000000023", "per ECPU for Serverless Valkey", "",
          {"cacheEngine": "Valkey"}),
    Price("AWSSecretsManager", "Secret", "AWSSecretsManager-Secrets", "Secrets", "0.4", "per Secret",
          "BJ3PQ9BYGU6P632F"),
    Price("AWSSecretsManager", "API Request", "AWSSecretsManagerAPIRequest", "API Requests", "0.000005",
          "per API Request", "4MDZ5VNEJPMUTG9B"),
    Price("awskms", "Encryption Key", "KMS-Keys", "Keys", "1", "per customer managed KMS key", "U553K98XGDXCYHWS"),
    Price("awskms", "API Request", "KMS-Requests", "Requests", "0.000003", "per KMS request", "MFEBZPX8NHM5FY7Z"),
    Price("comprehend", "Amazon Comprehend", "DetectSentiment", "Unit", "0.0001",
          "per unit of 100 characters, up to 10 million units"),
)  # fmt: skip


def services() -> list[str]:
    """Return the codes of all services that have prices."""
    return sorted({price.service for price in PRICES})


def prices_of(service: str) -> list[Price]:
    """Return all prices of a service."""
    return [price for price in PRICES if price.service == service]


def value_of(price: Price, name: str) -> str | None:
    """Return what a filter of this name looks at."""
    fields = {"productFamily": price.family, "serviceCode": price.service, "sku": price.known_sku,
              "termType": "OnDemand"}  # fmt: skip
    return fields.get(name) or price.all_attributes.get(name)


def matches(price: Price, kind: str, name: str, value: str) -> bool:
    """Tell whether a price passes one filter.

    :param kind: as in the API: `TERM_MATCH` and `EQUALS` are the same; `CONTAINS`, `ANY_OF` and `NONE_OF`.
    """
    found = value_of(price, name)
    match kind:
        case "CONTAINS":
            return found is not None and value in found
        case "ANY_OF":
            return found in value.split(",")
        case "NONE_OF":
            return found is not None and found not in value.split(",")
        case _:
            return found == value


def as_listed(price: Price) -> str:
    """Return a product with its terms as the price list holds it: a text that is JSON."""
    sku = price.known_sku
    term, rate = f"{sku}.{_ON_DEMAND}", f"{sku}.{_ON_DEMAND}.{_RATE}"
    dimension: dict[str, Any] = {
        "unit": price.unit, "beginRange": "0", "endRange": "Inf", "description": price.description, "rateCode": rate,
        "appliesTo": [], "pricePerUnit": {"USD": f"{float(price.usd):.10f}"},
    }  # fmt: skip
    terms = {
        "sku": sku, "effectiveDate": "2026-08-01T00:00:00Z", "offerTermCode": _ON_DEMAND, "termAttributes": {},
        "priceDimensions": {rate: dimension},
    }  # fmt: skip
    product = {"productFamily": price.family, "attributes": price.all_attributes, "sku": sku}
    return json.dumps(
        {
            "product": product, "serviceCode": price.service, "terms": {"OnDemand": {term: terms}},
            "version": PUBLISHED.translate(str.maketrans("", "", "-:TZ")), "publicationDate": PUBLISHED,
        }
    )  # fmt: skip
