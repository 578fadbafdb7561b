"""A template that takes a value from SSM."""

from __future__ import annotations

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
