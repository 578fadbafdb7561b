"""Memory is bounded: idle environments end by age and by number."""

from __future__ import annotations

from emulator.functions.idle import KEEP_AT_MOST, KEEP_SECONDS, Idle, surplus


def test_few_that_waited_shortly_are_kept():
    assert surplus([Idle(name, 100.0) for name in "ab"], now=101.0) == []


def test_who_waited_too_long_ends_even_if_it_is_the_only_one():
    assert surplus([Idle("old", 0.0)], now=KEEP_SECONDS + 1) == ["old"]


def test_of_too_many_the_oldest_end():
    waiting = [Idle(number, float(number)) for number in range(KEEP_AT_MOST + 2)]

    assert sorted(surplus(waiting, now=20.0)) == [0, 1]
