"""The price list."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest

from emulator.account.prices import PRICES, as_listed, matches, prices_of, services


def test_each_price_is_listed_once_with_a_positive_amount():
    assert len({price.known_sku for price in PRICES}) == len(PRICES)
    for price in PRICES:
        listed = json.loads(as_listed(price))
        (term,) = listed["terms"]["OnDemand"].values()
        (dimension,) = term["priceDimensions"].values()
        assert Decimal(dimension["pricePerUnit"]["USD"]) == Decimal(price.usd) > 0
        assert listed["product"]["attributes"]["servicecode"] == listed["serviceCode"] == price.service


def test_services_have_prices():
    assert {"AmazonEC2", "AWSELB", "AWSLambda", "AmazonS3", "AmazonRoute53"} <= set(services())
    assert all(prices_of(service) for service in services())
    assert prices_of("none") == []


@pytest.mark.parametrize(
    ("kind", "name", "value", "types"),
    [
        ("TERM_MATCH", "instanceType", "t4g.small", ["t4g.small"]),
        ("CONTAINS", "instanceType", "small", ["t3.small", "t4g.small"]),
        ("ANY_OF", "instanceType", "t3.micro,t3.small", ["t3.micro", "t3.small"]),
        ("NONE_OF", "memory", "1 GiB,2 GiB,4 GiB", ["t3.large", "t4g.large"]),
        ("TERM_MATCH", "instanceType", "none", []),
        ("TERM_MATCH", "sku", "none", []),
    ],
)  # fmt: skip
def test_filters(kind, name, value, types):
    found = [price for price in prices_of("AmazonEC2") if matches(price, kind, name, value)]

    assert [price.attributes["instanceType"] for price in found] == types
