"""The command that brings the catalogue of prices up to date, against the Price List API."""

from __future__ import annotations

from datetime import date

from config.prices import REFERENCE_REGION, read_catalogue
from slipway.adapters.pricing import AwsPriceList
from slipway.prices import refreshed


def test_the_prices_of_the_catalogue_are_those_of_the_price_list(client):
    """The embedded AWS lists one region; both were gathered apart, so that a slip in either shows."""
    catalogue = read_catalogue()
    one = catalogue.model_copy(update={"regions": {REFERENCE_REGION: catalogue.regions[REFERENCE_REGION]}})

    result = refreshed(one, AwsPriceList(client("pricing")), date(2027, 1, 1), everywhere_from=REFERENCE_REGION)

    assert result.changed == ()
    assert len(result.kept) < len(one.regions[REFERENCE_REGION]) / 2
