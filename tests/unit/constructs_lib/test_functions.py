"""A function is published behind its alias, and its layer's hash is that of its lock."""

from __future__ import annotations

import pytest
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam

from constructs_lib.access import ServiceRole
from constructs_lib.bundle import Bundle
from constructs_lib.functions import DependencyLayer, FunctionPlace, LayerMissingError, SignedFunction


@pytest.fixture
def sources(tmp_path):
    (tmp_path / "layer" / "python").mkdir(parents=True)
    (tmp_path / "layer" / "python" / "library.py").write_text("library")
    (tmp_path / "requirements.txt").write_text("library==1\n")
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "handler.py").write_text("handler")
    return tmp_path


def layer_in(stack, sources, architecture="arm64"):
    return DependencyLayer(
        stack,
        f"Layer{architecture}",
        folder=sources / "layer",
        requirements=sources / "requirements.txt",
        runtime="python3.12",
        architecture=architecture,
    )


def function_in(stack, sources, **options):
    return SignedFunction(
        stack,
        "Service",
        function_name="service",
        description="A service",
        code=Bundle.collect(sources / "code", ["handler.py"]),
        handler="handler.handler",
        layers=[layer_in(stack, sources)],
        runtime="python3.12",
        architecture="arm64",
        role=ServiceRole(stack, "Role", service="lambda.amazonaws.com", description="A role"),
        environment={"KEY": "value"},
        memory_mb=256,
        timeout_seconds=5,
        log_retention_days=1,
        destroy=True,
        **options,
    )


def test_a_function_with_defaults(stack, sources, template):
    function_in(stack, sources)

    (function,) = template("AWS::Lambda::Function")
    assert (function["MemorySize"], function["Timeout"], function["Handler"]) == (256, 5, "handler.handler")
    assert function["Environment"] == {"Variables": {"KEY": "value"}}
    assert function.keys().isdisjoint({"ReservedConcurrentExecutions", "EphemeralStorage", "SnapStart", "VpcConfig"})
    assert "ProvisionedConcurrencyConfig" not in template("AWS::Lambda::Alias")[0]
    assert template("AWS::Logs::LogGroup")[0]["LogGroupName"] == "/aws/lambda/service"
    assert template("AWS::IAM::Policy") == []
    assert template("AWS::Lambda::Permission") == []


def test_the_url_is_that_of_the_alias(stack, sources, template):
    function_in(stack, sources, reserved_concurrency=3)

    (url,) = template("AWS::Lambda::Url")
    (alias,) = template("AWS::Lambda::Alias")
    assert (url["AuthType"], url["Qualifier"]) == ("AWS_IAM", "live")
    assert "CurrentVersion" in str(alias["FunctionVersion"])
    assert template("AWS::Lambda::Function")[0]["ReservedConcurrentExecutions"] == 3


def test_everything_that_a_function_may_have(stack, sources, template):
    vpc = ec2.Vpc(stack, "Vpc")
    group = ec2.SecurityGroup(stack, "Group", vpc=vpc)
    place = FunctionPlace(vpc, ec2.SubnetSelection(subnets=vpc.private_subnets), group)
    function_in(
        stack, sources, place=place, reserved_concurrency=3, provisioned_concurrency=2, ephemeral_storage_mb=1024
    )

    (function,) = template("AWS::Lambda::Function")
    assert function["EphemeralStorage"] == {"Size": 1024}
    assert len(function["VpcConfig"]["SubnetIds"]) == 2
    assert function["VpcConfig"]["SecurityGroupIds"] == [stack.resolve(group.security_group_id)]
    (alias,) = template("AWS::Lambda::Alias")
    assert alias["ProvisionedConcurrencyConfig"] == {"ProvisionedConcurrentExecutions": 2}
    # The role is as it was: what Lambda needs to put the function into the VPC stands where the role is made.
    assert all("ManagedPolicyArns" not in role for role in template("AWS::IAM::Role"))


def test_a_function_may_start_from_a_snapshot(stack, sources, template):
    function_in(stack, sources, snap_start=True)

    assert template("AWS::Lambda::Function")[0]["SnapStart"] == {"ApplyOn": "PublishedVersions"}


def test_a_caller_gets_both_permissions(stack, sources, template):
    function_in(stack, sources).allow_caller("Someone", role_arn="arn:aws:iam::123456789012:role/someone")

    permissions = template("AWS::Lambda::Permission")
    assert {item["Action"] for item in permissions} == {"lambda:InvokeFunctionUrl", "lambda:InvokeFunction"}
    assert {item["Principal"] for item in permissions} == {"arn:aws:iam::123456789012:role/someone"}


def test_the_role_is_left_as_it_is(stack, sources):
    signed = function_in(stack, sources)
    signed.function.add_to_role_policy(iam.PolicyStatement(actions=["s3:GetObject"], resources=["*"]))

    assert stack.node.find_child("Role").node.try_find_child("DefaultPolicy") is None


def test_the_layer_is_known_by_its_lock(stack, sources, template):
    def key():
        return {str(item["Content"]["S3Key"]) for item in template("AWS::Lambda::LayerVersion")}

    layer_in(stack, sources, "arm64")
    layer_in(stack, sources, "x86_64")

    assert len(key()) == 2


def test_a_folder_that_was_filled_again_is_the_same_layer(sources, app):
    from aws_cdk import Stack
    from aws_cdk.assertions import Template

    def stack_with_layer(name):
        stack = Stack(app, name)
        layer_in(stack, sources)
        return stack

    def key(stack):
        (layer,) = Template.from_stack(stack).find_resources("AWS::Lambda::LayerVersion").values()
        return layer["Properties"]["Content"]["S3Key"]

    first = stack_with_layer("First")
    (sources / "layer" / "python" / "library.py").write_text("library, compiled on another day")
    again = stack_with_layer("Again")
    (sources / "requirements.txt").write_text("library==2\n")
    newer = stack_with_layer("Newer")

    assert key(first) == key(again) != key(newer)


def test_a_missing_layer_says_what_to_do(stack, tmp_path):
    (tmp_path / "requirements.txt").write_text("")

    with pytest.raises(LayerMissingError, match=r"python3\.12 on arm64.*make setup"):
        layer_in(stack, tmp_path)
