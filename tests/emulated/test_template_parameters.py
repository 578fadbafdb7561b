"""The parameters of a template: values from SSM, and those that it does not have."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

NAME = "/imagebuilder/slipway/none/1.2.3/ami-id"
TEMPLATE = {
    "Parameters": {"Image": {"Type": "AWS::SSM::Parameter::Value<AWS::EC2::Image::Id>", "Default": NAME}},
    "Resources": {"Topic": {"Type": "AWS::SNS::Topic"}},
}


@pytest.mark.behaviour(
    "CloudFormation", "a template whose SSM parameter is not there is refused before anything changes"
)
def test_a_missing_parameter_is_refused(stack):
    with pytest.raises(ClientError) as refused:
        stack.apply(TEMPLATE)

    assert refused.value.response["Error"]["Code"] == "ValidationError"
    assert refused.value.response["Error"]["Message"] == (
        f"Unable to fetch parameters [{NAME}] from parameter store for this account."
    )


@pytest.mark.behaviour("CloudFormation", "a parameter that the template does not have is refused")
@pytest.mark.parametrize("operation", ["create_stack", "update_stack", "create_change_set"])
def test_a_parameter_that_the_template_does_not_have_is_refused(stack, client, operation):
    template = {"Resources": TEMPLATE["Resources"]}
    request: dict[str, Any] = {} if operation != "create_change_set" else {"ChangeSetName": "c"}
    if operation != "create_stack":
        stack.apply(template)

    with pytest.raises(ClientError) as refused:
        getattr(client("cloudformation"), operation)(
            StackName=stack.name, TemplateBody=json.dumps(template),
            Parameters=[{"ParameterKey": "Nix", "ParameterValue": "x"}], **request,
        )  # fmt: skip

    assert refused.value.response["Error"]["Code"] == "ValidationError"
    assert refused.value.response["Error"]["Message"] == "Parameters: [Nix] do not exist in the template"


@pytest.mark.behaviour("CloudFormation", "a nested stack whose template lacks a parameter that it gets is not made")
def test_a_nested_stack_gets_no_parameter_that_its_template_lacks(stack, client):
    s3, bucket = client("s3"), f"{stack.name}-templates"
    s3.create_bucket(Bucket=bucket)
    s3.put_object(Bucket=bucket, Key="child", Body=json.dumps({"Resources": TEMPLATE["Resources"]}))
    url = f"https://s3.us-east-1.amazonaws.com/{bucket}/child"
    child = {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": url, "Parameters": {"Nix": "x"}}}

    try:
        with pytest.raises(AssertionError, match=r"Parameters: \[Nix\] do not exist in the template"):
            stack.put({"Child": child})
    finally:
        s3.delete_object(Bucket=bucket, Key="child")
        s3.delete_bucket(Bucket=bucket)
