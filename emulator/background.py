"""Work beside the requests: when it fails, that is said, and it begins again. It does not know what the work is."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any

logger = logging.getLogger("slipway.emulator")
PAUSE_SECONDS = 1.0

Work = Callable[[], Coroutine[Any, Any, None]]
"""Begins some work, each time from its beginning."""


async def keep_going(work: Work, pause_seconds: float = PAUSE_SECONDS) -> None:
    """Do some work until it ends by itself; begin it again some time after it failed."""
    while True:
        try:
            await work()
        except Exception:
            logger.exception("work in the background failed; it begins again in %g s", pause_seconds)
            await asyncio.sleep(pause_seconds)
        else:
            return
