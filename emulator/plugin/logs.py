"""CloudWatch Logs: keep the newest of each log group, since the emulator holds all of it in memory, for ever."""

from __future__ import annotations

import asyncio
from typing import Any

from emulator.plugin.borrowed import borrow

_logs = borrow("services.cloudwatch_logs", "_log_groups")

INTERVAL_SECONDS = 2.0
STREAMS = 200
"""Streams that are kept per log group; each worker of a function writes many."""

EVENTS = 5000
"""Events that are kept per stream."""


async def keep_short() -> None:
    """Trim all log groups again and again, for ever."""
    while True:
        await asyncio.sleep(INTERVAL_SECONDS)
        for _key, group in _logs._log_groups.all_items():
            trim(group["streams"])


def trim(streams: dict[str, dict[str, Any]]) -> None:
    """Drop the oldest streams of a log group, and the oldest events of each stream, beyond what is kept."""
    # A stream stands where it was made, so the first ones are the oldest.
    for name in list(streams)[:-STREAMS]:
        del streams[name]
    for stream in streams.values():
        if len(stream["events"]) > EVENTS:
            stream["events"] = stream["events"][-EVENTS:]
