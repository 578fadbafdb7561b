"""A circuit breaker: stop asking a service that keeps failing, and try again once in a while."""

from __future__ import annotations

import time
from collections.abc import Callable


class CircuitBreaker:
    """Opens after several failures in a row; then lets one try through per cool-down until one succeeds.

    :param threshold: failures in a row that open it.
    :param cooldown_seconds: time between two tries while it is open.
    :param clock: seconds, monotonic.
    """

    def __init__(self, *, threshold: int, cooldown_seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._threshold = threshold
        self._cooldown = cooldown_seconds
        self._clock = clock
        self._failures = 0
        self._next_try = 0.0

    @property
    def open(self) -> bool:
        """Whether the service has failed several times in a row, and not succeeded since."""
        return self._failures >= self._threshold

    def allows(self) -> bool:
        """Return whether to ask the service now."""
        if not self.open:
            return True
        if self._clock() < self._next_try:
            return False
        # This caller is the one try; whoever comes next waits, even if this one never reports back.
        self._next_try = self._clock() + self._cooldown
        return True

    def succeeded(self) -> None:
        """Close: the service works."""
        self._failures = 0

    def failed(self) -> None:
        """Count a failure."""
        self._failures += 1
        if self.open:
            self._next_try = self._clock() + self._cooldown
