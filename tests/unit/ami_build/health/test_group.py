"""What the instance tells its group, and what becomes of AWS's errors."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from contract.parameters import AUTO_SCALING_GROUP_NAME
from slipway_proxy.health.drain import GroupError, NotWaitingError
from slipway_proxy.health.group import OwnGroup

HOOK = {"LifecycleHookName": "slipway-draining", "AutoScalingGroupName": "the-group", "InstanceId": "i-1"}


class FakeAws:
    """SSM and Auto Scaling, which note what they are asked."""

    def __init__(self, failure: Exception | None = None) -> None:
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self._failure = failure

    def client(self, _service: str) -> FakeAws:
        return self

    def get_parameter(self, **arguments: Any) -> Any:
        self.asked.append(("get_parameter", arguments))
        return {"Parameter": {"Value": "the-group"}}

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
    return OwnGroup(aws.client, prefix="/slipway/test", instance_id="i-1")


async def test_it_reads_the_groups_name_once_and_names_itself() -> None:
    aws = FakeAws()
    own = group(aws)
    await own.heartbeat()
    await own.release()
    assert aws.asked == [
        ("get_parameter", {"Name": f"/slipway/test/{AUTO_SCALING_GROUP_NAME}"}),
        ("heartbeat", HOOK),
        ("complete", {**HOOK, "LifecycleActionResult": "CONTINUE"}),
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
    with pytest.raises(GroupError, match="cannot tell the group that this instance may go: "):
        await own.release()
    with pytest.raises(GroupError, match="cannot ask the group for more time: "):
        await own.heartbeat()
