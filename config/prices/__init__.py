"""The catalogue of prices: a dated file, and how to look one up; it asks nobody, so an estimate needs no network."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import Annotated, NamedTuple

import yaml
from pydantic import BaseModel, ConfigDict, Field

CATALOGUE = Path(__file__).parent / "catalogue.yaml"
HEADER = """\
# List prices of AWS in US dollars, without free tiers, discounts and taxes. What a region does not have is taken from
# us-east-1, and an estimate says so. Prices change: bring them up to date with `python -m slipway.adapters.pricing`.
"""
REFERENCE_REGION = "us-east-1"
USD_PER_LARGE_HOUR = 0.10
"""What an hour of an instance of size `large` is taken to cost where its family is not in the catalogue."""

TIERS = {"comprehend_million_units": ((10.0, 1.0), (50.0, 0.5), (float("inf"), 0.25))}
"""Of what gets cheaper by quantity in a month: up to where each tier goes, and its share of the first one's price.
Source: https://aws.amazon.com/comprehend/pricing/
"""

_SHARES_OF_LARGE = {"nano": 1 / 16, "micro": 1 / 8, "small": 1 / 4, "medium": 1 / 2, "large": 1.0, "xlarge": 2.0}
_METAL_SHARE = 48.0

Usd = Annotated[float, Field(ge=0)]


class Price(NamedTuple):
    """A price and where it comes from.

    :param usd: for one unit.
    :param approximation: why it is not the price of that very thing; none where it is.
    """

    usd: float
    approximation: str | None = None


class Catalogue(BaseModel):
    """List prices in US dollars, as they were on one day."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    date: date
    source: str
    everywhere: dict[str, Usd]
    regions: dict[str, dict[str, Usd]]

    def price(self, item: str, region: str) -> Price:
        """Return the price of something in a region.

        :param item: a key of the catalogue, for example `nat_hour`.
        :raises KeyError: if the catalogue does not have it for the region of reference.
        """
        for prices in (self.regions.get(region, {}), self.everywhere):
            if item in prices:
                return Price(prices[item])
        return Price(self.regions[REFERENCE_REGION][item], f"{item} in {region}: the price of {REFERENCE_REGION}")

    def mean_price(self, item: str, region: str, quantity: float) -> Price:
        """Return what one unit costs on average where so many are bought in a month.

        :param item: a key of :data:`TIERS`.
        """
        first, below, share_sum = self.price(item, region), 0.0, 0.0
        for end, share in TIERS[item]:
            share_sum += max(min(quantity, end) - below, 0) * share
            below = end
        return first._replace(usd=first.usd * share_sum / quantity) if quantity else first

    def instance_hour(self, instance_type: str, region: str) -> Price:
        """Return the price of an instance for an hour, by its size where the catalogue does not have the type."""
        if instance_type in self.regions[REFERENCE_REGION]:
            return self.price(instance_type, region)
        usd = USD_PER_LARGE_HOUR * share_of_large(instance_type)
        return Price(usd, f"{instance_type} in {region}: {usd:.4f} USD an hour, by its size alone")


def share_of_large(instance_type: str) -> float:
    """Return how many instances of size `large` one of this type is worth, as AWS sizes double step by step.

    Source: https://docs.aws.amazon.com/ec2/latest/instancetypes/instance-type-names.html
    """
    size = instance_type.partition(".")[2]
    many = re.fullmatch(r"(?:metal-)?(\d+)xl(?:arge)?", size)
    return 2.0 * int(many[1]) if many else _SHARES_OF_LARGE.get(size, _METAL_SHARE)


def as_yaml(catalogue: Catalogue) -> str:
    """Return what the catalogue's file holds."""
    return HEADER + yaml.safe_dump(catalogue.model_dump(), sort_keys=False, width=120)


def read_catalogue(path: Path = CATALOGUE) -> Catalogue:
    """Read the catalogue of prices."""
    return Catalogue.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
