"""AWS's price list, by its API; also the command that brings the catalogue of prices up to date with it.

    python -m slipway.adapters.pricing [--write]

It needs credentials of any account that may call `pricing:GetProducts`; the catalogue is public. Source:
https://docs.aws.amazon.com/awsaccountbilling/latest/aboutv2/price-changes.html
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Protocol

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from config.prices import CATALOGUE, REFERENCE_REGION, as_yaml, read_catalogue
from slipway.prices import Product, refreshed

API_REGION = "us-east-1"
"""One of the regions that have this API; each answers for all."""


class PriceListError(Exception):
    """The price list could not be asked; the message says why and what to do."""


class Client(Protocol):
    """What is used of boto3's client."""

    def get_products(self, **request: Any) -> dict[str, Any]:
        """Return one page of products."""
        ...


class AwsPriceList:
    """The price list as it is now."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def usd(self, product: Product, region: str) -> float | None:
        """Return the price of one unit of a product in a region, before any of it is cheaper.

        :raises PriceListError: if AWS does not answer.
        """
        usage = re.compile(rf"([A-Z][A-Z0-9]*-|[a-z]+-[a-z]+-\d-)?{re.escape(product.usage)}")
        for listed in self._products(product, region):
            if usage.fullmatch(listed["product"]["attributes"].get("usagetype", "")):
                return _first_price(listed)
        return None

    def _products(self, product: Product, region: str) -> Iterator[dict[str, Any]]:
        where = {} if product.everywhere else {"regionCode": region}
        filters = [
            {"Type": "TERM_MATCH", "Field": name, "Value": value}
            for name, value in {**where, **product.attributes}.items()
        ]
        page: dict[str, str] = {}
        while True:
            try:
                answer = self._client.get_products(ServiceCode=product.service, Filters=filters, **page)
            except (ClientError, BotoCoreError) as error:
                raise PriceListError(
                    f"the price list was not read: {error}; use credentials that may call pricing:GetProducts"
                ) from error
            yield from map(json.loads, answer["PriceList"])
            if not answer.get("NextToken"):
                return
            page = {"NextToken": answer["NextToken"]}


def _first_price(listed: dict[str, Any]) -> float | None:
    """Return the on-demand price from the first unit on, in US dollars."""
    for term in listed["terms"].get("OnDemand", {}).values():
        for dimension in term["priceDimensions"].values():
            if dimension.get("beginRange", "0") == "0" and "USD" in dimension["pricePerUnit"]:
                return float(dimension["pricePerUnit"]["USD"])
    return None


def main() -> int:
    """Say what has changed, and with `--write` write it to the catalogue."""
    client: Client = boto3.Session().client("pricing", region_name=API_REGION)
    today = datetime.now(UTC).date()
    try:
        result = refreshed(read_catalogue(), AwsPriceList(client), today, everywhere_from=REFERENCE_REGION)
    except PriceListError as error:
        print(f"error: {error}", file=sys.stderr)  # noqa: T201 - the entry point talks to people
        return 1
    for text in (
        *(f"changed: {each}" for each in result.changed),
        *(f"not listed, kept: {each}" for each in result.kept),
    ):
        print(text)  # noqa: T201 - its output
    if "--write" in sys.argv[1:]:
        CATALOGUE.write_text(as_yaml(result.catalogue), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
