"""The policies that are derived for CloudFormation: the platform deploys with them, and nothing else does."""

from __future__ import annotations

import json
import time

import pytest

from local.execution_policy import registry
from local.execution_rights import derive, registered
from tests.emulated.people import allow
from tests.synth.assemblies import synthesise

DEPLOYED = ("identity", "network", "storage", "dns")
"""Stacks without files to upload; all of them deploy so in `tests/e2e`."""
BOUNDARY = "arn:aws:iam::000000000000:policy/slipway-test-boundary"
NAME = "slipway-production-rehearsal"


@pytest.fixture(scope="module")
def assembly(tmp_path_factory):
    overrides = (
        f"identity.permissions_boundary_arn={BOUNDARY}",
        "identity.github.repository=octo-org/octo-repo",
        "identity.role_path=/proxy/",
        "identity.role_name_prefix=acme-",
    )
    return synthesise("production", tmp_path_factory.mktemp("production"), overrides=overrides)


@pytest.fixture(scope="module")
def deployer(assembly, client, account):
    """Return the ARN of a role for CloudFormation that has the derived policies and no other."""
    iam = client("iam")
    trusted = {"Effect": "Allow", "Principal": {"Service": "cloudformation.amazonaws.com"}, "Action": "sts:AssumeRole"}
    trust = json.dumps({"Version": "2012-10-17", "Statement": [trusted]})
    limit = json.dumps({"Version": "2012-10-17", "Statement": [allow("*")]})
    iam.create_policy(PolicyName="slipway-test-boundary", PolicyDocument=limit)
    role = iam.create_role(RoleName=NAME, AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    documents = derive([assembly.folder], account, registered(registry()))
    policies = [
        iam.create_policy(PolicyName=f"{NAME}-{number}", PolicyDocument=text)["Policy"]["Arn"]
        for number, text in enumerate(documents)
    ]
    for policy in policies:
        iam.attach_role_policy(RoleName=NAME, PolicyArn=policy)
    yield role
    for policy in policies:
        iam.detach_role_policy(RoleName=NAME, PolicyArn=policy)
        iam.delete_policy(PolicyArn=policy)
    iam.delete_role(RoleName=NAME)
    iam.delete_policy(PolicyArn=BOUNDARY)


def run(cloudformation, name, body, role):
    """Create a stack with a role, and return its status and why it failed."""
    cloudformation.create_stack(
        StackName=name, TemplateBody=json.dumps(body), RoleARN=role, Capabilities=["CAPABILITY_NAMED_IAM"]
    )
    return settled(cloudformation, name), [
        event["ResourceStatusReason"]
        for event in cloudformation.describe_stack_events(StackName=name)["StackEvents"]
        if event["ResourceStatus"] == "CREATE_FAILED"
    ]


def settled(cloudformation, name):
    while (status := cloudformation.describe_stacks(StackName=name)["Stacks"][0]["StackStatus"]).endswith("PROGRESS"):
        time.sleep(0.02)
    return status


def without_bootstrap(body):
    """Return a template that does not ask for the CDK's bootstrap, which this account has not had."""
    parameters = {name: each for name, each in body.get("Parameters", {}).items() if name != "BootstrapVersion"}
    return {**{key: part for key, part in body.items() if key != "Rules"}, "Parameters": parameters}


def remove(cloudformation, name, role):
    cloudformation.update_termination_protection(StackName=name, EnableTerminationProtection=False)
    cloudformation.delete_stack(StackName=name, RoleARN=role)
    waiter = cloudformation.get_waiter("stack_delete_complete")
    waiter.wait(StackName=name, WaiterConfig={"Delay": 0.05, "MaxAttempts": 2400})


def remove_what_production_keeps(client):
    """Remove what stays when the stacks go: other tests of this account want the same names."""
    s3, logs = client("s3"), client("logs")
    for name in (bucket["Name"] for bucket in s3.list_buckets()["Buckets"]):
        if name.startswith("slipway-production-"):
            s3.delete_bucket(Bucket=name)
    pages = logs.get_paginator("describe_log_groups").paginate()
    for group in [group for page in pages for group in page["logGroups"]]:
        if "slipway" in group["logGroupName"] and "production" in group["logGroupName"]:
            logs.delete_log_group(logGroupName=group["logGroupName"])


@pytest.mark.behaviour("CDK", "the platform's stacks come and go with the rights that are derived for them", aws=False)
def test_the_platform_is_deployed_with_the_derived_rights(assembly, deployer, client):
    cloudformation, made = client("cloudformation"), []
    try:
        for component in DEPLOYED:
            name = f"slipway-production-{component}"
            body = without_bootstrap(assembly.template(component).body)
            made.append(name)
            status, reasons = run(cloudformation, name, body, deployer)
            assert status == "CREATE_COMPLETE", "\n".join(reasons)
    finally:
        for name in reversed(made):
            remove(cloudformation, name, deployer)
        remove_what_production_keeps(client)


def role_named(name, **properties):
    trusted = {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
    document = {"Version": "2012-10-17", "Statement": [trusted]}
    return {
        "Type": "AWS::IAM::Role",
        "Properties": {"RoleName": name, "AssumeRolePolicyDocument": document, **properties},
    }


@pytest.mark.parametrize(
    ("resource", "action"),
    [
        ({"Type": "AWS::IAM::User", "Properties": {"UserName": "slipway-production-admin"}}, "iam:Create"),
        (role_named("somebody-elses", PermissionsBoundary=BOUNDARY), "iam:CreateRole"),
        (role_named("acme-slipway-production-unbounded", Path="/proxy/"), "iam:CreateRole"),
        ({"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "somebody-elses-bucket"}}, "s3:CreateBucket"),
        (
            {"Type": "AWS::SSM::Parameter", "Properties": {"Name": "/other", "Type": "String", "Value": "x"}},
            "ssm:PutParameter",
        ),
        ({"Type": "AWS::SQS::Queue"}, "sqs:"),
    ],
)
@pytest.mark.behaviour("CDK", "with those rights nothing outside the platform's names can be made", aws=False)
def test_nothing_else_is_deployed_with_them(resource, action, deployer, client, stack):
    status, reasons = run(client("cloudformation"), stack.name, {"Resources": {"Foreign": resource}}, deployer)

    assert status == "ROLLBACK_COMPLETE"
    assert f"is not authorized to perform: {action}" in reasons[0]


@pytest.mark.behaviour(
    "CDK", "with those rights nothing is made in a region where the platform does not stand", aws=False
)
def test_nothing_is_deployed_elsewhere(deployer, client):
    abroad = client("cloudformation", "eu-west-1")
    vpc = {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.0.0.0/16"}}
    try:
        status, reasons = run(abroad, NAME, {"Resources": {"Vpc": vpc}}, deployer)
    finally:
        abroad.delete_stack(StackName=NAME)

    assert status == "ROLLBACK_COMPLETE"
    assert "is not authorized to perform: ec2:CreateVpc" in reasons[0]
