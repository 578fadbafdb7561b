"""Names of images fit what AWS takes."""

import re

from contract import images


def test_parameter_stands_where_image_builder_may_write() -> None:
    name = images.parameter("slipway", "production", "1.536870911.536870911")
    assert name == "/imagebuilder/slipway/production/1.536870911.536870911/ami-id"
    assert re.fullmatch(r"(/[A-Za-z0-9_.-]+)+", name)


def test_bill_is_found_by_its_hash() -> None:
    assert images.bill_key("image-bills", "ab12") == "image-bills/ab12.cdx.json"
