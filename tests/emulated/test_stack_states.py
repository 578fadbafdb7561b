"""What may be done with a stack in which state, and the order of its events."""

from __future__ import annotations

import json
from typing import Any

import pytest

from emulator.faults.client import injected
from tests.emulated.conftest import eventually


def queue(seconds: int) -> dict[str, Any]:
    return {"Type": "AWS::SQS::Queue", "Properties": {"VisibilityTimeout": seconds}}


@pytest.fixture
def stuck(stack, client, emulator) -> Any:
    """Return a stack whose roll-back has failed as well."""
    stack.put({"Queue": queue(30)})
    topic = {"Type": "AWS::SNS::Topic", "DependsOn": "Queue"}
    back = injected(emulator, "fail-update", stack=stack.name, type="AWS::SQS::Queue", nth=2)
    with injected(emulator, "fail-create", stack=stack.name, type="AWS::SNS::Topic"), back:
        stack.apply({"Resources": {"Queue": queue(60), "Topic": topic}})
    assert stack.status() == "UPDATE_ROLLBACK_FAILED"
    return stack


@pytest.mark.behaviour(
    "CloudFormation", "a stack whose roll-back has failed takes no update until that is done", aws=False
)
def test_a_stack_whose_rollback_has_failed_takes_no_update(stuck, client):
    cloudformation = client("cloudformation")
    body = json.dumps({"Resources": {"Queue": queue(90)}})

    with pytest.raises(
        cloudformation.exceptions.ClientError, match="UPDATE_ROLLBACK_FAILED state and can not be updated"
    ):
        cloudformation.update_stack(StackName=stuck.name, TemplateBody=body)
    with pytest.raises(cloudformation.exceptions.ClientError, match="can not be updated"):
        cloudformation.create_change_set(StackName=stuck.name, ChangeSetName="c", TemplateBody=body)

    # As the CDK's `cdk rollback` does, which names no resource to skip.
    cloudformation.continue_update_rollback(StackName=stuck.name, ResourcesToSkip=[])
    eventually(lambda: stuck.status() == "UPDATE_ROLLBACK_COMPLETE", "the roll-back")
    cloudformation.update_stack(StackName=stuck.name, TemplateBody=body)
    eventually(lambda: stuck.status() == "UPDATE_COMPLETE", "the update")


def test_states_are_told_to_who_asks_the_emulator(stuck, emulator):
    told = {stack["name"]: stack["status"] for stack in emulator.control("stacks")["stacks"]}

    assert told[stuck.name] == "UPDATE_ROLLBACK_FAILED"


@pytest.mark.behaviour(
    "CloudFormation", "sorted by their time, the events of a stack are in the order they happened in"
)
def test_events_sorted_by_time_are_in_order(stack, client):
    stack.put({f"Queue{number}": queue(number) for number in range(5)})
    events = client("cloudformation").describe_stack_events(StackName=stack.name)["StackEvents"]

    for number in range(5):
        own = [event for event in events if event["LogicalResourceId"] == f"Queue{number}"]
        statuses = [event["ResourceStatus"] for event in sorted(own, key=lambda event: event["Timestamp"])]
        assert (statuses[0], statuses[-1]) == ("CREATE_IN_PROGRESS", "CREATE_COMPLETE")
