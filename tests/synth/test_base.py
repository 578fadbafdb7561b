"""What all stacks share: tags, protection, the account's boundary."""

from __future__ import annotations

from typing import Any

import pytest

from contract import tags
from tests.synth.assemblies import COMPONENTS, ENVIRONMENTS, synthesise

UNTAGGED = {
    # AWS has no tags for these.
    "AWS::AutoScaling::ScalingPolicy",
    "AWS::CloudWatch::Dashboard",
    "AWS::EC2::Route",
    "AWS::EC2::SecurityGroupEgress",
    "AWS::EC2::SecurityGroupIngress",
    "AWS::EC2::SubnetRouteTableAssociation",
    "AWS::EC2::VPCGatewayAttachment",
    "AWS::IAM::InstanceProfile",
    "AWS::IAM::Policy",
    "AWS::Lambda::Alias",
    "AWS::Lambda::LayerVersion",
    "AWS::Lambda::Permission",
    "AWS::Lambda::Url",
    "AWS::Lambda::Version",
    "AWS::Route53::RecordSet",
    "AWS::S3::BucketPolicy",
    "AWS::SNS::TopicPolicy",
    "Custom::S3AutoDeleteObjects",
}


def tag_values(properties: dict[str, Any]) -> dict[str, str]:
    """Return a resource's tags, in whichever of CloudFormation's three ways they are written."""
    found = properties.get("Tags") or properties.get("HostedZoneTags") or {}
    if "TagSpecifications" in properties:
        found = properties["TagSpecifications"][0]["Tags"]
    return found if isinstance(found, dict) else {tag["Key"]: tag["Value"] for tag in found}


def is_made_by_the_library(logical_id: str) -> bool:
    """The CDK's own helper that empties buckets has no tags of its own; it gets those of the stack."""
    return logical_id.startswith("CustomS3AutoDeleteObjects")


@pytest.mark.parametrize("environment", ENVIRONMENTS)
@pytest.mark.parametrize("component", COMPONENTS)
def test_every_resource_carries_the_default_tags(environment, component, assembly):
    template = assembly(environment).template(component)
    bare = {
        f"{logical_id} ({resource['Type']})"
        for logical_id, resource in template.body["Resources"].items()
        if resource["Type"] not in UNTAGGED and not is_made_by_the_library(logical_id)
        if not set(tags.DEFAULT) <= tag_values(resource["Properties"]).keys()
    }

    assert bare == set()


@pytest.mark.parametrize("component", COMPONENTS)
def test_the_stacks_themselves_carry_the_same_tags(component, assembly):
    artifact = assembly("production").manifest()[f"slipway-production-{component}"]["properties"]

    assert artifact["tags"] == {
        tags.SERVICE: "proxy-platform",
        tags.MANAGED_BY: "slipway",
        tags.DEPLOYMENT_ID: "slipway-production",
        tags.ENVIRONMENT: "production",
        tags.CREATED_AT: "2026-11-21",
        tags.VERSION: "0.1.0",
        tags.COMPONENT: component,
    }


def test_the_machine_image_carries_the_same_tags(production):
    (distribution,) = production("image").properties("AWS::ImageBuilder::DistributionConfiguration")

    image_tags = distribution["Distributions"][0]["AmiDistributionConfiguration"]["AmiTags"]
    assert image_tags.keys() == set(tags.DEFAULT)


@pytest.mark.parametrize(("environment", "expected"), [("production", True), ("development", None)])
def test_production_alone_cannot_be_deleted_by_mistake(environment, expected, assembly):
    found = {
        assembly(environment)
        .manifest()[f"slipway-{environment}-{component}"]["properties"]
        .get("terminationProtection")
        for component in COMPONENTS
    }

    assert found == {expected} if expected else {None, False} >= found


def test_what_an_operator_adds(tmp_path):
    boundary = "arn:aws:iam::123456789012:policy/boundary"
    overrides = (
        f"identity.permissions_boundary_arn={boundary}",
        "tags.team=web",
        "dns.visibility=public",
        "dns.zone_name=example.org",
        "image.ami_id=ami-0123456789abcdef0",
        "observability.alarm_email=someone@example.org",
        "fleet.scheme=internet-facing",
        "proxy.allowed_client_networks=[203.0.113.0/24]",
        "functions.cache_service.reserved_concurrency=5",
    )
    assembly = synthesise("development", tmp_path, overrides=overrides)

    roles = [role for name in COMPONENTS for role in assembly.template(name).properties("AWS::IAM::Role")]
    assert {role["PermissionsBoundary"] for role in roles} == {boundary}
    assert tag_values(assembly.template("storage").properties("AWS::S3::Bucket")[0])["team"] == "web"
    assert "NameServers" in assembly.template("dns").outputs()
    assert assembly.template("image").outputs() == {"AmiId": "ami-0123456789abcdef0"}
    assert assembly.template("observability").only("AWS::SNS::Subscription")["Endpoint"] == "someone@example.org"
    assert assembly.template("fleet").only("AWS::ElasticLoadBalancingV2::LoadBalancer")["Scheme"] == "internet-facing"
    concurrency = {
        function["FunctionName"]: function.get("ReservedConcurrentExecutions")
        for function in assembly.template("functions").properties("AWS::Lambda::Function")
    }
    assert concurrency["slipway-development-cache-service"] == 5
    assert concurrency["slipway-development-html-service"] is None
