"""A request without an answer."""

from __future__ import annotations

from typing import Any

from emulator.faults.connection import CUT, UnansweredError, hang_up


async def test_the_connection_is_to_be_cut_without_a_word() -> None:
    scope: dict[str, Any] = {"type": "http"}

    await hang_up(scope, UnansweredError())

    assert scope[CUT] is True
