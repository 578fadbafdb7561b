"""What is removed takes along all that hangs on it; what cannot be removed is told, and stops nothing else."""

from __future__ import annotations

from dataclasses import replace

import pytest

from contract import outputs
from slipway.domain.errors import RefusedError, SlipwayError
from slipway.domain.images import Parameter, Status
from slipway.engine.images import deleting
from tests.unit.slipway.engine.images.world import BASE, FURTHER, HOME, PARAMETER, PIPELINE

OLD = PARAMETER.replace("1.2.3", "1.0.0")


def test_one_image_goes_with_its_amis_and_parameters(world):
    old = world.finished("1.0.0")
    new = world.finished()
    world.values[HOME, OLD] = Parameter(OLD, old.amis[HOME])
    world.values[HOME, PARAMETER] = Parameter(PARAMETER, new.amis[HOME])

    removal = deleting.delete_one(world.site(), old.label)

    assert removal.images == ["1.0.0/1"]
    assert removal.parameters == [f"{HOME} {OLD}"]
    assert {ami for _, ami in world.machine_images} == {BASE, *new.amis.values()}
    assert (HOME, PARAMETER) in world.values


def test_the_image_in_use_stays(world):
    image = world.finished()
    world.values[HOME, PARAMETER] = Parameter(PARAMETER, image.amis[HOME])

    with pytest.raises(RefusedError, match="in use: the next deployment would launch it in us-east-1"):
        deleting.delete_one(world.site(), image.label)


def test_everything_goes_builds_that_run_and_orphans_too_and_once(world):
    world.finished()
    world.start(PIPELINE, {"slipway:image-version": "1.2.3", "slipway:base-image": BASE})
    orphan = world.finished("0.9.0")
    world.delete(orphan.arn)
    world.values[FURTHER, PARAMETER] = Parameter(PARAMETER, "ami-gone")

    removal = deleting.delete_all(world.site())

    assert removal.left == []
    assert (list(world.machine_images), world.known) == ([(HOME, BASE)], [])
    assert removal.parameters == [f"{FURTHER} {PARAMETER}"]
    assert deleting.delete_all(world.site()).is_empty


def launched(world, ami):
    world.stacks[HOME, "shop-blue-fleet"] = {outputs.AUTO_SCALING_GROUP_NAME: "group"}
    world.groups[HOME] = frozenset({ami})


def test_nothing_goes_while_a_fleet_launches_one(world):
    old, new = world.finished("1.0.0"), world.finished()
    launched(world, old.amis[HOME])

    with pytest.raises(RefusedError, match=f"launches {old.amis[HOME]}, so no image was removed") as error:
        deleting.delete_all(world.site())

    assert "--even-in-use" in error.value.next_step
    assert world.known == [new, old]
    assert deleting.delete_all(world.site(), even_in_use=True).images == [new.label, old.label]


def test_an_orphan_that_a_fleet_launches_stays_too(world):
    orphan = world.finished("0.9.0")
    world.delete(orphan.arn)
    launched(world, orphan.amis[HOME])

    with pytest.raises(RefusedError, match=orphan.amis[HOME]):
        deleting.delete_all(world.site())


def test_images_of_others_in_the_fleet_are_no_hindrance(world):
    image = world.finished()
    launched(world, BASE)

    assert deleting.delete_all(world.site()).images == [image.label]
    assert "forget_distributions shop-blue-proxy-further-" in world.calls


def test_without_an_image_stack_everything_goes_all_the_same(world):
    world.finished()
    world.stacks.clear()

    assert deleting.delete_all(world.site(given_amis={HOME: "ami-1", FURTHER: "ami-2"})).images == ["1.2.3/1"]


def test_what_cannot_be_removed_is_told_and_found_again(world):
    world.finished("1.0.0")
    world.finished()
    world.broken["remove"] = SlipwayError("not-allowed", "DeregisterImage was refused", "may it")

    removal = deleting.delete_all(world.site())

    assert removal.images == []
    assert "DeregisterImage was refused" in removal.left[0]
    del world.broken["remove"]
    assert sorted(deleting.delete_all(world.site()).images) == ["1.0.0/1", "1.2.3/1"]


def test_a_copy_in_use_stays_though_its_original_is_gone(world):
    image = world.finished(regions=(HOME,))
    copy = world.distribute(image, name="", pipeline_arn="", parameters={FURTHER: PARAMETER}, role="")
    world.delete(image.arn)

    deleting.remove_lost_copies(world.site(), [replace(world.image(copy), status=Status.AVAILABLE)])

    assert [each.arn for each in world.known] == [copy]


def test_a_record_that_cannot_be_removed_stops_nothing_else(world):
    world.finished("1.0.0")
    world.finished()
    world.broken["delete"] = SlipwayError("busy", "DeleteImage failed", "again")

    removal = deleting.delete_all(world.site())

    assert [left.partition(":")[0] for left in removal.left] == ["image 1.2.3/1", "image 1.0.0/1"]
    assert len(removal.amis) == 4
