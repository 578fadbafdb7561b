"""What is around an instance: a network of its own, with AWS and an internet; and the words if these do not start."""

from __future__ import annotations

import subprocess

import pytest

from local.console import LocalError
from local.image import surroundings
from local.image.builds import Workshop
from local.image.internet import ADDRESSES, METADATA, ORIGIN
from local.image.root import Root
from tests.image.conftest import Image, left_of


def test_its_network_has_these_addresses_and_leads_nowhere_else(instance: Root) -> None:
    shown = instance.run(["ip", "-brief", "-4", "address"]).stdout.split()
    assert {f"{address}/32" for address in ADDRESSES} < {*shown}
    assert instance.run(["ip", "route"]).stdout == ""


def test_none_of_it_is_this_machines(instance: Root) -> None:
    mine = subprocess.run(["ip", "-brief", "-4", "address"], check=True, capture_output=True, text=True).stdout
    assert f"{ORIGIN}/" not in mine
    assert f"{METADATA}/" not in mine


def test_an_internet_that_does_not_start_is_told_and_leaves_nothing(shop: Workshop, image: Image) -> None:
    with (
        pytest.raises(LocalError, match="internet did not start"),
        surroundings.launched(shop, "alone", image.folder, internet_module="local.image.expressions"),
    ):
        pass
    assert left_of(shop.folder / "alone") == []
    assert not (shop.folder / "aws-of-alone").exists()
