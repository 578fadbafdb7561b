"""What a series of health checks says about a target, and when it is checked next."""

from __future__ import annotations

from dataclasses import dataclass

from emulator.balancer.plan import Check

AFTER_SUCCESS_SECONDS = 0.1
AFTER_FAILURE_SECONDS = 0.5
"""Pauses between the checks of a target that has not been healthy yet."""


@dataclass(frozen=True)
class Health:
    """State, reason code and description of one target, as DescribeTargetHealth shows them."""

    state: str
    reason: str = ""
    description: str = ""


REGISTERING = Health("initial", "Elb.RegistrationInProgress", "Target registration is in progress")
CHECKING = Health("initial", "Elb.InitialHealthChecking", "Initial health checks in progress")
HEALTHY = Health("healthy")


@dataclass(frozen=True)
class Failure:
    """Why a check failed: reason code and description."""

    reason: str
    description: str


class TargetHealth:
    """What the checks of one target have shown so far.

    :param check: how it is checked.
    :param now: moment of its registration, in seconds on the clock that every later moment is on.
    """

    def __init__(self, check: Check, now: float) -> None:
        self.check = check
        self.seen = REGISTERING
        self._registered = now
        self._has_been_healthy = False
        self._successes = 0
        self._failures = 0

    def note(self, failure: Failure | None, now: float) -> Health:
        """Take in the outcome of one check and return the target's health."""
        if failure is None:
            self._successes, self._failures = self._successes + 1, 0
        else:
            self._successes, self._failures = 0, self._failures + 1
        if self.seen == REGISTERING:
            self.seen = CHECKING
        if failure is None and self._successes >= self.check.healthy_threshold:
            self.seen, self._has_been_healthy = HEALTHY, True
        elif failure is not None and self._has_failed(now):
            self.seen = Health("unhealthy", failure.reason, failure.description)
        return self.seen

    def _has_failed(self, now: float) -> bool:
        if self._has_been_healthy:
            return self._failures >= self.check.unhealthy_threshold
        # As long as it would take if the first checks were as far apart as the later ones.
        return now - self._registered >= self.check.unhealthy_threshold * self.check.interval_seconds

    def pause(self) -> float:
        """Return the time until the next check, in seconds.

        Until a target has been healthy for the first time, its checks follow one another at once: a new instance
        serves as soon as it can. From then on the interval is the target group's.
        """
        if self._has_been_healthy:
            return self.check.interval_seconds
        return AFTER_FAILURE_SECONDS if self._failures else AFTER_SUCCESS_SECONDS
