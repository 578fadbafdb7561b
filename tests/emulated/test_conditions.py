"""What a condition of a template may compare."""

from __future__ import annotations

from typing import Any

import pytest

JOINED = {"Fn::Join": ["", {"Ref": "Names"}]}
IN_REGION = {"Fn::Join": [" ", ["in", {"Ref": "AWS::Region"}]]}


def parameter(value: Any) -> dict[str, Any]:
    return {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Value": value}}


@pytest.mark.behaviour("CloudFormation", "a condition may compare what Fn::Join, Fn::Sub and pseudo parameters give")
@pytest.mark.parametrize(("names", "value"), [("", "none"), ("a,b", "some")])
def test_condition_over_functions(stack, client, names, value):
    stack.apply(
        {
            "Parameters": {"Names": {"Type": "CommaDelimitedList", "Default": names}},
            "Conditions": {
                "Some": {"Fn::Not": [{"Fn::Equals": ["", JOINED]}]},
                "Here": {"Fn::Equals": [{"Fn::Sub": "in ${AWS::Region}"}, IN_REGION]},
                "Aws": {"Fn::Equals": [{"Ref": "AWS::Partition"}, "aws"]},
            },
            "Resources": {
                "Value": parameter({"Fn::If": ["Some", "some", "none"]}),
                "Here": {**parameter("v"), "Condition": "Here"},
                "Aws": {**parameter("v"), "Condition": "Aws"},
            },
        }
    )  # fmt: skip
    assert stack.status() == "CREATE_COMPLETE"
    found = client("ssm").get_parameter(Name=stack.physical_id("Value"))["Parameter"]["Value"]
    assert found == value
    assert stack.physical_id("Here")
    assert stack.physical_id("Aws")
