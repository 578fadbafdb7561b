"""What is built is named where the fleet looks for it, and nothing is written that is there."""

from __future__ import annotations

from slipway.domain.images import Parameter
from slipway.engine.images import finding, recording
from tests.unit.slipway.engine.images.world import FURTHER, HOME, PARAMETER


def test_only_what_is_wrong_is_written(world):
    image = world.finished()
    world.values[HOME, PARAMETER] = Parameter(PARAMETER, image.amis[HOME])
    site = world.site()

    recording.record(site, image, finding.workshop(site), anew=False)

    assert world.told().count(PARAMETER) == 1
    assert world.values[FURTHER, PARAMETER].ami == image.amis[FURTHER]


def test_a_log_without_a_bill_leaves_the_image_without_a_tag(world):
    image = world.finished()
    world.log = ["nothing of that kind"]
    site = world.site()

    recording.record(site, image, finding.workshop(site), anew=True)

    assert "tag" not in world.calls


def test_a_region_with_an_image_of_its_own_needs_none(world):
    image = world.finished(regions=(FURTHER,))
    site = world.site(given_amis={HOME: "ami-1"})

    recording.record(site, image, finding.workshop(site), anew=False)

    assert (HOME, PARAMETER) not in world.values
    assert world.values[FURTHER, PARAMETER].ami == image.amis[FURTHER]
