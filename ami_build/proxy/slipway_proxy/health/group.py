"""The Auto Scaling group of this instance, as far as it waits for the instance to drain. Errors of AWS end here."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from contract import parameters
from contract.lifecycle import DRAINING_HOOK
from slipway_proxy.health.drain import GroupError, NotWaitingError

NOT_WAITING = "No active Lifecycle Action found"


class OwnGroup:
    """The group that this instance belongs to.

    :param client: returns boto3's client of a service; called when it is needed, since few instances ever drain.
    :param prefix: where the deployment's parameters stand. The group's name is among them, written when the group was
        made, which is later than its first instances boot.
    :param instance_id: this instance.
    """

    def __init__(self, client: Callable[[str], Any], *, prefix: str, instance_id: str) -> None:
        self._client = client
        self._parameter = f"{prefix}/{parameters.AUTO_SCALING_GROUP_NAME}"
        self._instance_id = instance_id
        self._name = ""

    async def heartbeat(self) -> None:
        """Say that more time is needed; a group that does not wait gives all of it.

        :raises GroupError: if that cannot be said.
        """
        with suppress(NotWaitingError):
            await asyncio.to_thread(self._say, self._heartbeat, "cannot ask the group for more time")

    async def release(self) -> None:
        """Say that the instance may be terminated.

        :raises NotWaitingError: if the group does not wait for that, which may be yet to come.
        :raises GroupError: if it cannot be said.
        """
        await asyncio.to_thread(self._say, self._complete, "cannot tell the group that this instance may go")

    def _say(self, what: Callable[[], None], failure: str) -> None:
        try:
            self._name = self._name or self._read_name()
            what()
        except ClientError as error:
            problem = NotWaitingError if NOT_WAITING in error.response["Error"].get("Message", "") else GroupError
            raise problem(f"{failure}: {error}") from error
        except BotoCoreError as error:
            raise GroupError(f"{failure}: {error}") from error

    def _read_name(self) -> str:
        ssm = self._client("ssm")
        return str(ssm.get_parameter(Name=self._parameter)["Parameter"]["Value"])

    def _heartbeat(self) -> None:
        autoscaling = self._client("autoscaling")
        autoscaling.record_lifecycle_action_heartbeat(
            LifecycleHookName=DRAINING_HOOK, AutoScalingGroupName=self._name, InstanceId=self._instance_id
        )

    def _complete(self) -> None:
        autoscaling = self._client("autoscaling")
        autoscaling.complete_lifecycle_action(
            LifecycleHookName=DRAINING_HOOK,
            AutoScalingGroupName=self._name,
            InstanceId=self._instance_id,
            LifecycleActionResult="CONTINUE",
        )
