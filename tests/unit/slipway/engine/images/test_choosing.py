"""An older image is chosen everywhere or nowhere."""

from __future__ import annotations

from dataclasses import replace

import pytest

from slipway.domain.errors import MissingError, RefusedError
from slipway.domain.images import Parameter, Status
from slipway.engine.images import choosing
from tests.unit.slipway.engine.images.world import FURTHER, HOME, PARAMETER


def test_the_parameters_name_the_choice_in_every_region(world):
    old = world.finished("1.0.0")
    world.values[HOME, PARAMETER] = Parameter(PARAMETER, "ami-new")

    choice = choosing.use(world.site(), "1.0.0/1")

    assert choice.before == {HOME: Parameter(PARAMETER, "ami-new"), FURTHER: None}
    assert (choice.recipe_version, choice.is_kept, choice.changes, choice.ended) == ("1.2.3", True, True, False)
    for region in (HOME, FURTHER):
        assert world.values[region, PARAMETER] == Parameter(PARAMETER, old.amis[region], is_chosen=True)


def test_latest_is_no_choice_but_the_end_of_one(world):
    world.finished()
    choosing.use(world.site(), "1.2.3/1")

    first, second = (choosing.use(world.site(), "latest") for _ in range(2))

    assert not world.values[HOME, PARAMETER].is_chosen
    assert (first.ended, first.changes, second.ended, second.changes) == (True, False, False, False)


def test_latest_is_of_the_deployed_recipe_or_nothing(world):
    world.finished("1.0.0")

    with pytest.raises(MissingError, match=r"no finished image of recipe 1\.2\.3, which stack shop") as error:
        choosing.use(world.site(), "latest")

    assert error.value.next_step == "slipway image build blue"
    assert (HOME, PARAMETER) not in world.values


@pytest.mark.parametrize("status", [each for each in Status if each is not Status.AVAILABLE])
def test_only_what_is_available_is_chosen(world, status):
    good = world.finished()
    bad = replace(world.finished(), status=status, reason="a test failed")
    world._put(bad)

    with pytest.raises(RefusedError, match=f"{bad.label} {status.in_words} .a test failed.*; available: {good.label}"):
        choosing.use(world.site(), bad.amis[HOME])

    assert (HOME, PARAMETER) not in world.values


def test_an_image_that_is_lost_at_home_is_not_advised_to_be_copied(world):
    image = world.finished()
    world.machine_images.pop((HOME, image.amis[HOME]))

    with pytest.raises(MissingError, match="us-east-1 has lost AMI") as error:
        choosing.use(world.site(), image.label)

    assert "distribute" not in error.value.next_step


def test_a_region_without_the_image_or_its_ami_changes_nothing(world):
    image = world.finished(regions=(HOME,))

    with pytest.raises(MissingError, match="eu-west-1 does not have image") as error:
        choosing.use(world.site(), image.label)

    assert f"slipway image distribute blue {image.label} --to eu-west-1" in error.value.next_step
    other = world.finished()
    world.machine_images.pop((FURTHER, other.amis[FURTHER]))
    with pytest.raises(MissingError, match=f"eu-west-1 has lost AMI {other.amis[FURTHER]}"):
        choosing.use(world.site(), other.label)
    assert (HOME, PARAMETER) not in world.values


def test_an_image_of_another_architecture_is_refused(world):
    image = world.finished()
    key = (FURTHER, image.amis[FURTHER])
    world.machine_images[key] = replace(world.machine_images[key], architecture="x86_64")

    with pytest.raises(RefusedError, match="is for x86_64, and environment blue has arm64 machines"):
        choosing.use(world.site(), image.label)
