"""What is there already is in the way of a stack, and stays as it is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.emulated.conftest import Stack

Resource = dict[str, Any]

DOCUMENT = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]}


def trust(service: str) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Principal": {"Service": f"{service}.amazonaws.com"}, "Action": "sts:AssumeRole"}
    return {"AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [statement]}}


def lock(account: str) -> dict[str, Any]:
    owner = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{account}:root"},
        "Action": "kms:*",
        "Resource": "*",
    }
    return {"KeyPolicy": {"Version": "2012-10-17", "Statement": [owner]}}


NAMED: dict[str, tuple[str, Resource]] = {
    "AWS::CloudWatch::Alarm": ("AlarmName", {
        "Namespace": "N", "MetricName": "M", "Statistic": "Sum", "Period": 60, "EvaluationPeriods": 1, "Threshold": 1,
        "ComparisonOperator": "GreaterThanThreshold",
    }),
    "AWS::CloudWatch::CompositeAlarm": ("AlarmName", {"AlarmRule": "FALSE"}),
    "AWS::CloudWatch::Dashboard": ("DashboardName", {"DashboardBody": '{"widgets": []}'}),
    "AWS::DynamoDB::Table": ("TableName", {
        "AttributeDefinitions": [{"AttributeName": "a", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "a", "KeyType": "HASH"}], "BillingMode": "PAY_PER_REQUEST",
    }),
    "AWS::EC2::LaunchTemplate": ("LaunchTemplateName", {"LaunchTemplateData": {"InstanceType": "t3.micro"}}),
    "AWS::EC2::SecurityGroup": ("GroupName", {"GroupDescription": "one"}),
    "AWS::ElasticLoadBalancingV2::TargetGroup": ("Name", {"TargetType": "lambda"}),
    "AWS::Events::Rule": ("Name", {"ScheduleExpression": "rate(1 day)", "State": "DISABLED"}),
    "AWS::IAM::InstanceProfile": ("InstanceProfileName", {"Roles": [{"Ref": "Role"}]}),
    "AWS::IAM::ManagedPolicy": ("ManagedPolicyName", {"PolicyDocument": DOCUMENT}),
    "AWS::IAM::Role": ("RoleName", trust("ec2")),
    "AWS::IAM::User": ("UserName", {}),
    "AWS::KMS::Alias": ("AliasName", {"TargetKeyId": {"Ref": "Key"}}),
    "AWS::Lambda::Function": ("FunctionName", {
        "Runtime": "python3.12", "Handler": "index.handler", "Role": {"Fn::GetAtt": ["Role", "Arn"]},
        "Code": {"ZipFile": "def handler(event, context): pass"},
    }),
    "AWS::Logs::LogGroup": ("LogGroupName", {}),
    "AWS::SNS::Topic": ("TopicName", {}),
    "AWS::SQS::Queue": ("QueueName", {}),
    "AWS::SSM::Parameter": ("Name", {"Type": "String", "Value": "v"}),
    "AWS::SecretsManager::Secret": ("Name", {"GenerateSecretString": {}}),
}  # fmt: skip


def named(kind: str, name: str, account: str, **properties: Any) -> dict[str, Resource]:
    """Return a resource of a name, and what it needs."""
    name_property, others = NAMED[kind]
    name = f"alias/{name}" if kind == "AWS::KMS::Alias" else name
    needed = {
        "Role": {"Type": "AWS::IAM::Role", "Properties": trust("lambda")},
        "Key": {"Type": "AWS::KMS::Key", "Properties": lock(account)},
    }
    text = str(others)
    return {
        "Named": {"Type": kind, "Properties": {name_property: name, **others, **properties}},
        **{key: value for key, value in needed.items() if f"'{key}'" in text},
    }


@pytest.fixture
def other(stack: Stack, client: Any) -> Iterator[Stack]:
    made = Stack(f"{stack.name}-other", client("cloudformation"))
    yield made
    made.delete()


@pytest.mark.behaviour(
    "CloudFormation", "a stack takes nothing over that has the name of a resource of its own, and deletes nothing of it"
)
@pytest.mark.parametrize("kind", NAMED)
def test_what_has_the_name_already_is_in_the_way_and_stays(stack, other, account, kind):
    resources = named(kind, f"{stack.name}-taken", account)
    stack.put(resources)

    for _each in range(2):  # the second time shows that the first has not deleted it
        with pytest.raises(AssertionError, match=r"already exists.*HandlerErrorCode: AlreadyExists"):
            other.put(resources)
        assert other.delete() is None

    assert stack.delete() is None
    other.put(resources)


@pytest.mark.behaviour("CloudFormation", "a load balancer of a name that is taken is refused")
def test_a_load_balancer_of_a_name_that_is_taken_is_refused(stack):
    balancer = {"Name": stack.name, "Type": "network", "Scheme": "internal", "Subnets": [{"Ref": "Subnet"}]}
    one = {"Type": "AWS::ElasticLoadBalancingV2::LoadBalancer", "Properties": balancer}

    with pytest.raises(AssertionError, match="already exists"):
        stack.put({
            "Vpc": {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.9.0.0/16"}},
            "Subnet": {"Type": "AWS::EC2::Subnet", "Properties": {"VpcId": {"Ref": "Vpc"}, "CidrBlock": "10.9.1.0/24"}},
            "One": one, "Two": {**one, "DependsOn": "One"},
        })  # fmt: skip


@pytest.mark.behaviour("CloudFormation", "what has a name of its own is not replaced under that name")
def test_what_has_a_name_is_not_replaced_under_it(stack, account):
    name = f"{stack.name}-kept"
    stack.put(named("AWS::EC2::SecurityGroup", name, account))
    before = stack.physical_id("Named")

    with pytest.raises(AssertionError, match=r"a custom-named resource requires replacing\. Rename .* and update"):
        stack.put(named("AWS::EC2::SecurityGroup", name, account, GroupDescription="two"))

    assert stack.physical_id("Named") == before
    stack.put(named("AWS::EC2::SecurityGroup", f"{name}-2", account, GroupDescription="two"))
    assert stack.physical_id("Named") != before
