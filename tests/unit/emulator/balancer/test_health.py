"""What a series of health checks means, and when the next one is due."""

from __future__ import annotations

import pytest

from emulator.balancer.health import AFTER_FAILURE_SECONDS, AFTER_SUCCESS_SECONDS, HEALTHY, Failure, TargetHealth
from emulator.balancer.plan import Check

FAILED = Failure("Target.FailedHealthChecks", "Health checks failed")
CHECK = Check(
    port=None, path="/", is_encrypted=False, codes="200", interval_seconds=10, timeout_seconds=2,
    healthy_threshold=2, unhealthy_threshold=3,
)  # fmt: skip


@pytest.fixture
def health():
    return TargetHealth(CHECK, now=100.0)


def states(health: TargetHealth, outcomes: str, now: float = 100.0) -> list[str]:
    """Return the states after checks that succeed (+) or fail (-)."""
    return [health.note(None if outcome == "+" else FAILED, now).state for outcome in outcomes]


def test_target_is_initial_until_it_succeeds_as_often_as_its_group_asks(health):
    assert (health.seen.state, health.seen.reason) == ("initial", "Elb.RegistrationInProgress")

    assert states(health, "-+-+") == ["initial"] * 4
    assert health.seen.reason == "Elb.InitialHealthChecking"
    assert states(health, "+") == ["healthy"]


def test_target_changes_only_after_as_many_outcomes_in_a_row_as_its_group_asks(health):
    states(health, "++")

    assert states(health, "--+--") == ["healthy"] * 5
    assert states(health, "-") == ["unhealthy"]
    assert states(health, "+-+") == ["unhealthy"] * 3
    assert states(health, "+") == ["healthy"]


def test_unhealthy_target_tells_why_its_last_check_failed(health):
    states(health, "++---")

    seen = health.note(Failure("Target.Timeout", "Request timed out"), 100.0)

    assert (seen.state, seen.reason, seen.description) == ("unhealthy", "Target.Timeout", "Request timed out")


def test_target_that_never_succeeds_is_unhealthy_when_as_much_time_is_over_as_its_checks_take_on_aws(health):
    assert states(health, "-" * 50, now=129.9)[-1] == "initial"
    assert states(health, "-", now=130.0) == ["unhealthy"]


def test_first_checks_follow_at_once_later_ones_at_the_interval(health):
    states(health, "-")
    assert health.pause() == AFTER_FAILURE_SECONDS
    states(health, "+")
    assert health.pause() == AFTER_SUCCESS_SECONDS
    states(health, "+")
    assert health.seen == HEALTHY
    assert health.pause() == 10
    states(health, "---")
    assert health.pause() == 10
