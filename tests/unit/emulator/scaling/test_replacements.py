"""How many instances may be missing while others are replaced."""

from __future__ import annotations

from emulator.scaling.replacements import RefreshPreferences, RollingUpdate, of_refresh, of_update, percentage

OLD = frozenset({"i-1"})


def refresh(desired, surge=True, **preferences):
    made = of_refresh(RefreshPreferences(**preferences), desired, OLD, surge=surge)
    return made.minimum, made.maximum, made.batch


def test_refresh_keeps_the_share_that_was_asked_for():
    assert refresh(10) == (9, 10, 1)
    assert refresh(10, minimum_percent=50) == (5, 10, 5)


def test_refresh_of_one_instance_ends_it_first_unless_more_are_allowed():
    assert refresh(1) == (0, 1, 1)
    assert refresh(1, minimum_percent=100, maximum_percent=110) == (1, 2, 1)


def test_where_there_is_no_room_the_old_one_goes_first():
    assert refresh(1, surge=False, minimum_percent=100, maximum_percent=110) == (0, 1, 1)
    assert of_update(RollingUpdate(minimum=1), 1, 2, OLD, surge=False).minimum == 0


def test_update_launches_beside_only_up_to_the_greatest_size():
    made = of_update(RollingUpdate(minimum=2, batch=2), 2, 3, OLD, surge=True)

    assert (made.minimum, made.maximum, made.batch) == (2, 3, 2)


def test_update_of_a_full_group_makes_room_first():
    made = of_update(RollingUpdate(minimum=2), 2, 2, OLD, surge=True)

    assert (made.minimum, made.maximum) == (1, 2)


def test_percentage_is_the_share_that_is_done():
    assert [percentage(4, 4), percentage(4, 1), percentage(3, 0), percentage(0, 0)] == [0, 75, 100, 100]
