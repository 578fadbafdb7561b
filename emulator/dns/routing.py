"""How Route 53 chooses among the record sets of one name and type, by its routing policies and by health."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

from emulator.dns.zones import Policy, RecordSet

MOST_VALUES = 8
"""Healthy records in one multivalue answer."""


class NoChoiceError(Exception):
    """The routing policy is not emulated."""


def choose(
    candidates: Sequence[RecordSet], is_healthy: Callable[[RecordSet], bool], source: random.Random
) -> Sequence[RecordSet]:
    """Return the record sets that make up the answer, mostly one.

    Where none is healthy, all count as healthy: an answer that may be wrong is better than none. Source:
    https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/health-checks-how-route-53-chooses-records.html

    :param candidates: at least one, all of the same name, type and policy.
    :param source: what chance decides by.
    :raises NoChoiceError: if the policy depends on the place of whoever asks.
    """
    match candidates[0].policy:
        case Policy.SIMPLE:
            return candidates[:1]
        case Policy.WEIGHTED:
            return [_weighted(candidates, is_healthy, source)]
        case Policy.FAILOVER:
            return [_failover(candidates, is_healthy)]
        case Policy.MULTIVALUE:
            healthy = [each for each in candidates if is_healthy(each)] or candidates
            return source.sample(healthy, min(len(healthy), MOST_VALUES))
        case Policy.BY_PLACE:
            raise NoChoiceError("routing by latency, geography or network is not emulated")


def _weighted(
    candidates: Sequence[RecordSet], is_healthy: Callable[[RecordSet], bool], source: random.Random
) -> RecordSet:
    """Choose by weight among the healthy; those of weight 0 only get their turn when no other is healthy."""
    weighty = [each for each in candidates if each.weight]
    for group in (weighty, [each for each in candidates if not each.weight]):
        if healthy := [each for each in group if is_healthy(each)]:
            return _drawn(healthy, source)
    return _drawn(weighty or candidates, source)


def _drawn(candidates: Sequence[RecordSet], source: random.Random) -> RecordSet:
    return source.choices(candidates, [each.weight or 1 for each in candidates])[0]


def _failover(candidates: Sequence[RecordSet], is_healthy: Callable[[RecordSet], bool]) -> RecordSet:
    ordered = sorted(candidates, key=lambda each: not each.is_primary)
    return next((each for each in ordered if is_healthy(each)), ordered[0])
