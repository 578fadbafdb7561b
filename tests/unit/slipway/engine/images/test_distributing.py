"""A finished image is copied where it lacks, and what cannot be copied is refused before anything is done."""

from __future__ import annotations

from dataclasses import replace

import pytest

from slipway.domain.errors import MissingError, RefusedError, SlipwayError
from slipway.domain.images import Parameter, Status
from slipway.engine.images import distributing, finding
from tests.unit.slipway.engine.images.world import FURTHER, HOME, PARAMETER, fails, finishes

FAR = "ap-southeast-2"


def distribute(world, image, *regions, **changes):
    site = world.site()
    return distributing.distribute(site, image, regions, replace(finding.workshop(site), **changes))


def test_only_what_lacks_is_copied_and_the_configuration_for_it_goes(world):
    image = world.finished()
    world.courses = [finishes]

    distribute(world, image, FURTHER, FAR, FAR)

    assert f"distribute {FAR}" in world.calls
    ((name, parameters),) = world.copied
    assert name.startswith("shop-blue-proxy-further-1-2-3-1-")
    assert parameters == {FAR: PARAMETER}
    assert world.calls[-1] == f"forget_distributions {name}"
    assert distribute(world, image, FURTHER) == image


@pytest.mark.parametrize(
    ("region", "what"),
    [
        ("cn-north-1", "is in partition aws-cn and us-east-1 in aws"),
        ("eu-wets-1", '"eu-wets-1" is no region of AWS that is known here\n  next: name one, such as eu-west-1'),
    ],
)
def test_a_region_that_no_image_gets_to_is_refused(world, region, what):
    with pytest.raises(RefusedError, match=what):
        distribute(world, world.finished(), region)


def test_an_unfinished_image_cannot_be_copied(world):
    image = replace(world.finished(), status=Status.FAILED)
    world._put(image)

    with pytest.raises(RefusedError, match=r"image 1\.2\.3/1 failed, so it can neither be chosen nor copied"):
        distribute(world, image, FAR)


def test_what_is_lost_at_home_cannot_be_copied_and_what_is_lost_elsewhere_is_copied_again(world):
    image = world.finished()
    world.machine_images.pop((FURTHER, image.amis[FURTHER]))
    world.courses = [finishes]

    copied = distribute(world, image, FURTHER)

    assert finding.the_image(world.site(), image.label).amis == {**image.amis, **copied.amis}
    world.machine_images.pop((HOME, image.amis[HOME]))
    with pytest.raises(MissingError, match="has no AMI in us-east-1 any more"):
        distribute(world, image, FAR)


def test_without_a_role_the_stack_has_to_be_deployed(world):
    with pytest.raises(RefusedError, match="no role by which Image Builder may copy") as error:
        distribute(world, world.finished(), FAR, distribution_role="")

    assert error.value.next_step.startswith("cdk deploy")


def test_a_copy_that_fails_is_told_and_leaves_no_configuration(world):
    world.courses = [fails("no quota", "DISTRIBUTING")]

    with pytest.raises(SlipwayError, match=r"image 1\.2\.3/1 was not distributed: .*no quota"):
        distribute(world, world.finished(regions=(HOME,)), FURTHER)

    assert f"forget_distributions {world.copied[0][0]}" in world.calls[-4:]


def test_each_distribution_has_a_name_of_its_own(world):
    image = world.finished(regions=(HOME,))
    world.courses = [finishes, finishes]

    distribute(world, image, FURTHER)
    distribute(world, image, FURTHER)

    assert len({name for name, _ in world.copied}) == 2


@pytest.mark.parametrize("version", ["1.2.3", "1.0.0"])
def test_another_image_is_not_put_in_place_of_the_one_that_is_named(world, version):
    old = world.finished(version, regions=(HOME,))
    if version == "1.2.3":
        world.values[FURTHER, PARAMETER] = Parameter(PARAMETER, "ami-new")
    world.courses = [finishes]

    distribute(world, old, FURTHER)
    site = world.site()
    image = finding.the_image(site, old.label)
    distributing.tell_unnamed(site, image, [FURTHER], finding.workshop(site))

    assert world.copied[0][1] == {FURTHER: ""}
    assert f"`slipway image use blue {old.label}` chooses the copy" in world.told()
