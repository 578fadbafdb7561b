"""Measure several things side by side and compare them. It knows nothing of what they are.

Absolute times say more about the machine than about the program, and a machine's speed drifts. So all trials are run in
turns, round after round, and a ratio is taken within each round.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

Trial = Callable[[], float]
"""Does the work once and returns how long it took, in seconds."""


class BenchmarkError(Exception):
    """What was to be measured did not happen; the message says why and what to do next."""


@dataclass(frozen=True)
class Comparison:
    """How many times as long `subject` takes as `peer`, over some rounds.

    :param subject: what is measured.
    :param peer: what it is measured against.
    :param median: the middle of the rounds' ratios.
    :param lowest: the smallest of them.
    :param highest: the largest.
    :param rounds: how many there were.
    :param limit: what the median is to stay within; None where nothing is promised.
    """

    subject: str
    peer: str
    median: float
    lowest: float
    highest: float
    rounds: int
    limit: float | None = None

    @property
    def verdict(self) -> str:
        """Whether the limit is kept, in a word; empty where there is none."""
        if self.limit is None:
            return ""
        return "kept" if self.median <= self.limit else "missed"


def interleave(trials: Mapping[str, Trial], rounds: int, say: Callable[[str], None]) -> dict[str, list[float]]:
    """Run every trial once per round and return the seconds of each, in the order of the rounds.

    Each round starts one trial further on, so that none always follows the same neighbour.

    :param rounds: how many rounds to run, at least one.
    :param say: told before each trial what is about to be done.
    """
    names = list(trials)
    seconds: dict[str, list[float]] = {name: [] for name in names}
    for number in range(rounds):
        first = number % len(names)
        for name in names[first:] + names[:first]:
            say(f"round {number + 1} of {rounds}: {name}")
            seconds[name].append(trials[name]())
    return seconds


def compare(seconds: Mapping[str, Sequence[float]], subject: str, peer: str, limit: float | None = None) -> Comparison:
    """Return how two of the things that :func:`interleave` measured compare.

    :param limit: what the median is to stay within.
    """
    ratios = [mine / theirs for mine, theirs in zip(seconds[subject], seconds[peer], strict=True)]
    return Comparison(subject, peer, statistics.median(ratios), min(ratios), max(ratios), len(ratios), limit)
