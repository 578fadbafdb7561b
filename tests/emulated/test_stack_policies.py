"""A stack's policy decides which of its resources an update may change."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.emulated.conftest import eventually

ALLOW = {"Effect": "Allow", "Action": "Update:*", "Principal": "*", "Resource": "*"}


def policy(*denied: str, resource: str = "Kept") -> str:
    denial = {"Effect": "Deny", "Action": list(denied), "Principal": "*", "Resource": f"LogicalResourceId/{resource}"}
    return json.dumps({"Statement": [ALLOW, denial]})


def topic(display: str, name: str | None = None) -> dict[str, Any]:
    return {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": display, **({"TopicName": name} if name else {})}}


@pytest.mark.behaviour("CloudFormation", "an update that the stack policy forbids fails, and is rolled back")
@pytest.mark.parametrize(
    ("action", "change"),
    [
        ("Update:Modify", {"Kept": topic("after"), "Other": topic("before")}),
        ("Update:Replace", {"Kept": topic("before", "new"), "Other": topic("before")}),
        ("Update:Delete", {"Other": topic("before")}),
    ],
)
def test_a_forbidden_update_is_rolled_back(stack, client, action, change):
    if "Kept" in change and "TopicName" in change["Kept"]["Properties"]:
        change = {**change, "Kept": topic("before", f"{stack.name}-new")}
    stack.put({"Kept": topic("before"), "Other": topic("before")})
    client("cloudformation").set_stack_policy(StackName=stack.name, StackPolicyBody=policy(action))
    kept = stack.physical_id("Kept")

    stack.apply({"Resources": change})

    assert stack.status() == "UPDATE_ROLLBACK_COMPLETE"
    assert any(reason.startswith("Action denied by stack policy: Statement [#2]") for reason in stack.reasons())
    attributes = client("sns").get_topic_attributes(TopicArn=kept)["Attributes"]
    assert attributes["DisplayName"] == "before"


@pytest.mark.behaviour("CloudFormation", "what a stack policy does not forbid may be changed")
def test_an_allowed_update_goes_through(stack, client):
    stack.put({"Kept": topic("before"), "Other": topic("before")})
    client("cloudformation").set_stack_policy(StackName=stack.name, StackPolicyBody=policy("Update:*"))

    stack.put({"Kept": topic("before"), "Other": topic("after"), "New": topic("x")})


@pytest.mark.behaviour("CloudFormation", "a stack policy may be set aside for one update")
def test_a_policy_may_be_set_aside_for_one_update(stack, client):
    stack.put({"Kept": topic("before")})
    cloudformation = client("cloudformation")
    cloudformation.set_stack_policy(StackName=stack.name, StackPolicyBody=policy("Update:*"))

    cloudformation.update_stack(
        StackName=stack.name,
        TemplateBody=json.dumps({"Resources": {"Kept": topic("after")}}),
        StackPolicyDuringUpdateBody=json.dumps({"Statement": [ALLOW]}),
    )

    eventually(lambda: stack.status() == "UPDATE_COMPLETE", "the update", 60)
    stack.apply({"Resources": {"Kept": topic("again")}})
    assert stack.status() == "UPDATE_ROLLBACK_COMPLETE"


@pytest.mark.behaviour("CloudFormation", "a stack policy that is no policy is refused")
def test_nonsense_is_refused(stack, client):
    with pytest.raises(ClientError, match="Error validating stack policy"):
        client("cloudformation").create_stack(
            StackName=stack.name, TemplateBody=json.dumps({"Resources": {"T": topic("x")}}), StackPolicyBody="{"
        )
    assert stack.status() is None
