"""The circuit breaker, on a clock of our own."""

from __future__ import annotations

from slipway_proxy.breaker import CircuitBreaker


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_it_opens_after_failures_in_a_row() -> None:
    breaker = CircuitBreaker(threshold=2, cooldown_seconds=5, clock=Clock())
    breaker.failed()
    assert breaker.allows()
    breaker.succeeded()
    breaker.failed()
    assert breaker.allows()
    breaker.failed()
    assert not breaker.allows()
    assert breaker.open
    breaker.succeeded()
    assert not breaker.open


def test_one_try_per_cooldown_until_one_succeeds() -> None:
    clock = Clock()
    breaker = CircuitBreaker(threshold=1, cooldown_seconds=5, clock=clock)
    breaker.failed()
    clock.now += 5
    assert [breaker.allows(), breaker.allows()] == [True, False]
    clock.now += 5  # the try never reported back
    assert [breaker.allows(), breaker.allows()] == [True, False]
    breaker.failed()
    assert not breaker.allows()
    clock.now += 5
    assert breaker.allows()
    breaker.succeeded()
    assert [breaker.allows(), breaker.allows()] == [True, True]
