"""The price list."""

from __future__ import annotations

import json
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError


def products(client, service: str, **filters: str) -> list[dict[str, Any]]:
    terms = [{"Type": "TERM_MATCH", "Field": name, "Value": value} for name, value in filters.items()]
    listed = client("pricing").get_products(ServiceCode=service, Filters=terms)
    assert listed["FormatVersion"] == "aws_v1"
    return [json.loads(text) for text in listed["PriceList"]]


@pytest.mark.behaviour("Pricing", "an instance type's hourly price is found as text in a text of JSON")
def test_the_price_of_an_instance_type(client):
    wanted = {
        "instanceType": "t4g.small", "regionCode": "us-east-1", "operatingSystem": "Linux", "tenancy": "Shared",
        "preInstalledSw": "NA", "capacitystatus": "Used",
    }  # fmt: skip

    (product,) = products(client, "AmazonEC2", **wanted)

    assert product["product"]["productFamily"] == "Compute Instance"
    ((name, term),) = product["terms"]["OnDemand"].items()
    ((rate, dimension),) = term["priceDimensions"].items()
    assert name.startswith(product["product"]["sku"])
    assert rate == dimension["rateCode"]
    assert (dimension["unit"], float(dimension["pricePerUnit"]["USD"])) == ("Hrs", 0.0168)


@pytest.mark.behaviour("Pricing", "a filter that nothing passes gives an empty list")
def test_nothing_found(client):
    assert products(client, "AmazonEC2", instanceType="t99.gigantic") == []


@pytest.mark.behaviour("Pricing", "services tell their attributes, and attributes their values")
def test_attributes(client):
    pricing = client("pricing")

    (service,) = pricing.describe_services(ServiceCode="AmazonEC2")["Services"]
    assert {"instanceType", "operatingSystem", "productFamily"} <= set(service["AttributeNames"])
    values = pricing.get_attribute_values(ServiceCode="AmazonEC2", AttributeName="termType")["AttributeValues"]
    assert {"Value": "OnDemand"} in values
    with pytest.raises((pricing.exceptions.NotFoundException, pricing.exceptions.InvalidParameterException)):
        pricing.get_attribute_values(ServiceCode="AmazonEC2", AttributeName="none")
    with pytest.raises(pricing.exceptions.InvalidParameterException):
        pricing.describe_services(ServiceCode="none")


@pytest.mark.behaviour("Pricing", "long answers come in pages")
def test_pages(client):
    pages = client("pricing").get_paginator("describe_services").paginate(PaginationConfig={"PageSize": 5})
    first = next(iter(pages))

    assert len(first["Services"]) == 5
    assert first["NextToken"]


@pytest.mark.difference(
    "Pricing",
    aws="millions of products in all regions",
    here="what our stacks use in us-east-1, as published in August to October 2026, without free and volume tiers",
)
def test_there_are_prices_of_what_the_stacks_use(client):
    for service in (
        "AWSELB", "AWSLambda", "AmazonS3", "AmazonCloudWatch", "AmazonRoute53", "AmazonElastiCache", "AmazonVPC",
        "AWSSecretsManager", "awskms", "comprehend", "AWSDataTransfer",
    ):  # fmt: skip
        assert products(client, service, regionCode="us-east-1")
    assert products(client, "AmazonEC2", productFamily="NAT Gateway")
    assert products(client, "AmazonEC2", regionCode="eu-west-1") == []


def test_where_aws_does_not_serve_it_the_error_says_where(emulator):
    elsewhere = boto3.client(
        "pricing", endpoint_url=emulator.endpoint_url, region_name="eu-west-1",
        aws_access_key_id="test", aws_secret_access_key="test",
    )  # fmt: skip

    with pytest.raises(ClientError, match="us-east-1, eu-central-1, ap-south-1 only"):
        elsewhere.describe_services()
