"""Orders for the next builds: what may be asked for, and how long it holds."""

from __future__ import annotations

import pytest

from emulator.control import ControlError
from emulator.image_builds.orders import FAILURES, Orders, from_arguments
from emulator.image_builds.workflows import STEP_NAMES


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
        ({"failure": "luck"}, "failure is 'luck'; there are capacity, agent, command"),
    ],
)
def test_what_is_wrong_is_named(arguments: dict[str, object], message: str):
    with pytest.raises(ControlError, match=message):
        from_arguments(arguments)


def test_a_build_fails_at_a_step_that_there_is():
    steps = {"InstallProxy", "TryProxy"}

    assert from_arguments({"fail_at": "TryProxy"}, steps).fail_at == "TryProxy"
    assert from_arguments({"fail_at": "CreateOutputAMI"}, steps).fail_at == "CreateOutputAMI"
    with pytest.raises(ControlError, match=r"fail_at is 'Nope'; steps: .*CreateOutputAMI.*, InstallProxy, TryProxy"):
        from_arguments({"fail_at": "Nope"}, steps)
    with pytest.raises(ControlError, match="do you mean TryProxy"):
        from_arguments({"fail_at": "tryproxy"}, steps)


def test_orders_to_fail_are_used_up_and_the_pace_stays():
    orders = Orders(step_seconds=1.0, fail_at="x", times=2)

    assert orders.spent() == Orders(step_seconds=1.0, fail_at="x", times=1)
    assert orders.spent().spent() == Orders(step_seconds=1.0)


def test_what_was_printed_goes_with_the_failure_that_it_explains():
    assert Orders(fail_at="x", output="one").spent() == Orders()
    assert Orders(output="one").spent() == Orders(output="one")


@pytest.mark.parametrize("name", FAILURES)
def test_failures_of_aws_happen_at_a_step_that_there_is(name: str):
    orders = from_arguments({"failure": name})

    assert orders.fail_at in STEP_NAMES
    assert orders.fail_at in orders.reason


def test_a_region_fails_at_the_distribution_unless_told_otherwise():
    assert from_arguments({"fail_in": "eu-west-1"}).fail_at == "DistributeImage"
    chosen = from_arguments({"fail_in": "eu-west-1", "fail_at": "ApplyImageConfigurations"})
    assert chosen.fail_at == "ApplyImageConfigurations"
