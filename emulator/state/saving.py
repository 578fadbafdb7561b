"""When to save, and whether that works. It neither reads a clock nor writes anything."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

SHORTEST_SECONDS = 1.0
"""How long changes wait for being saved, at least and usually."""

_SHARE = 10
"""Saving may take this part of the time at most: a large state is saved less often."""


@dataclass
class Saving:
    """What is known about saving the state.

    :param changed: whether there is something to save.
    :param failure: why the last attempt failed; None if it did not.
    :param since: when it first failed.
    """

    changed: bool = False
    failure: str | None = None
    since: datetime | None = None
    pause_seconds: float = SHORTEST_SECONDS

    def succeeded(self, took_seconds: float) -> None:
        """Note that all was saved."""
        self.failure = self.since = None
        self.pause_seconds = max(SHORTEST_SECONDS, took_seconds * _SHARE)

    def failed(self, error: Exception, now: datetime) -> bool:
        """Note that nothing was saved, so that it is tried again; tell whether this is news."""
        reason = str(error) or type(error).__name__
        is_news = reason != self.failure
        self.failure, self.since, self.changed = reason, self.since or now, True
        return is_news

    def describe(self) -> dict[str, object]:
        """Return what `status` shows."""
        return {"ok": self.failure is None, "reason": self.failure, "since": self.since and self.since.isoformat()}
