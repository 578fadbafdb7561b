"""An older image is chosen everywhere or nowhere."""

from __future__ import annotations

from dataclasses import replace

import pytest

from slipway.domain.errors import MissingError, RefusedError
from slipway.domain.images import Parameter
from slipway.engine.images import choosing
from tests.unit.slipway.engine.images.world import FURTHER, HOME, PARAMETER


def test_the_parameters_name_the_choice_in_every_region(world):
    old = world.finished("1.0.0")
    world.values[HOME, PARAMETER] = Parameter(PARAMETER, "ami-new")

    choice = choosing.use(world.site(), "1.0.0/1")

    assert choice.before == {HOME: "ami-new", FURTHER: ""}
    for region in (HOME, FURTHER):
        assert world.values[region, PARAMETER] == Parameter(PARAMETER, old.amis[region], is_chosen=True)


def test_latest_is_no_choice_but_the_end_of_one(world):
    world.finished()

    choosing.use(world.site(), "latest")

    assert not world.values[HOME, PARAMETER].is_chosen


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
