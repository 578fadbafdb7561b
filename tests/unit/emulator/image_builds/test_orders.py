"""Orders for the next builds: what may be asked for, and how long it holds."""

from __future__ import annotations

import pytest

from emulator.control import ControlError
from emulator.image_builds.orders import Orders, from_arguments


def test_orders_are_read():
    assert from_arguments({"step_seconds": 2, "fail_at": "Install"}) == Orders(step_seconds=2.0, fail_at="Install")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"speed": 1}, "'speed' is no setting"),
        ({"step_seconds": -1}, "step_seconds is -1; it must be a number"),
        ({"times": 0}, "times is 0; it must be a whole number from 1"),
        ({"hang_at": "CreateOutput"}, "do you mean CreateOutputAMI"),
        ({"fail_at": 7}, "fail_at is 7; it must be a text"),
    ],
)
def test_what_is_wrong_is_named(arguments: dict[str, object], message: str):
    with pytest.raises(ControlError, match=message):
        from_arguments(arguments)


def test_orders_to_fail_are_used_up_and_the_pace_stays():
    orders = Orders(step_seconds=1.0, fail_at="x", times=2)

    assert orders.spent() == Orders(step_seconds=1.0, fail_at="x", times=1)
    assert orders.spent().spent() == Orders(step_seconds=1.0)
