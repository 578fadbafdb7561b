"""What is built is named where the fleet looks for it, and nothing is written that is there."""

from __future__ import annotations

from slipway.domain.errors import RefusedError
from slipway.domain.images import Parameter
from slipway.engine.images import finding, recording
from tests.unit.slipway.engine.images.world import FURTHER, HOME, PARAMETER, finishes


def test_only_what_is_wrong_is_written(world):
    image = world.finished()
    world.values[HOME, PARAMETER] = Parameter(PARAMETER, image.amis[HOME])
    site = world.site()

    recording.record(site, image, finding.workshop(site), anew=False)

    assert world.told().count(PARAMETER) == 1
    assert world.values[FURTHER, PARAMETER].ami == image.amis[FURTHER]


def test_a_copy_that_was_lost_is_made_again(world):
    image = world.finished()
    world.machine_images.pop((FURTHER, image.amis[FURTHER]))
    world.courses = [finishes]
    site = world.site()

    recording.record(site, image, finding.workshop(site), anew=False)

    assert f"distribute {FURTHER}" in world.calls
    assert (FURTHER, world.values[FURTHER, PARAMETER].ami) in world.machine_images


def test_a_log_without_a_bill_leaves_the_image_without_a_tag(world):
    image = world.finished()
    world.log = ["nothing of that kind"]
    site = world.site()

    recording.record(site, image, finding.workshop(site), anew=True)

    assert "tag" not in world.calls
    assert "gets no tag slipway:bill-of-materials" in world.told()
    assert "/aws/imagebuilder/shop-blue-proxy names none" in world.told()


def test_a_log_that_may_not_be_read_is_told(world):
    image = world.finished()
    world.lines = lambda *_: _raise(RefusedError("not-allowed", "GetLogEvents was refused", ""))
    site = world.site()

    recording.record(site, image, finding.workshop(site), anew=True)

    assert "is found: GetLogEvents was refused" in world.told()


def _raise(error):
    raise error


def test_an_image_that_lacks_the_tag_gets_it_later(world):
    image = world.finished()
    world.log = [f"Stdout: bill of materials: {'0123abcd' * 8}"]
    site = world.site()

    recording.record(site, image, finding.workshop(site), anew=False)

    assert world.image(image.arn).tags["slipway:bill-of-materials"] == "0123abcd" * 8


def test_a_parameter_whose_image_is_gone_goes_after_a_build(world):
    image = world.finished()
    old = world.finished("1.0.0")
    gone, kept = PARAMETER.replace("1.2.3", "0.9.0"), PARAMETER.replace("1.2.3", "1.0.0")
    world.values[HOME, gone] = Parameter(gone, "ami-gone")
    world.values[HOME, kept] = Parameter(kept, old.amis[HOME])
    site = world.site()

    recording.record(site, image, finding.workshop(site), anew=True)

    assert (HOME, gone) not in world.values
    assert world.values[HOME, kept].ami == old.amis[HOME]
    assert f"{HOME}: {gone} was removed, since its AMI ami-gone is gone" in world.told()


def test_a_region_with_an_image_of_its_own_needs_none(world):
    image = world.finished(regions=(FURTHER,))
    site = world.site(given_amis={HOME: "ami-1"})

    recording.record(site, image, finding.workshop(site), anew=False)

    assert (HOME, PARAMETER) not in world.values
    assert world.values[FURTHER, PARAMETER].ami == image.amis[FURTHER]
