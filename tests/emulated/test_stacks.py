"""Stacks that were in progress when the emulator was killed, or when they were to be deleted."""

from __future__ import annotations

import json
import signal
import time
from typing import Any

import pytest

from emulator.processes import wait_until_gone
from tests.emulated.conftest import Stack, eventually
from tests.emulated.test_custom_resources import provider
from tests.emulated.test_persistence import client_of, own, process_of, wait_for_save

__all__ = ["own"]

# Nobody ever signals this handle, so the stack waits for as long as it may.
WAITING = {
    "Topic": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": "made-before"}},
    "Handle": {"Type": "AWS::CloudFormation::WaitConditionHandle", "DependsOn": ["Topic"]},
    "Wait": {
        "Type": "AWS::CloudFormation::WaitCondition",
        "DependsOn": ["Topic"],
        "Properties": {"Handle": {"Ref": "Handle"}, "Timeout": "600", "Count": 1},
    },
}


@pytest.mark.behaviour(
    "CloudFormation", "a stack that the end of the emulator interrupted is not in progress for ever", aws=False
)
@pytest.mark.behaviour(
    "The emulator itself", "a stack that was in progress when it was killed can be deleted afterwards", aws=False
)
def test_interrupted_stack_is_not_in_progress_for_ever_and_can_be_deleted(own):
    cloudformation = client_of(own, "cloudformation")
    cloudformation.create_stack(StackName="interrupted", TemplateBody=json.dumps({"Resources": WAITING}))
    wait_for_save(own, "CREATE_IN_PROGRESS")
    process = process_of(own)
    process.signal_group(signal.SIGKILL)
    assert wait_until_gone([process], 10)

    own.start()

    stack = Stack("interrupted", cloudformation)
    assert stack.status() == "ROLLBACK_FAILED"
    assert stack.delete() in (None, "DELETE_COMPLETE")
    assert client_of(own, "sns").list_topics()["Topics"] == []


NEVER_ANSWERS = provider("def handler(event, context):\n    return None\n", ServiceTimeout=600)
AFTER_WAITING = {"After": {"Type": "AWS::SNS::Topic", "DependsOn": ["Custom"]}}


def waiting(topic: str) -> dict[str, Any]:
    """Resources of which one waits for ever."""
    named = {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": topic}}
    return {**WAITING, "Topic": named, "After": {"Type": "AWS::SNS::Topic", "DependsOn": ["Wait"]}}


def start(stack: Stack, client: Any, resources: dict[str, Any], waits: str) -> None:
    """Start to create a stack, and return when it has come to the resource that waits."""
    cloudformation = client("cloudformation")
    cloudformation.create_stack(
        StackName=stack.name,
        TemplateBody=json.dumps({"Resources": resources}),
        Capabilities=["CAPABILITY_IAM"],
    )

    def begun() -> bool:
        events = cloudformation.describe_stack_events(StackName=stack.name)["StackEvents"]
        return any(event["LogicalResourceId"] == waits for event in events)

    eventually(begun, f"the beginning of {waits}", 60)


@pytest.mark.behaviour("CloudFormation", "a stack that is deleted while it is created goes, with what was made of it")
@pytest.mark.parametrize("waits", ["Wait", "Custom"])
def test_a_stack_can_be_deleted_while_it_is_created(stack, client, waits):
    topic = f"{stack.name}-made"
    start(stack, client, waiting(topic) if waits == "Wait" else {**NEVER_ANSWERS, **AFTER_WAITING}, waits)
    began = time.monotonic()

    assert stack.delete() in (None, "DELETE_COMPLETE")

    assert time.monotonic() - began < 60
    stacks = client("cloudformation").get_paginator("list_stacks").paginate(StackStatusFilter=["DELETE_COMPLETE"])
    identifier = next(
        one["StackId"] for page in stacks for one in page["StackSummaries"] if one["StackName"] == stack.name
    )
    events = client("cloudformation").describe_stack_events(StackName=identifier)["StackEvents"]
    assert "After" not in [event["LogicalResourceId"] for event in events]
    assert not any(topic in one["TopicArn"] for one in client("sns").list_topics()["Topics"])


def test_a_stack_is_deleted_while_one_that_is_nested_in_it_is_created(stack, client):
    s3 = client("s3")
    bucket = f"{stack.name}-templates"
    s3.create_bucket(Bucket=bucket)
    s3.put_object(Bucket=bucket, Key="nested", Body=json.dumps({"Resources": waiting(f"{stack.name}-nested")}))
    nested = {
        "Type": "AWS::CloudFormation::Stack",
        "Properties": {"TemplateURL": f"https://{bucket}.s3.us-east-1.amazonaws.com/nested"},
    }
    start(stack, client, {"Nested": nested}, "Nested")
    eventually(lambda: [one for one in client("sns").list_topics()["Topics"] if stack.name in one["TopicArn"]], "topic")

    assert stack.delete() in (None, "DELETE_COMPLETE")

    assert not [one for one in client("sns").list_topics()["Topics"] if stack.name in one["TopicArn"]]
    s3.delete_object(Bucket=bucket, Key="nested")
    s3.delete_bucket(Bucket=bucket)


def test_a_stack_that_is_deleted_during_an_update_goes_when_the_update_is_over(stack, client):
    stack.put({"Topic": {"Type": "AWS::SNS::Topic"}})
    resources = {
        "Topic": {"Type": "AWS::SNS::Topic"},
        **provider("import time\ndef handler(event, context):\n    time.sleep(1)\n", ServiceTimeout=1),
    }
    body = json.dumps({"Resources": resources})
    client("cloudformation").update_stack(StackName=stack.name, TemplateBody=body, Capabilities=["CAPABILITY_IAM"])

    client("cloudformation").delete_stack(StackName=stack.name)

    eventually(lambda: stack.status() in (None, "DELETE_COMPLETE"), "the deletion")
