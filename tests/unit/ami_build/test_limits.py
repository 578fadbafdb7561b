"""Token buckets, by a clock that a test moves."""

from __future__ import annotations

from slipway_proxy.limits import MOST_KEYS, RateLimit, client_key


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_burst_is_allowed_and_then_so_many_in_a_second() -> None:
    clock = Clock()
    limit = RateLimit(2, 4, clock)
    assert [limit.take("a") for _ in range(5)] == [True] * 4 + [False]
    clock.now = 0.5
    assert [limit.take("a") for _ in range(2)] == [True, False]
    clock.now = 1000
    assert [limit.take("a") for _ in range(5)] == [True] * 4 + [False]


def test_each_key_has_a_bucket_of_its_own() -> None:
    limit = RateLimit(1, 1, Clock())
    assert [limit.take("a"), limit.take("b"), limit.take("a")] == [True, True, False]


def test_a_token_can_be_given_back_and_no_more_than_was_there() -> None:
    limit = RateLimit(1, 1, Clock())
    limit.take("a")
    limit.give_back("a")
    limit.give_back("a")
    assert [limit.take("a"), limit.take("a")] == [True, False]


def test_nothing_per_second_is_no_limit() -> None:
    limit = RateLimit(0, 0, Clock())
    assert all(limit.take("a") for _ in range(1000))
    limit.give_back("a")


def test_those_who_were_seen_last_are_kept_however_many_come() -> None:
    limit = RateLimit(1, 1, Clock())
    for number in range(MOST_KEYS):
        limit.take(number)
        limit.take("busy")
    assert not limit.take("busy")
    assert limit.take(0)  # forgotten
    assert len(limit._buckets) == MOST_KEYS


def test_addresses_that_one_client_may_choose_from_count_as_one() -> None:
    assert client_key("2001:db8::1") == client_key("2001:db8::ffff:1")
    assert client_key("2001:db8::1") != client_key("2001:db8:0:1::1")
    assert client_key("192.0.2.1") == client_key("::ffff:192.0.2.1")
    assert client_key("192.0.2.1") != client_key("192.0.2.2")
