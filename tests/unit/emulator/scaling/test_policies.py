"""What capacity follows from a scaling policy."""

from __future__ import annotations

import pytest

from emulator.scaling.policies import StepAdjustment, adjusted, bounded, step_for, tracked


@pytest.mark.parametrize(
    ("capacity", "kind", "adjustment", "magnitude", "expected"),
    [
        (3, "ChangeInCapacity", 2, 1, 5),
        (3, "ChangeInCapacity", -2, 1, 1),
        (3, "ExactCapacity", 7, 1, 7),
        (10, "PercentChangeInCapacity", 10, 1, 11),
        (3, "PercentChangeInCapacity", 10, 1, 4),
        (3, "PercentChangeInCapacity", -10, 1, 2),
        (5, "PercentChangeInCapacity", 50, 1, 7),
        (5, "PercentChangeInCapacity", -50, 1, 3),
        (4, "PercentChangeInCapacity", 25, 2, 6),
        (0, "PercentChangeInCapacity", 50, 1, 0),
    ],
)
def test_adjustment_is_rounded_as_the_guide_says(capacity, kind, adjustment, magnitude, expected):
    assert adjusted(capacity, kind, adjustment, magnitude) == expected


UP = (StepAdjustment(0.0, 10.0, 1), StepAdjustment(10.0, None, 3))
DOWN = (StepAdjustment(-10.0, 0.0, -1), StepAdjustment(None, -10.0, -2))


@pytest.mark.parametrize(
    ("steps", "difference", "expected"),
    [(UP, 0.0, 1), (UP, 9.9, 1), (UP, 10.0, 3), (DOWN, -10.0, -2), (DOWN, -9.0, -1), (UP, -1.0, None)],
)
def test_step_is_the_one_that_holds_the_difference(steps, difference, expected):
    found = step_for(steps, difference)

    assert (found.adjustment if found else None) == expected


@pytest.mark.parametrize(
    ("capacity", "value", "may_shrink", "expected"),
    [(2, 100.0, True, 4), (2, 51.0, True, 3), (4, 20.0, True, 2), (4, 20.0, False, 4), (4, 49.0, True, 4)],
)
def test_tracking_brings_the_metric_to_its_target(capacity, value, may_shrink, expected):
    assert tracked(capacity, value, 50.0, may_shrink=may_shrink) == expected


def test_limits_of_the_group_hold():
    assert [bounded(capacity, 1, 3) for capacity in (0, 2, 9)] == [1, 2, 3]
