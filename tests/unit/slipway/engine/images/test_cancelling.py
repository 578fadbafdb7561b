"""A build that is ended has ended, and leaves no AMI."""

from __future__ import annotations

from dataclasses import replace

import pytest

from contract import outputs
from slipway.domain.errors import SlipwayError
from slipway.domain.images import Parameter, Status
from slipway.engine.images import cancelling
from tests.unit.slipway.engine.images.world import FURTHER, HOME, PARAMETER, PIPELINE, finishes


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


def test_what_a_fleet_launches_or_a_deployment_would_stays(world, image):
    """A build writes the parameter of a region before it may fail in another, so its AMI may be in use."""
    failed = world._with_amis(replace(image, status=Status.FAILED), [HOME, FURTHER])
    world.values[HOME, PARAMETER] = Parameter(PARAMETER, failed.amis[HOME])
    world.stacks[FURTHER, "shop-blue-fleet-eu-west-1"] = {outputs.AUTO_SCALING_GROUP_NAME: "group"}
    world.groups[FURTHER] = frozenset({failed.amis[FURTHER]})

    cancelling.remove_leftovers(world.site(), [failed])

    assert world.built_amis(HOME, image.arn)
    assert world.built_amis(FURTHER, image.arn)
    assert f"{HOME}: {failed.amis[HOME]}, of build 1.2.3/1, stays: a fleet launches it, or would" in world.told()
