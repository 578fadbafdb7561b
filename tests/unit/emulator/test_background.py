"""Work that fails is said to have failed, and goes on."""

from __future__ import annotations

import asyncio

import pytest

from emulator.background import keep_going


def test_work_that_fails_is_logged_and_begins_again(caplog: pytest.LogCaptureFixture) -> None:
    outcomes = iter((ValueError("a bad record"), OSError("a full disk"), None))
    begun = []

    async def work() -> None:
        begun.append(1)
        problem = next(outcomes)
        if problem is not None:
            raise problem

    asyncio.run(keep_going(work, pause_seconds=0))

    assert len(begun) == 3
    assert "ValueError: a bad record" in caplog.text
    assert "OSError: a full disk" in caplog.text


def test_work_can_be_ended() -> None:
    async def work() -> None:
        await asyncio.Event().wait()

    async def main() -> None:
        task = asyncio.create_task(keep_going(work))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())
