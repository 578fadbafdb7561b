"""What a function's role gets because of how buckets and functions are set, and who runs in the network."""

from __future__ import annotations

import pytest
from aws_cdk import App
from aws_cdk.assertions import Template

from config import load
from config.models import Bucket, Cache, Functions
from constructs_lib.access import ServiceRole
from contract.components import Function, Stack
from stacks.proxy_platform.base import Deployment, PlatformStack
from stacks.proxy_platform.rights import allow_bucket_key, allow_network, functions_in_network
from tests.synth.assemblies import ROOT

KEY = "arn:aws:kms:us-east-1:123456789012:key/12345678-1234-1234-1234-123456789012"
FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:mine"


@pytest.fixture
def statements():
    """Return a function that lets something give a role its rights and returns the role's statements by their sid."""
    app = App(analytics_reporting=False, builtin_cloud_formation_validation=False)
    deployment = Deployment.of(load("development"), root=ROOT)
    stack = PlatformStack(app, Stack.IDENTITY, deployment=deployment, description="A stack")
    role = ServiceRole(stack, "Role", service="lambda.amazonaws.com", description="A role")

    def given(give):
        give(role, stack)
        policies = Template.from_stack(stack).find_resources("AWS::IAM::Policy").values()
        found = [item for policy in policies for item in policy["Properties"]["PolicyDocument"]["Statement"]]
        return {item["Sid"]: item for item in found}

    return given


def test_a_bucket_with_keys_of_s3_needs_nothing(statements):
    assert statements(lambda role, stack: allow_bucket_key(role, Bucket(), stack)) == {}


def test_a_key_of_yours_may_be_used_through_s3(statements):
    bucket = Bucket(encryption="kms", key_arn=KEY)

    found = statements(lambda role, stack: allow_bucket_key(role, bucket, stack))["Key"]
    assert found["Resource"] == KEY
    assert found["Condition"] == {"StringEquals": {"kms:ViaService": "s3.us-east-1.amazonaws.com"}}


def test_the_key_of_ours_is_known_by_its_alias(statements):
    found = statements(lambda role, stack: allow_bucket_key(role, Bucket(encryption="kms"), stack))["Key"]

    assert found["Action"] == ["kms:Decrypt", "kms:GenerateDataKey"]
    assert str(found["Resource"]).count(":key/*") == 1
    assert found["Condition"]["StringEquals"] == {"kms:ViaService": "s3.us-east-1.amazonaws.com"}
    aliases = {"kms:ResourceAliases": ["alias/slipway-development-storage"]}
    assert found["Condition"]["ForAnyValue:StringEquals"] == aliases


def test_rights_over_the_network_are_for_lambda_and_not_for_the_code(statements):
    found = statements(lambda role, _stack: allow_network(role, FUNCTION))

    allow, deny = found["Network"], found["NetworkForLambdaOnly"]
    assert (allow["Effect"], deny["Effect"]) == ("Allow", "Deny")
    assert allow["Action"] == deny["Action"]
    assert deny["Condition"] == {"ArnEquals": {"lambda:SourceFunctionArn": [FUNCTION]}}


@pytest.mark.parametrize(
    ("functions", "cache", "within"),
    [
        ({}, {}, set()),
        ({"html_service": {"vpc": True}}, {}, {Function.HTML_SERVICE}),
        ({}, {"backend": "valkey"}, {Function.CACHE_SERVICE}),
        ({"cache_service": {"vpc": True}}, {"backend": "valkey"}, {Function.CACHE_SERVICE}),
    ],
)
def test_who_runs_in_the_network(functions, cache, within):
    assert functions_in_network(Functions(**functions), Cache(**cache)) == within
