"""What images say of themselves."""

from __future__ import annotations

import pytest

from slipway.domain.images import ComponentFailure, Status
from tests.unit.slipway.engine.images.world import DEPLOYMENT, World


@pytest.mark.parametrize("status", Status)
def test_a_build_goes_on_until_it_has_ended(status):
    running = {"PENDING", "CREATING", "BUILDING", "TESTING", "DISTRIBUTING", "INTEGRATING"}

    assert status.is_over == (status not in running)


def test_an_image_is_called_by_version_and_build_and_known_by_its_tags():
    image = World().finished()

    assert image.label == "1.2.3/1"
    assert image.identity.tags.items() <= image.tags.items()
    assert DEPLOYMENT.parameters_prefix == "/imagebuilder/shop/blue"


def test_a_component_is_called_by_name_and_version():
    arn = "arn:aws:imagebuilder:us-east-1:123456789012:component/shop-blue-proxy-30-proxy/1.0.0/1"

    assert ComponentFailure(arn, "", "", "", "").component == "shop-blue-proxy-30-proxy 1.0.0"
    assert ComponentFailure("odd", "", "", "", "").component == "odd"
