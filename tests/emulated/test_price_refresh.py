"""The command that brings the catalogue of prices up to date, against the Price List API."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import date

from config.prices import CATALOGUE, REFERENCE_REGION, read_catalogue
from slipway.adapters.pricing import AwsPriceList
from slipway.prices import refreshed


def test_the_prices_of_the_catalogue_are_those_of_the_price_list(client):
    """The embedded AWS lists one region; both were gathered apart, so that a slip in either shows."""
    catalogue = read_catalogue()
    one = catalogue.model_copy(update={"regions": {REFERENCE_REGION: catalogue.regions[REFERENCE_REGION]}})

    result = refreshed(one, AwsPriceList(client("pricing")), date(2027, 1, 1), everywhere_from=REFERENCE_REGION)

    assert result.changed == ()
    assert len(result.kept) < len(one.regions[REFERENCE_REGION]) / 2


def test_the_command_says_what_would_change_and_writes_only_when_it_should(emulator, project_root):
    before = CATALOGUE.read_bytes()
    credentials = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
    ended = subprocess.run(
        [sys.executable, "-m", "slipway.adapters.pricing"], cwd=project_root, capture_output=True, text=True,
        env={**os.environ, **credentials, "AWS_ENDPOINT_URL": emulator.endpoint_url}, check=False,
    )  # fmt: skip

    assert (ended.returncode, ended.stderr) == (0, "")
    assert "not listed, kept: nat_hour in eu-west-1: 0.048 USD" in ended.stdout
    assert CATALOGUE.read_bytes() == before
