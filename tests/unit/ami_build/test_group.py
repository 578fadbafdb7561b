"""What the instance tells its group, and what becomes of AWS's errors."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from slipway_proxy.group import GroupError, NotWaitingError, OwnGroup

HOOK = {"LifecycleHookName": "slipway-draining", "AutoScalingGroupName": "the-group", "InstanceId": "i-1"}


class FakeAws:
    """Auto Scaling, which notes what it is asked."""

    def __init__(self, failure: Exception | None = None) -> None:
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self._failure = failure

    def client(self, _service: str) -> FakeAws:
        return self

    def record_lifecycle_action_heartbeat(self, **arguments: Any) -> None:
        self._note("heartbeat", arguments)

    def complete_lifecycle_action(self, **arguments: Any) -> None:
        self._note("complete", arguments)

    def _note(self, what: str, arguments: dict[str, Any]) -> None:
        self.asked.append((what, arguments))
        if self._failure is not None:
            raise self._failure


def refused(code: str, message: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": message}}, "CompleteLifecycleAction")


def group(aws: FakeAws) -> OwnGroup:
    return OwnGroup(aws.client, name="the-group", instance_id="i-1", hook="slipway-draining")


async def test_it_names_itself_its_group_and_the_hook() -> None:
    aws = FakeAws()
    own = group(aws)
    await own.heartbeat()
    await own.release()
    await own.abandon()
    assert aws.asked == [
        ("heartbeat", HOOK),
        ("complete", {**HOOK, "LifecycleActionResult": "CONTINUE"}),
        ("complete", {**HOOK, "LifecycleActionResult": "ABANDON"}),
    ]


async def test_a_group_that_does_not_wait_gives_all_the_time_but_may_begin_to_wait() -> None:
    own = group(FakeAws(refused("ValidationError", "No active Lifecycle Action found with instance ID i-1")))
    await own.heartbeat()
    with pytest.raises(NotWaitingError):
        await own.release()


@pytest.mark.parametrize(
    "failure", [refused("AccessDenied", "not allowed"), EndpointConnectionError(endpoint_url="https://aws.test/")]
)
async def test_other_errors_say_what_could_not_be_done(failure: Exception) -> None:
    own = group(FakeAws(failure))
    with pytest.raises(GroupError, match="cannot tell the group that it may go on with this instance: "):
        await own.release()
    with pytest.raises(GroupError, match="cannot tell the group to give this instance up: "):
        await own.abandon()
    with pytest.raises(GroupError, match="cannot ask the group for more time: "):
        await own.heartbeat()
