"""Custom resources whose function does not do what it should: the stack fails at once, and says why."""

from __future__ import annotations

import time
from typing import Any

import pytest

from tests.emulated.conftest import eventually

ANSWER = """
import json, urllib.request
def answer(event, **more):
    body = {key: event[key] for key in ("StackId", "RequestId", "LogicalResourceId")}
    body |= {"Status": "SUCCESS", "PhysicalResourceId": event.get("PhysicalResourceId", "made"), **more}
    request = urllib.request.Request(event["ResponseURL"], json.dumps(body).encode(), method="PUT")
    urllib.request.urlopen(request).close()
"""
CRASH = "def handler(event, context):\n    raise KeyError('missing setting')\n"
SLOW = "import time\ndef handler(event, context):\n    time.sleep(60)\n"
SILENT = "def handler(event, context):\n    return None\n"
GOOD = ANSWER + "def handler(event, context):\n    answer(event, Data={'Told': event['ResourceProperties']['Say']})\n"
FAILING = ANSWER + "def handler(event, context):\n    answer(event, Status='FAILED', Reason='no room left')\n"
CRASH_AT_THE_END = ANSWER + (
    "def handler(event, context):\n"
    "    if event['RequestType'] == 'Delete' and event['ResourceProperties']['Say'] == 'crash':\n"
    "        raise KeyError('at the end')\n"
    "    answer(event)\n"
)
LONG = ANSWER + "def handler(event, context):\n    answer(event, Data={'Told': 'x' * 5000})\n"


def provider(code: str, say: str = "hello", timeout: int = 3, **properties: Any) -> dict[str, Any]:
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    return {
        "Role": {
            "Type": "AWS::IAM::Role",
            "Properties": {"AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [trust]}},
        },
        "Function": {
            "Type": "AWS::Lambda::Function",
            "Properties": {
                "Runtime": "python3.12",
                "Handler": "index.handler",
                "Timeout": timeout,
                "Role": {"Fn::GetAtt": ["Role", "Arn"]},
                "Code": {"ZipFile": code},
            },
        },
        "Custom": {
            "Type": "Custom::Thing",
            "Properties": {"ServiceToken": {"Fn::GetAtt": ["Function", "Arn"]}, "Say": say, **properties},
        },
    }


@pytest.mark.behaviour("CloudFormation", "a custom resource's function gets its properties, and gives attributes")
def test_a_custom_resource_gives_attributes(stack):
    outputs = stack.put(provider(GOOD), {"Told": {"Fn::GetAtt": ["Custom", "Told"]}, "Id": {"Ref": "Custom"}})

    assert outputs == {"Told": "hello", "Id": "made"}


@pytest.mark.behaviour("CloudFormation", "a custom resource that answers FAILED fails the stack with its reason")
def test_a_failed_answer_fails_the_stack(stack):
    stack.apply({"Resources": provider(FAILING)})

    assert stack.status() == "ROLLBACK_COMPLETE"
    assert stack.reasons()[0].startswith(
        "Received response status [FAILED] from custom resource. Message returned: no room left (RequestId: "
    )


@pytest.mark.behaviour("CloudFormation", "an answer of a custom resource that is too long fails")
def test_a_long_answer_fails(stack):
    stack.apply({"Resources": provider(LONG)})

    assert stack.reasons()[0].startswith("Response object is too long.")


@pytest.mark.difference(
    "CloudFormation",
    aws="calls a custom resource's function that crashed twice more, and waits for its answer up to an hour",
    here="fails the resource at once, with what the function said",
)
@pytest.mark.parametrize(
    ("code", "timeout", "reason"), [(CRASH, 3, "KeyError: 'missing setting'"), (SLOW, 1, "Task timed out")]
)
def test_a_crash_fails_the_stack_at_once(stack, code, timeout, reason):
    started = time.monotonic()

    stack.apply({"Resources": provider(code, timeout=timeout)})

    assert stack.status() == "ROLLBACK_COMPLETE"
    assert reason in stack.reasons()[0]
    assert time.monotonic() - started < 45


@pytest.mark.behaviour("CloudFormation", "a custom resource whose function does not exist fails the stack")
def test_a_missing_function_fails_the_stack(stack, client, account):
    token = f"arn:aws:lambda:{client('lambda').meta.region_name}:{account}:function:{stack.name}-none"

    stack.apply({"Resources": {"Custom": {"Type": "Custom::Thing", "Properties": {"ServiceToken": token}}}})

    assert stack.status() == "ROLLBACK_COMPLETE"
    assert f"{stack.name}-none" in stack.reasons()[0]


@pytest.mark.behaviour("CloudFormation", "an answer is waited for as long as ServiceTimeout says")
def test_service_timeout_is_kept(stack):
    stack.apply({"Resources": provider(SILENT, ServiceTimeout=1)})

    assert stack.status() == "ROLLBACK_COMPLETE"
    assert stack.reasons()[0].startswith("CloudFormation did not receive a response from your Custom Resource.")


def test_service_timeout_counts_while_the_function_runs(stack):
    started = time.monotonic()

    stack.apply({"Resources": provider(SLOW, timeout=60, ServiceTimeout=1)})

    assert stack.status() == "ROLLBACK_COMPLETE"
    assert time.monotonic() - started < 45


def test_a_crash_when_deleting_fails_the_deletion(stack, client):
    stack.put(provider(CRASH_AT_THE_END, "crash"))

    assert stack.delete() == "DELETE_FAILED"
    assert any("KeyError: 'at the end'" in reason for reason in stack.reasons())

    client("cloudformation").delete_stack(StackName=stack.name, RetainResources=["Custom"])
    eventually(lambda: stack.status() in (None, "DELETE_COMPLETE"), "the deletion of the rest")
