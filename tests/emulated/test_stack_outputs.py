"""A stack reads another's output, in its own region and across; and neither holds the other back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.emulated.conftest import Client, Stack


def giving(value: str | None) -> dict[str, Any]:
    outputs = {"Name": {"Value": value}} if value else {}
    return {"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}, "Outputs": outputs}


def reading(stack: Stack, region: str | None = None, description: str = "first") -> dict[str, Any]:
    wanted = {"StackName": stack.name, "OutputName": "Name"} | ({"Region": region} if region else {})
    value = {"Fn::Join": ["-", ["read", {"Fn::GetStackOutput": wanted}]]}
    properties = {"Type": "String", "Value": value, "Description": description}
    return {
        "Resources": {"Read": {"Type": "AWS::SSM::Parameter", "Properties": properties}},
        "Outputs": {"Value": {"Value": {"Fn::GetAtt": ["Read", "Value"]}}},
    }


def value_of(stack: Stack) -> str:
    described = stack._cloudformation.describe_stacks(StackName=stack.name)["Stacks"][0]
    return {output["OutputKey"]: output["OutputValue"] for output in described["Outputs"]}["Value"]


@pytest.fixture(params=["us-east-1", "eu-west-1"])
def reader(request: pytest.FixtureRequest, stack: Stack, client: Client) -> Iterator[Stack]:
    """A stack in the same and in another region."""
    made = Stack(f"{stack.name}-reader", client("cloudformation", region=request.param))
    yield made
    made.delete()


@pytest.mark.behaviour("CloudFormation", "`Fn::GetStackOutput` reads an output of a stack of this or another region")
def test_an_output_is_read(stack, reader):
    stack.apply(giving("first"))

    reader.apply(reading(stack, "us-east-1"))

    assert value_of(reader) == "read-first"


@pytest.mark.behaviour(
    "CloudFormation", "an output that another stack reads may change and go; who has read it keeps it"
)
def test_what_is_read_holds_nobody_back(stack, reader):
    stack.apply(giving("first"))
    reader.apply(reading(stack, "us-east-1"))

    stack.apply(giving("second"))
    assert (stack.status(), value_of(reader)) == ("UPDATE_COMPLETE", "read-first")
    reader.apply(reading(stack, "us-east-1", description="second"))
    assert value_of(reader) == "read-second"

    stack.apply(giving(None))
    assert stack.status() == "UPDATE_COMPLETE"
    assert stack.delete() in (None, "DELETE_COMPLETE")
    assert value_of(reader) == "read-second"


@pytest.mark.behaviour("CloudFormation", "`Fn::GetStackOutput` of what is not there fails the stack, by name")
@pytest.mark.parametrize("region", [None, "eu-west-1"])
def test_an_output_that_is_not_there_fails_the_stack(stack, client, region):
    stack.apply(giving(None if region is None else "first"))
    other = Stack(f"{stack.name}-lost", client("cloudformation"))

    other.apply(reading(stack, region))

    assert other.status() == "ROLLBACK_COMPLETE"
    assert any("'Name'" in reason and stack.name in reason for reason in other.reasons())
    other.delete()
