"""Work that is done again and again, piece by piece: a piece that fails must not hold up the others."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass

logger = logging.getLogger("slipway.instances")

PAUSE_SECONDS = 5.0
"""How long a piece that failed rests."""
STALE_SECONDS = 600.0
"""After which a failure is forgotten: whatever failed was not tried again, so that it must be gone."""


@dataclass(frozen=True)
class _Failure:
    problem: str
    at: float


class Guard:
    """Keeps failures to the piece of work that failed, and says each in the log once, not at each attempt.

    :param now: seconds since whenever.
    """

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._failures: dict[str, _Failure] = {}

    def attempt[T](self, name: str, work: Callable[[], T], otherwise: T) -> T:
        """Do a piece of work, unless it failed just now.

        :param name: says what it is, in the log too.
        :param otherwise: what to return if it fails or rests.
        """
        failure = self._failures.get(name)
        if failure is not None and self._now() < failure.at + PAUSE_SECONDS:
            return otherwise
        try:
            result = work()
        except Exception as error:
            self._note(name, error)
            return otherwise
        self._failures.pop(name, None)
        return result

    def rest_no_more(self) -> None:
        """Let everything be tried at once, also what failed just now."""
        self._failures.clear()

    def _note(self, name: str, error: Exception) -> None:
        now, problem = self._now(), repr(error)
        recent = {each: failure for each, failure in self._failures.items() if now < failure.at + STALE_SECONDS}
        if name not in recent or recent[name].problem != problem:
            logger.error("%s failed; trying again every %.0f seconds", name, PAUSE_SECONDS, exc_info=error)
        self._failures = {**recent, name: _Failure(problem, now)}
