"""Leave in good order: notice that this instance will end, fail its health check, go on serving, then let go of it.

A load balancer sends new connections for up to two minutes after it has been told not to, so an instance that ended at
once would lose them. What waits, and for how long, is decided here; how AWS is asked stands in `slipway_proxy.group`.

Two times run from the same moment on: this one, and that in which the load balancer deregisters the instance. Only when
the latter is over does the group begin to wait for the instance. Source, steps 4 and 5:
https://docs.aws.amazon.com/autoscaling/ec2/userguide/lifecycle-hooks-overview.html
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from enum import StrEnum
from itertools import chain, repeat
from typing import Protocol

from contract.lifecycle import HEARTBEAT_SECONDS
from slipway_proxy.group import GroupError, NotWaitingError
from slipway_proxy.health.processes import Load
from slipway_proxy.instance import MetadataError, MetadataService

logger = logging.getLogger(__name__)

# https://docs.aws.amazon.com/autoscaling/ec2/userguide/retrieving-target-lifecycle-state-through-imds.html
TARGET_STATE = "autoscaling/target-lifecycle-state"
TERMINATED = "Terminated"
# https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/spot-instance-termination-notices.html
SPOT_ACTION = "spot/instance-action"

POLL_SECONDS = 2.0
LONGEST_REQUEST_SECONDS = 120.0
QUIET_SECONDS = 10.0
"""Without a new client for so long, the load balancer has stopped sending any."""
RELEASE_DELAYS_SECONDS = (1.0, 3.0, 9.0)
"""Between attempts to let go; the last one stands for all that follow."""


class Ending(StrEnum):
    """Why an instance will end, for people."""

    SPOT = "EC2 takes this spot instance back"
    GROUP = "its group terminates it"


class Group(Protocol):
    """The Auto Scaling group that waits for this instance."""

    async def heartbeat(self) -> None:
        """Say that more time is needed.

        :raises GroupError: if that cannot be said.
        """

    async def release(self) -> None:
        """Say that the instance may be terminated.

        :raises NotWaitingError: if the group does not wait for that, which may be yet to come.
        :raises GroupError: if it cannot be said.
        """


def ending(metadata: MetadataService) -> Ending | None:
    """Return why this instance will end, or None as long as it will not.

    :raises MetadataError: if the metadata service does not answer.
    """
    if metadata.text(TARGET_STATE) == TERMINATED:
        return Ending.GROUP
    return Ending.SPOT if metadata.text(SPOT_ACTION) is not None else None


class Drain:
    """The end of this instance, from the notice on.

    :param notice: returns why the instance will end, or None; may raise :class:`MetadataError`.
    :param load: returns what the proxy has to do.
    :param group: is told when the instance may go.
    :param seconds: how long to go on serving after the health check has begun to fail.
    :param sleep: waits, in seconds.
    :param clock: seconds, monotonic.
    :ivar reason: why the instance drains, or None as long as it does not.
    """

    def __init__(
        self,
        *,
        notice: Callable[[], Awaitable[Ending | None]],
        load: Callable[[], Awaitable[Load]],
        group: Group,
        seconds: float,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._notice = notice
        self._load = load
        self._group = group
        self._seconds = seconds
        self._sleep = sleep
        self._clock = clock
        self._unheard = False
        self._clients = 0
        self._quiet_since = 0.0
        self.reason: Ending | None = None

    async def run(self) -> None:
        """Wait for the end, as long as that takes, and see to it."""
        self.reason = await self._noticed(Ending.SPOT, Ending.GROUP)
        began = self._quiet_since = self._clock()
        logger.info("draining: %s; no new connections are wanted, and requests go on", self.reason)
        # EC2 gives a spot instance two minutes, whatever is said. It is the group that waits, if it has a say in it.
        self.reason = await self._noticed(Ending.GROUP)
        beat_at = self._clock()
        while not await self._is_over(began):
            if self._clock() >= beat_at:
                beat_at = self._clock() + HEARTBEAT_SECONDS
                await self._beat()
            rest = began + self._seconds - self._clock()
            await self._sleep(min(POLL_SECONDS, rest) if rest > 0 else POLL_SECONDS)
        await self._release()

    async def _noticed(self, *wanted: Ending) -> Ending:
        while (found := await self._ask()) not in wanted:
            await self._sleep(POLL_SECONDS)
        return Ending(found)

    async def _ask(self) -> Ending | None:
        try:
            found = await self._notice()
        except MetadataError as error:
            if not self._unheard:
                logger.warning("this instance does not hear when it will end: %s", error)
            self._unheard = True
            return None
        self._unheard = False
        return found

    async def _is_over(self, began: float) -> bool:
        """Return whether the instance has served long enough, gets no new clients and has nothing to finish."""
        now = self._clock()
        load = await self._load()
        if load.clients != self._clients:
            self._clients, self._quiet_since = load.clients, now
        beyond = now - began - self._seconds
        if beyond < 0:
            return False
        is_quiet = now - self._quiet_since >= min(QUIET_SECONDS, self._seconds)
        if beyond >= LONGEST_REQUEST_SECONDS:
            if load.running or not is_quiet:
                logger.warning(
                    "drained for %g s more than it should take; %d requests still run, and new clients %s",
                    beyond, load.running, "have stopped coming" if is_quiet else "still come",
                )  # fmt: skip
            return True
        return is_quiet and not load.running

    async def _beat(self) -> None:
        try:
            await self._group.heartbeat()
        except GroupError as error:
            logger.warning("%s", error)

    async def _release(self) -> None:
        """Let go, as often as it takes: the group may begin to wait later, and the machine's end ends this, too."""
        for delay in chain(RELEASE_DELAYS_SECONDS, repeat(RELEASE_DELAYS_SECONDS[-1])):
            try:
                await self._group.release()
            except NotWaitingError as error:
                logger.info("drained: %s", error)
            except GroupError as error:
                logger.warning("%s", error)
            else:
                logger.info("drained: the group may terminate this instance")
                return
            await self._sleep(delay)
