"""Leave a request without an answer, and cut its connection."""

from __future__ import annotations

import asyncio
from collections.abc import MutableMapping
from typing import Any

CUT = "slipway.cut"
"""Key in a request's scope: its connection is closed without a word instead of with an error."""


class UnansweredError(Exception):
    """A request is not answered.

    :param seconds: how long its connection stays open.
    """

    def __init__(self, seconds: float = 0.0) -> None:
        super().__init__(f"not answered, and cut after {seconds:g} s")
        self.seconds = seconds


async def hang_up(scope: MutableMapping[str, Any], fault: UnansweredError) -> None:
    """Wait as long as the fault says, and have the connection cut."""
    await asyncio.sleep(fault.seconds)
    scope[CUT] = True
