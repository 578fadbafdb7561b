"""Begin in good order: hold the group back until this instance has shown that it serves, or give it up.

The group keeps a new instance in the state Pending:Wait, where no load balancer knows it. It lets go when the instance
says so, and the instance says so when its health check, a round trip through each process of its proxy among it, has
succeeded for the first time.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from typing import Protocol

from contract.lifecycle import HEARTBEAT_SECONDS, LONGEST_START_SECONDS
from slipway_proxy.group import GroupError, NotWaitingError, tell
from slipway_proxy.health.checks import Report

logger = logging.getLogger(__name__)

POLL_SECONDS = 1.0


class Group(Protocol):
    """The Auto Scaling group that waits for this instance."""

    async def heartbeat(self) -> None:
        """Say that more time is needed.

        :raises GroupError: if that cannot be said.
        """

    async def release(self) -> None:
        """Say that the instance may come into service.

        :raises GroupError: if it cannot be said.
        """

    async def abandon(self) -> None:
        """Say that nothing will come of the instance.

        :raises GroupError: if it cannot be said.
        """


class Launch:
    """The beginning of this instance.

    :param report: judges the instance.
    :param group: waits for it.
    :param sleep: waits, in seconds.
    :param clock: seconds, monotonic.
    """

    def __init__(
        self,
        *,
        report: Callable[[], Awaitable[Report]],
        group: Group,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._report = report
        self._group = group
        self._sleep = sleep
        self._clock = clock

    async def run(self) -> None:
        """Wait until the instance serves, or for as long as it may take to, and tell the group."""
        began = self._clock()
        beat_at = began
        while not (report := await self._report()).fit:
            waited, problems = self._clock() - began, _problems(report)
            if waited >= LONGEST_START_SECONDS:
                logger.error("this instance does not serve after %.0f s: %s; giving it up", waited, problems)
                await self._tell(self._group.abandon)
                return
            if self._clock() >= beat_at:
                beat_at = self._clock() + HEARTBEAT_SECONDS
                logger.info("this instance does not serve yet: %s", problems)
                await self._beat()
            await self._sleep(POLL_SECONDS)
        logger.info("this instance serves, %.1f s after its health application has started", self._clock() - began)
        await self._tell(self._group.release)

    async def _beat(self) -> None:
        try:
            await self._group.heartbeat()
        except GroupError as error:
            _warn(error)

    async def _tell(self, what: Callable[[], Awaitable[None]]) -> None:
        try:
            await tell(what, failed=_warn, sleep=self._sleep, clock=self._clock)
        except NotWaitingError:
            logger.info("the group does not wait for this instance")  # It was told before.
        except GroupError:
            logger.warning("the group could not be told; it acts by itself when it has waited long enough")
        else:
            logger.info("the group has been told")


def _warn(error: GroupError) -> None:
    logger.warning("%s", error)


def _problems(report: Report) -> str:
    return "; ".join(f"{name}: {check.detail}" for name, check in report.checks.items() if not check.ok)
