"""A build that is ended has ended, and leaves no AMI."""

from __future__ import annotations

from dataclasses import replace

import pytest

from slipway.domain.errors import SlipwayError
from slipway.domain.images import Status
from slipway.engine.images import cancelling
from tests.unit.slipway.engine.images.world import FURTHER, PIPELINE, finishes


@pytest.fixture
def image(world):
    arn = world.start(PIPELINE, {"slipway:image-version": "1.2.3", "slipway:base-image": "ami-1"})
    return next(image for image in world.known if image.arn == arn)


def test_what_a_build_has_made_goes_with_it(world, image):
    world._with_amis(image, [FURTHER])

    assert cancelling.end(world.site(), image).status is Status.CANCELLED
    assert world.built_amis(FURTHER, image.arn) == []


def test_a_build_that_was_quicker_keeps_its_amis(world, image):
    world.cancel = lambda _: None
    world.courses = [finishes]

    assert cancelling.end(world.site(), image).status is Status.AVAILABLE
    assert world.built_amis(FURTHER, image.arn)


def test_a_build_that_does_not_end_is_told(world, image):
    world.cancel = lambda _: None

    with pytest.raises(SlipwayError, match="was cancelled 10 minutes ago, and is PENDING"):
        cancelling.end(world.site(), image)


def test_only_builds_that_came_to_nothing_leave_something(world, image):
    failed = replace(image, status=Status.FAILED)
    world._with_amis(image, [FURTHER])
    good = world.finished()

    cancelling.remove_leftovers(world.site(), [failed, good])

    assert world.built_amis(FURTHER, image.arn) == []
    assert world.built_amis(FURTHER, good.arn)
