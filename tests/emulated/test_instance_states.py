"""What the event bus hears of instances."""

from __future__ import annotations

import json

import pytest

from tests.emulated.conftest import eventually
from tests.emulated.event_queues import queue_of_events
from tests.emulated.test_instances import await_state, ec2, launch

__all__ = ["ec2", "launch"]


@pytest.mark.behaviour("EC2", "each change of an instance's state is an event")
def test_state_changes_are_events(client, launch, ec2, stack):
    queue = stack.put(
        queue_of_events({"detail-type": ["EC2 Instance State-change Notification"]}),
        {"Url": {"Ref": "Queue"}},
    )["Url"]
    name = launch()
    await_state(ec2, name, "running")
    ec2.terminate_instances(InstanceIds=[name])
    seen: set[str] = set()

    def has_seen_all() -> bool:
        answer = client("sqs").receive_message(QueueUrl=queue, MaxNumberOfMessages=10)
        details = [json.loads(message["Body"])["detail"] for message in answer.get("Messages", [])]
        seen.update(detail["state"] for detail in details if detail["instance-id"] == name)
        return seen >= {"pending", "running", "shutting-down", "terminated"}

    eventually(has_seen_all, f"events about {name}", 300)
