"""The catalogue of prices: complete where it has to be, and honest where it is not."""

from __future__ import annotations

from datetime import date

import pytest

from config.prices import CATALOGUE as FILE
from config.prices import REFERENCE_REGION, as_yaml, read_catalogue, share_of_large

CATALOGUE = read_catalogue()


def test_the_catalogue_is_dated_and_says_where_it_is_from():
    assert date(2026, 1, 1) < CATALOGUE.date
    assert CATALOGUE.source.startswith("https://aws.amazon.com/")


def test_the_file_is_as_the_command_writes_it():
    assert as_yaml(CATALOGUE) == FILE.read_text(encoding="utf-8")


def test_no_region_has_a_price_that_the_region_of_reference_lacks():
    known = CATALOGUE.regions[REFERENCE_REGION].keys()

    assert {region: set(prices) - set(known) for region, prices in CATALOGUE.regions.items()} == {
        region: set() for region in CATALOGUE.regions
    }
    assert known & CATALOGUE.everywhere.keys() == set()


@pytest.mark.parametrize("region", CATALOGUE.regions)
def test_sizes_of_a_family_double_step_by_step(region):
    """A slip of the pen would show: AWS prices an instance by its size."""
    prices = CATALOGUE.regions[region]
    per_large = {kind: usd / share_of_large(kind) for kind, usd in prices.items() if kind.startswith(("t3.", "t4g."))}
    for family in ("t3.", "t4g."):
        found = [usd for kind, usd in per_large.items() if kind.startswith(family)]
        assert max(found) - min(found) < 0.001


def test_a_price_of_the_region_itself_is_no_approximation():
    assert CATALOGUE.price("nat_hour", "eu-west-1") == (0.048, None)
    assert CATALOGUE.price("dns_zone_month", "ap-south-1") == (0.5, None)
    assert CATALOGUE.instance_hour("t4g.small", "us-east-1") == (0.0168, None)


def test_what_a_region_lacks_is_taken_from_the_region_of_reference_and_said():
    usd, approximation = CATALOGUE.price("nat_hour", "ap-south-1")

    assert (usd, approximation) == (0.045, "nat_hour in ap-south-1: the price of us-east-1")


@pytest.mark.parametrize(
    ("instance_type", "share"),
    [
        ("m9g.large", 1), ("t3.nano", 1 / 16), ("m9g.4xlarge", 8), ("c8gn.metal-24xl", 48), ("u7i.metal", 48),
        ("x.xlarge", 2),
    ],
)  # fmt: skip
def test_an_instance_type_that_is_not_listed_costs_what_its_size_does(instance_type, share):
    assert share_of_large(instance_type) == share
    usd, approximation = CATALOGUE.instance_hour(instance_type, "eu-west-1")
    assert usd == pytest.approx(0.1 * share)
    assert approximation.startswith(f"{instance_type} in eu-west-1: ")


def test_what_nobody_knows_is_an_error():
    with pytest.raises(KeyError, match="gold"):
        CATALOGUE.price("gold", "us-east-1")
