"""The smoke test asks AWS with the CDK's lookup role, and says what it was not told."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from ci.aws import Aws
from ci.smoke import SmokeError
from tests.emulated.conftest import Client, Stack

REGION = "us-east-1"


@pytest.fixture
def aws(client: Client, account: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Aws]:
    """The account as a job sees it that may assume a lookup role which may read stacks only."""
    qualifier = "smoketest"
    iam = client("iam")
    name = f"cdk-{qualifier}-lookup-role-{account}-{REGION}"
    trust = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{account}:root"}, "Action": "sts:AssumeRole"}
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=_policy(trust))
    allowed = {"Effect": "Allow", "Action": "cloudformation:DescribeStacks", "Resource": "*"}
    iam.put_role_policy(RoleName=name, PolicyName="Read", PolicyDocument=_policy(allowed))
    monkeypatch.setenv("AWS_ENDPOINT_URL", client("sts").meta.endpoint_url)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    yield Aws(qualifier)
    iam.delete_role_policy(RoleName=name, PolicyName="Read")
    iam.delete_role(RoleName=name)


def _policy(statement: dict[str, object]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def test_the_status_of_a_stack_is_read(aws: Aws, stack: Stack) -> None:
    stack.apply({"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}})

    assert aws.stack_status(stack.name, REGION) == "CREATE_COMPLETE"


def test_a_stack_that_is_not_there_is_named(aws: Aws) -> None:
    with pytest.raises(SmokeError, match=r"describe_stacks in us-east-1: .*nowhere"):
        aws.stack_status("nowhere", REGION)


def test_what_the_role_may_not_read_is_said(aws: Aws) -> None:
    arn = f"arn:aws:elasticloadbalancing:{REGION}:000000000000:targetgroup/none/0123456789abcdef"

    with pytest.raises(SmokeError, match=r"describe_target_health in us-east-1: .*AccessDenied"):
        aws.targets(arn, REGION)
