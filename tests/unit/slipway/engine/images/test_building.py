"""An image is built once for all that goes in; what fails by bad luck is tried once more, and only that."""

from __future__ import annotations

import pytest

from contract.images import BUILD_TAG
from slipway.domain.errors import SlipwayError
from slipway.domain.images import Parameter, Status
from slipway.engine.images.building import BuildFailedError, build
from slipway.engine.images.events import StatusChanged
from slipway.engine.images.following import RESUMED_SECONDS, HungError
from tests.unit.slipway.engine.images.world import BASE, FURTHER, HOME, PARAMETER, PREFIX, fails, finishes, runs

FAR = "ap-northeast-1"
BILL = "0123abcd" * 8
LUCK = "E: Failed to fetch http://mirror.example/  Temporary failure resolving 'mirror.example'"


def built(world, *, force=False, wait=True, timeout_seconds=3600):
    return build(world.site(), force=force, wait=wait, timeout_seconds=timeout_seconds)


def named(world):
    return {region: world.values[region, PARAMETER].ami for region in (HOME, FURTHER)}


def test_an_image_is_built_named_and_told(world):
    world.courses = [runs, finishes]

    outcome = built(world)

    assert (outcome.how, outcome.image.label, outcome.parameter) == ("built", "1.2.3/1", PARAMETER)
    assert outcome.seconds == pytest.approx(0.1)
    assert named(world) == outcome.image.amis
    assert outcome.image.base_image == BASE
    assert outcome.image.tags[BUILD_TAG] == "shop-blue-proxy"


def test_the_same_is_not_built_again(world):
    image = world.finished()

    outcome = built(world)

    assert (outcome.how, outcome.image.arn) == ("reused", image.arn)
    assert "start" not in world.calls
    assert named(world) == image.amis


@pytest.mark.parametrize("other", [{"version": "1.2.4"}, {"base": "ami-2"}])
def test_another_recipe_or_base_image_is_built(world, other):
    world.finished(**other)
    world.courses = [finishes]

    assert built(world).how == "built"


def test_the_same_is_built_again_if_wanted_or_if_its_ami_is_gone(world):
    image = world.finished()
    world.courses = [finishes, finishes]

    assert built(world, force=True).how == "built"
    for known in world.known:
        world.machine_images.pop((HOME, known.amis[HOME]))
    assert built(world).how == "built"
    assert f"its AMI {image.amis[HOME]} in {HOME} is not" in world.told()


def test_a_region_that_lacks_the_image_gets_it_without_a_build(world):
    world.finished(regions=(HOME,))
    world.courses = [finishes]

    assert built(world).how == "reused"
    assert f"distribute {FURTHER}" in world.calls
    assert "start" not in world.calls


def test_what_somebody_chose_stays_until_something_else_is_built(world):
    world.finished()
    world.values[HOME, PARAMETER] = Parameter(PARAMETER, "ami-chosen", is_chosen=True)

    built(world)

    assert world.values[HOME, PARAMETER].ami == "ami-chosen"
    assert "ami-chosen stays, since it was chosen" in world.told()
    world.courses = [finishes]
    assert built(world, force=True).image.amis == named(world)


def test_who_comes_second_follows_the_build_of_the_first(world):
    started = built(world, wait=False)
    world.courses = [runs, finishes]

    outcome = built(world)

    assert (started.how, outcome.how) == ("started", "followed")
    assert outcome.image.arn == started.image.arn
    assert world.calls.count("start") == 1


def test_a_build_of_the_schedule_is_followed_too(world):
    scheduled = world.scheduled()
    world.courses = [runs, finishes]

    outcome = built(world)

    assert (outcome.how, outcome.image.arn) == ("followed", scheduled.arn)
    assert "start" not in world.calls
    assert named(world) == outcome.image.amis


def test_a_build_of_the_schedule_on_another_base_image_is_no_reason_to_build_nothing(world):
    scheduled = world.scheduled(base="ami-2")
    world.courses = [finishes, finishes]

    outcome = built(world)

    assert (outcome.how, outcome.image.label, outcome.image.base_image) == ("built", "1.2.3/2", BASE)
    assert f"build {scheduled.label} is on base image ami-2, not on {BASE}: another is built" in world.told()


def test_a_build_that_says_its_base_image_is_followed_before_one_that_does_not(world):
    ours = built(world, wait=False).image
    world.scheduled()
    world.courses = [finishes]

    assert built(world).image.arn == ours.arn


def test_bad_luck_is_tried_once_more_from_the_beginning(world):
    world.courses = [fails(LUCK), finishes]

    assert built(world).image.label == "1.2.3/2"
    assert "a server that packages come from did not answer well: it is tried once more" in world.told()


def test_bad_luck_in_distribution_goes_on_from_there(world):
    world.courses = [fails("Rate exceeded", "DISTRIBUTING"), finishes]

    assert built(world).image.label == "1.2.3/1"
    assert "retry" in world.calls


def test_a_build_that_is_taken_up_again_later_is_waited_for(world):
    world.retry_seconds = 45.0
    world.courses = [fails("Rate exceeded", "DISTRIBUTING"), finishes]

    outcome = built(world)

    assert (outcome.image.label, outcome.image.status) == ("1.2.3/1", Status.AVAILABLE)
    assert [event.status for event in world.heard if isinstance(event, StatusChanged)] == ["FAILED", "AVAILABLE"]


def test_a_build_that_is_not_taken_up_again_has_failed(world):
    world.retry_seconds = 10 * RESUMED_SECONDS
    world.courses = [fails("Rate exceeded", "DISTRIBUTING")]

    with pytest.raises(BuildFailedError, match="Rate exceeded"):
        built(world)

    assert RESUMED_SECONDS < world.seconds < RESUMED_SECONDS + 20


def test_a_build_that_fails_again_has_failed(world):
    world.courses = [fails("Rate exceeded", "DISTRIBUTING"), fails("Throttling", "DISTRIBUTING", workflow="wf-2")]

    with pytest.raises(BuildFailedError, match="Throttling"):
        built(world)


def test_bad_luck_twice_is_an_error(world):
    world.courses = [fails(LUCK), fails(LUCK)]

    with pytest.raises(BuildFailedError, match=r"build 1\.2\.3/2 failed") as error:
        built(world)

    assert error.value.cause.what == LUCK
    assert world.calls.count("start") == 2


def test_what_would_fail_again_is_not_tried_again(world):
    world.courses = [fails("no such package")]

    with pytest.raises(BuildFailedError, match=r"phase build, step Install \(ExecuteBash\): no such package"):
        built(world)

    assert world.calls.count("start") == 1


def test_a_build_that_hangs_is_cancelled_and_its_leftovers_removed(world):
    start = world.start
    world.start = lambda pipeline, tags: _with_leftover(world, start(pipeline, tags))

    with pytest.raises(HungError, match="after 10 minutes"):
        built(world, timeout_seconds=600)

    assert world.known[0].status is Status.CANCELLED
    assert world.built_amis(HOME, world.known[0].arn) == []


def test_a_build_of_somebody_else_that_hangs_is_left_to_them(world):
    built(world, wait=False)

    with pytest.raises(HungError, match=r"slipway image cancel blue 1\.2\.3/1 ends it"):
        built(world, timeout_seconds=600)

    assert "cancel" not in world.calls
    assert not world.known[0].status.is_over


def failing_later(world, *failure):
    """Return a course that fails when the AMIs have been made."""
    return lambda image: fails(*failure)(world._with_amis(image, (HOME, FURTHER)))


def leftovers(world):
    return [ami for region in (HOME, FURTHER) for ami in world.built_amis(region, f"{PREFIX}/*")]


def test_a_build_that_failed_leaves_no_ami(world):
    world.courses = [failing_later(world, "no page", "TESTING", "test")]

    with pytest.raises(BuildFailedError, match="no page"):
        built(world)

    assert leftovers(world) == []
    assert world.known[0].status is Status.FAILED


def test_what_is_tried_again_from_there_keeps_its_amis_and_from_the_beginning_does_not(world):
    world.courses = [failing_later(world, "Rate exceeded", "DISTRIBUTING"), finishes]
    kept = built(world).image
    assert [call for call in world.calls if call.startswith("remove")] == []

    world.courses = [failing_later(world, LUCK), finishes]
    again = built(world, force=True).image

    assert {ami.image_arn for ami in leftovers(world)} == {kept.arn, again.arn}


def test_what_a_build_of_somebody_else_left_is_removed_before_the_next_one(world):
    started = built(world, wait=False).image
    world.courses = [failing_later(world, "no page", "TESTING", "test")]
    with pytest.raises(BuildFailedError):
        built(world)
    assert {ami.image_arn for ami in leftovers(world)} == {started.arn}

    world.courses = [finishes]
    image = built(world).image

    assert {ami.image_arn for ami in leftovers(world)} == {image.arn}


def test_copies_of_images_that_are_gone_go_before_the_next_build(world):
    lost, kept = lost_copy(world, "1.0.0"), lost_copy(world, "1.1.0", FAR)
    world.courses = [finishes]

    image = built(world).image

    assert {each.arn for each in world.known} == {kept.arn, image.arn}
    assert f"copy {lost.label} of image 1.0.0/1, which is gone, was removed" in world.told()
    assert f"remove {FURTHER} {lost.amis[FURTHER]}" in world.calls


def lost_copy(world, version, region=FURTHER):
    """Return the copy of an image that a lifecycle policy has deleted since."""
    image = world.finished(version, regions=(HOME,))
    copy = world.distribute(image, name="", pipeline_arn="", parameters={region: ""}, role="")
    copied = world.image(copy)
    world._put(finishes(copied))
    world.remove(HOME, image.amis[HOME])
    world.delete(image.arn)
    return copied


def test_what_cannot_be_removed_hides_no_cause_and_stops_no_build(world):
    world.broken["remove"] = SlipwayError("refused", "ec2:DeregisterImage was refused", "ask for it")
    world.courses = [failing_later(world, "no page", "TESTING", "test"), finishes]

    with pytest.raises(BuildFailedError, match="no page"):
        built(world)

    assert "slipway image cancel blue tries again: ec2:DeregisterImage was refused" in world.told()
    assert built(world).how == "built"


def _with_leftover(world, arn):
    world._with_amis(world.known[0], [HOME])
    return arn


def test_the_bill_of_materials_is_found_by_the_images_tag(world):
    world.courses = [finishes]
    world.log = ["Stdout: something", f"Stdout: bill of materials: {BILL}", "Stdout: the end"]

    built(world)

    assert world.known[0].tags["slipway:bill-of-materials"] == BILL
