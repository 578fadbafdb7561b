"""Each image is told with what hangs on it."""

from __future__ import annotations

from contract import outputs
from slipway.domain.images import Parameter
from slipway.engine.images import listing
from tests.unit.slipway.engine.images.world import FURTHER, HOME, PARAMETER


def test_images_tell_who_launches_them_now_and_next(world):
    old, new = world.finished("1.0.0"), world.finished()
    world.stacks[HOME, "shop-blue-fleet"] = {outputs.AUTO_SCALING_GROUP_NAME: "fleet"}
    world.groups[HOME] = frozenset({old.amis[HOME]})
    for region in (HOME, FURTHER):
        world.values[region, PARAMETER] = Parameter(PARAMETER, new.amis[region])

    first, second = listing.entries(world.site())

    assert (first.image.label, first.launched_in, first.named_in) == ("1.2.3/1", (), (HOME, FURTHER))
    assert (second.image.label, second.launched_in, second.named_in) == ("1.0.0/1", (HOME,), ())
    assert (first.is_in_use, second.is_in_use, first.volume_gib) == (True, True, 12)


def test_a_choice_and_what_is_no_longer_there_are_told(world):
    image = world.finished()
    world.values[HOME, PARAMETER] = Parameter(PARAMETER, image.amis[HOME], is_chosen=True)
    world.machine_images.pop((FURTHER, image.amis[FURTHER]))

    (entry,) = listing.entries(world.site())

    assert (entry.chosen_in, entry.image.amis) == ((HOME,), {HOME: image.amis[HOME]})


def test_without_stacks_images_are_told_all_the_same(world):
    image = world.finished()
    world.stacks.clear()
    world.machine_images.pop((HOME, image.amis[HOME]))

    (entry,) = listing.entries(world.site())

    assert (entry.is_in_use, entry.volume_gib) == (False, None)
