"""Moments as AWS writes them, on the plug-in's clock."""

from __future__ import annotations

from datetime import UTC, datetime

from emulator.plugin import clock


def seconds() -> float:
    """Return the time in seconds since the epoch."""
    return clock.now()


def now() -> datetime:
    """Return the time in UTC."""
    return _utc(None)


def text(moment: float | None = None) -> str:
    """Return a moment in seconds since the epoch, or now, as ISO 8601 in UTC, to the second."""
    return _utc(moment).strftime("%Y-%m-%dT%H:%M:%SZ")


def sentence(moment: float | None = None) -> str:
    """Return the same as EC2 writes it where it explains something."""
    return _utc(moment).strftime("%Y-%m-%d %H:%M:%S GMT")


def _utc(moment: float | None) -> datetime:
    return datetime.fromtimestamp(clock.now() if moment is None else moment, UTC)
