"""What a configuration says of images is read, and nobody is called."""

from __future__ import annotations

from config import load
from slipway.wiring import deployment_of, image_site


def test_a_configuration_says_where_images_are_built_and_used():
    deployment = deployment_of(load("development"))

    assert (deployment.home, deployment.architecture) == ("us-east-1", "arm64")
    assert (deployment.image_stack, deployment.image_name) == ("slipway-development-image", "slipway-development-proxy")
    assert deployment.fleet_stacks == {"us-east-1": "slipway-development-fleet"}
    assert deployment.built_for == ("us-east-1",)


def test_an_existing_image_is_known():
    deployment = deployment_of(load("development", overrides=["image.ami_id=ami-0123456789abcdef0"]))

    assert deployment.given_amis == {"us-east-1": "ami-0123456789abcdef0"}
    assert deployment.built_for == ()


def test_parts_are_put_together_without_a_call():
    site = image_site(load("development"), lambda _: None)

    assert site.deployment == deployment_of(load("development"))
    assert site.clock.seconds() > 0
