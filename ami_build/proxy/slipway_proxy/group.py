"""The Auto Scaling group of this instance, as far as it waits for a word of the instance. Errors of AWS end here."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

NOT_WAITING = "No active Lifecycle Action found"
PATIENCE_SECONDS = 30.0
"""How long to go on telling the group, which may not have noticed yet that the machine runs."""
DELAY_SECONDS = 3.0


class GroupError(Exception):
    """The Auto Scaling group could not be told something; the message says what and why."""


class NotWaitingError(GroupError):
    """The group does not wait for this instance: not yet, or no longer."""


async def tell(
    what: Callable[[], Awaitable[None]],
    *,
    seconds: float = PATIENCE_SECONDS,
    failed: Callable[[GroupError], None],
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    clock: Callable[[], float] = time.monotonic,
) -> None:
    """Tell the group something, again and again until it hears it.

    :param what: tells it once. :param seconds: after which nothing is tried any more.
    :param failed: hears of each time that it could not be told.
    :param sleep: waits, in seconds. :param clock: seconds, monotonic.
    :raises NotWaitingError: if the group did not wait for this instance to the last.
    :raises GroupError: if it could not be told to the last.
    """
    until = clock() + seconds
    while True:
        try:
            return await what()
        except GroupError as error:
            if not isinstance(error, NotWaitingError):
                failed(error)
            if clock() + DELAY_SECONDS >= until:
                raise
        await sleep(DELAY_SECONDS)


class OwnGroup:
    """The group that this instance belongs to, at one of its lifecycle hooks.

    :param client: returns boto3's client of a service; called when it is needed.
    :param name: of the group.
    :param instance_id: this instance.
    :param hook: the hook whose action is meant, one of :mod:`contract.lifecycle`.
    """

    def __init__(self, client: Callable[[str], Any], *, name: str, instance_id: str, hook: str) -> None:
        self._client = client
        self._action = {"LifecycleHookName": hook, "AutoScalingGroupName": name, "InstanceId": instance_id}

    async def heartbeat(self) -> None:
        """Say that more time is needed; a group that does not wait gives all of it.

        :raises GroupError: if that cannot be said.
        """
        with suppress(NotWaitingError):
            await asyncio.to_thread(self._say, self._beat, "cannot ask the group for more time")

    async def release(self) -> None:
        """Say that the group may go on: put the instance into service, or terminate it.

        :raises NotWaitingError: if the group does not wait for that, which may be yet to come.
        :raises GroupError: if it cannot be said.
        """
        what = "cannot tell the group that it may go on with this instance"
        await asyncio.to_thread(self._say, partial(self._complete, "CONTINUE"), what)

    async def abandon(self) -> None:
        """Say that nothing will come of this instance, so that the group terminates it and launches another.

        :raises NotWaitingError: if the group does not wait for it.
        :raises GroupError: if it cannot be said.
        """
        what = "cannot tell the group to give this instance up"
        await asyncio.to_thread(self._say, partial(self._complete, "ABANDON"), what)

    def _say(self, what: Callable[[], None], failure: str) -> None:
        try:
            what()
        except ClientError as error:
            problem = NotWaitingError if NOT_WAITING in error.response["Error"].get("Message", "") else GroupError
            raise problem(f"{failure}: {error}") from error
        except BotoCoreError as error:
            raise GroupError(f"{failure}: {error}") from error

    def _beat(self) -> None:
        autoscaling = self._client("autoscaling")
        autoscaling.record_lifecycle_action_heartbeat(**self._action)

    def _complete(self, result: str) -> None:
        autoscaling = self._client("autoscaling")
        autoscaling.complete_lifecycle_action(**self._action, LifecycleActionResult=result)
