"""The catalogue is brought up to date; what the price list lacks keeps its price, and that is said."""

from __future__ import annotations

from datetime import date

import pytest

from config.prices import read_catalogue
from slipway.prices import MILLION, PRODUCTS, product_of, refreshed

CATALOGUE = read_catalogue()
TODAY = date(2027, 2, 3)


class Prices:
    """A price list on which everything that it has costs the same."""

    def __init__(self, usd, *, without=()):
        self.usd_of_all, self.without = usd, without
        self.asked = set()

    def usd(self, product, region):
        self.asked.add((product.usage, region))
        return None if product.usage in self.without else self.usd_of_all


def test_each_price_of_the_catalogue_is_a_product():
    items = {item for prices in (CATALOGUE.everywhere, *CATALOGUE.regions.values()) for item in prices}

    assert {item for item in items if "." not in item} == set(PRODUCTS)
    assert product_of("t4g.small").attributes["instanceType"] == "t4g.small"


def test_every_price_is_asked_for_in_its_region():
    prices = Prices(2.0)

    result = refreshed(CATALOGUE, prices, TODAY, everywhere_from="us-east-1")

    assert ("NatGateway-Hours", "eu-west-1") in prices.asked
    assert {region for usage, region in prices.asked if usage == "HostedZone"} == {"us-east-1"}
    assert (result.catalogue.date, result.catalogue.source) == (TODAY, "AWS Price List API")
    assert result.catalogue.price("nat_hour", "eu-west-1").usd == 2.0
    assert result.catalogue.price("function_million_calls", "eu-west-1").usd == 2.0 * MILLION
    assert "nat_hour in eu-west-1: 0.048 to 2.0 USD" in result.changed
    assert result.kept == ()


def test_what_the_list_lacks_keeps_its_price_and_the_source_says_so():
    result = refreshed(CATALOGUE, Prices(2.0, without=("HostedZone",)), TODAY, everywhere_from="us-east-1")

    assert result.kept == ("dns_zone_month in us-east-1: 0.5 USD",)
    assert result.catalogue.price("dns_zone_month", "us-east-1").usd == 0.5
    assert result.catalogue.source == "AWS Price List API; it does not list 1 of these, kept as of 2026-10-15"


def test_digits_that_only_floating_point_knows_are_no_change():
    one = CATALOGUE.model_copy(update={"everywhere": {"function_million_calls": 0.2}, "regions": {}})

    assert refreshed(one, Prices(0.2 / MILLION), TODAY, everywhere_from="us-east-1").changed == ()


def test_a_key_that_no_product_has_is_an_error():
    with pytest.raises(KeyError, match="gold"):
        product_of("gold")
