"""Which idle execution environments to end, so that memory stays bounded over a long run."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

KEEP_SECONDS = 300.0
"""How long an environment waits for the next call; AWS keeps them for minutes, too, and promises nothing."""

KEEP_AT_MOST = 16
"""How many may wait at the same time, of all functions together; each takes 15 MB and more."""


@dataclass(frozen=True)
class Idle[T]:
    """An environment that waits.

    :param environment: what it is.
    :param since: when its last call ended, in seconds.
    """

    environment: T
    since: float


def surplus[T](waiting: Iterable[Idle[T]], now: float) -> list[T]:
    """Return the environments to end: those that waited too long, and of the others the oldest beyond the limit."""
    newest_first = sorted(waiting, key=lambda each: each.since, reverse=True)
    return [
        each.environment
        for place, each in enumerate(newest_first)
        if place >= KEEP_AT_MOST or now - each.since > KEEP_SECONDS
    ]
