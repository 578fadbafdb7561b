"""Who deploys may work on the images of its own deployment. That the rights suffice, is shown in the embedded AWS."""

from __future__ import annotations

import pytest
from aws_cdk import App
from aws_cdk.assertions import Template

from config import load
from constructs_lib.access import ServiceRole
from constructs_lib.policy.findings import flatten
from contract.components import Stack
from stacks.proxy_platform.base import Deployment, PlatformStack
from stacks.proxy_platform.image_rights import allow_images
from tests.synth.assemblies import ROOT


@pytest.fixture(scope="module")
def allowed():
    app = App(analytics_reporting=False, builtin_cloud_formation_validation=False)
    deployment = Deployment.of(load("development", overrides=["identity.role_path=/proxy/"]), root=ROOT)
    stack = PlatformStack(app, Stack.IDENTITY, deployment=deployment, description="A stack")
    role = ServiceRole(stack, "Role", service="lambda.amazonaws.com", description="A role")
    allow_images(role, stack, ["us-east-1", "eu-west-1"])
    policies = Template.from_stack(stack).find_resources("AWS::IAM::Policy").values()
    return {item["Sid"]: item for policy in policies for item in policy["Properties"]["PolicyDocument"]["Statement"]}


def resources(statement) -> set[str]:
    found = statement["Resource"]
    return {text(each) for each in (found if isinstance(found, list) else [found])}


def text(value) -> str:
    return flatten(value).replace("<AWS::Partition>", "aws").replace("<AWS::AccountId>", "123456789012")


def test_builds_and_amis_are_those_of_this_deployment(allowed):
    own = "arn:aws:imagebuilder:us-east-1:123456789012:image/slipway-development-proxy/*"

    assert own in resources(allowed["FollowBuilds"])
    assert text(allowed["RemoveImages"]["Condition"]["StringLike"]["aws:ResourceTag/Ec2ImageBuilderArn"]) == own
    assert {name.partition(":parameter")[2] for name in resources(allowed["NameImages"])} == {
        "/imagebuilder/slipway/development", "/imagebuilder/slipway/development/*",
    }  # fmt: skip


def test_stacks_are_found_in_every_region(allowed):
    assert {name.split(":")[3] for name in resources(allowed["FindStacks"])} == {"us-east-1", "eu-west-1"}


def test_one_role_is_lent_and_to_image_builder_only(allowed):
    (role,) = resources(allowed["LendCopyingRole"])

    assert role.endswith(":role/proxy/slipway-development-image-distribution-us-east-1")
    assert allowed["LendCopyingRole"]["Condition"] == {
        "StringEquals": {"iam:PassedToService": "imagebuilder.amazonaws.com"}
    }
