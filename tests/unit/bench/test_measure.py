"""Turn-taking and ratios."""

import pytest

from bench.measure import Comparison, compare, interleave


def silent(_text: str) -> None:
    pass


def test_trials_take_turns_and_each_round_starts_one_further_on():
    order: list[str] = []

    def trial(name: str):
        return lambda: order.append(name) or float(len(order))

    seconds = interleave({name: trial(name) for name in "abc"}, 3, silent)
    assert "".join(order) == "abcbcacab"
    assert seconds == {"a": [1, 6, 8], "b": [2, 4, 9], "c": [3, 5, 7]}


def test_each_trial_is_announced_before_it_runs():
    told: list[str] = []
    interleave({"work": lambda: float(told.append("ran") or 0)}, 2, told.append)
    assert told == ["round 1 of 2: work", "ran", "round 2 of 2: work", "ran"]


def test_a_ratio_is_taken_within_each_round():
    seconds = {"ours": [2.0, 30.0, 4.0], "peer": [1.0, 10.0, 1.0]}
    assert compare(seconds, "ours", "peer") == Comparison("ours", "peer", 3.0, 2.0, 4.0, 3)


def test_rounds_that_do_not_match_are_refused():
    with pytest.raises(ValueError, match="shorter"):
        compare({"ours": [1.0, 2.0], "peer": [1.0]}, "ours", "peer")
