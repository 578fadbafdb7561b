"""What all stacks share: tags, protection, the account's boundary."""

from __future__ import annotations

import json
from typing import Any

import pytest

from config import load
from contract import tags
from stacks.proxy_platform.base import Deployment
from tests.synth.assemblies import COMPONENTS, ENVIRONMENTS, ROOT, synthesise
from tests.synth.schemas import tag_property


def as_mapping(found: Any) -> dict[str, str]:
    """Return tags by key; some types have a list of them, others a mapping."""
    return found if isinstance(found, dict) else {tag["Key"]: tag["Value"] for tag in found or []}


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_every_resource_that_can_be_tagged_carries_the_default_tags(environment, assembly):
    """What can be tagged, and in which property, is not written here: CloudFormation's registry says it."""
    bare = {
        f"{path.name}: {logical_id} ({resource['Type']})"
        for path in assembly(environment).folder.glob("*.template.json")
        for logical_id, resource in json.loads(path.read_text())["Resources"].items()
        if (name := tag_property(resource["Type"]))
        if not set(tags.DEFAULT) <= as_mapping(resource["Properties"].get(name)).keys()
    }

    assert bare == set()


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("AWS::S3::Bucket", "Tags"),
        ("AWS::Route53::HostedZone", "HostedZoneTags"),
        ("AWS::IAM::InstanceProfile", None),
        ("Custom::Anything", None),
    ],
)
def test_the_registry_says_where_tags_stand(kind, expected):
    assert tag_property(kind) == expected


def test_what_the_launch_template_makes_carries_the_default_tags(production):
    template = production("fleet").only("AWS::EC2::LaunchTemplate")

    made = {
        each["ResourceType"]: as_mapping(each["Tags"]) for each in template["LaunchTemplateData"]["TagSpecifications"]
    }
    own = {each["ResourceType"]: as_mapping(each["Tags"]) for each in template["TagSpecifications"]}
    assert made.keys() == {"instance", "volume"}
    assert own.keys() == {"launch-template"}
    for found in (*made.values(), *own.values()):
        assert set(tags.DEFAULT) <= found.keys()


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


def test_a_stack_can_be_deployed_though_all_that_it_stands_for_exists(tmp_path):
    buckets = (f"storage.{name}.existing_name=my-{name}-bucket" for name in ("artifacts", "configuration", "cache"))
    overrides = (*buckets, "image.ami_id=ami-0123456789abcdef0", "dns.existing_zone_id=Z0123456789ABCDEFGHIJ")
    assembly = synthesise("production", tmp_path, overrides=overrides)

    empty = [name for name in COMPONENTS if not assembly.template(name).body.get("Resources")]
    assert empty == []
    for name in ("dns", "storage"):
        kinds = {resource["Type"] for resource in assembly.template(name).body["Resources"].values()}
        assert kinds == {"AWS::CloudFormation::WaitConditionHandle"}


KEPT = {
    "dns": {"ZoneA5DE4B68"},
    "fleet": {"InstanceLogsAB47D8DA", "LoadBalancerCD993E47"},
    "functions": {
        "CacheServiceLogGroupFE0F3214",
        "HtmlServiceLogGroupB189FA79",
        "ProxyManagementLogGroup485A0655",
        "SemanticTextServiceLogGroup8D1A0758",
    },
    "identity": {"CertificateAuthority", "DashboardUsers"},
    "image": {"ProxyImageLogs73A1F2BB", "ProxyPipelineLogs9CE1BE44"},
    "network": {"FlowLogs16C1943A"},
    "observability": {"AlarmsKey3C2381B3"},
    "storage": {"Artifacts82DD59A1", "Cache18F6EE16", "Configuration6A36F2CE"},
}
"""Logical ids of what holds data or has addresses that people use. Another id is another resource: never change one."""

IN_PUBLIC_SUBNETS = {"fleet": {"InstanceLogsAB47D8DA", "LoadBalancerInPublicSubnetsBalancer169BAA3F"}}
"""A load balancer cannot move to other subnets of the same zones, so where it stands is part of what it is."""

KEPT_KINDS = {
    "AWS::ElasticLoadBalancingV2::LoadBalancer",
    "AWS::KMS::Key",
    "AWS::Logs::LogGroup",
    "AWS::Route53::HostedZone",
    "AWS::S3::Bucket",
    "AWS::SecretsManager::Secret",
}
NOTHING_TO_KEEP = {"AutoDeleteLogs5072FD4F"}
"""The log of what empties buckets, which is there only where buckets go with their stack, and goes with them."""


def kept(template):
    """Return the resources of a template that hold data, by logical id."""
    return {
        logical_id: resource
        for logical_id, resource in template.body["Resources"].items()
        if resource["Type"] in KEPT_KINDS and logical_id not in NOTHING_TO_KEEP
    }


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_what_holds_data_keeps_its_logical_id(environment, assembly):
    found = {component: set(kept(assembly(environment).template(component))) for component in COMPONENTS}

    is_public = environment in ("local", "development", "test")
    assert {component: ids for component, ids in found.items() if ids} == KEPT | (
        IN_PUBLIC_SUBNETS if is_public else {}
    )


@pytest.mark.parametrize(
    ("environment", "policies"),
    [("production", ("RetainExceptOnCreate", "Retain")), ("development", ("Delete", "Delete"))],
)
def test_what_holds_data_has_the_removal_policy_of_the_configuration(environment, policies, assembly):
    found = {
        (resource["DeletionPolicy"], resource["UpdateReplacePolicy"])
        for component in set(COMPONENTS) - {"fleet"}  # a load balancer holds nothing; it has deletion protection
        for resource in kept(assembly(environment).template(component)).values()
    }

    assert found == {policies}


def test_what_an_operator_adds(tmp_path):
    boundary = "arn:aws:iam::123456789012:policy/boundary"
    overrides = (
        f"identity.permissions_boundary_arn={boundary}",
        "tags.team=web",
        "dns.visibility=public",
        "dns.zone_name=example.org",
        "image.ami_id=ami-0123456789abcdef0",
        "observability.alarm_emails=[someone@example.org]",
        "fleet.scheme=internet-facing",
        "proxy.allowed_client_networks=[203.0.113.0/24]",
        "functions.cache_service.reserved_concurrency=5",
    )
    assembly = synthesise("development", tmp_path, overrides=overrides)

    roles = [role for name in COMPONENTS for role in assembly.template(name).properties("AWS::IAM::Role")]
    assert {role["PermissionsBoundary"] for role in roles} == {boundary}
    assert as_mapping(assembly.template("storage").properties("AWS::S3::Bucket")[0]["Tags"])["team"] == "web"
    assert "NameServers" in assembly.template("dns").outputs()
    (launched,) = assembly.template("fleet").properties("AWS::EC2::LaunchTemplate")
    assert launched["LaunchTemplateData"]["ImageId"] == "ami-0123456789abcdef0"
    assert assembly.template("observability").only("AWS::SNS::Subscription")["Endpoint"] == "someone@example.org"
    assert assembly.template("fleet").only("AWS::ElasticLoadBalancingV2::LoadBalancer")["Scheme"] == "internet-facing"
    concurrency = {
        function["FunctionName"]: function.get("ReservedConcurrentExecutions")
        for function in assembly.template("functions").properties("AWS::Lambda::Function")
    }
    assert concurrency["slipway-development-cache-service"] == 5
    assert concurrency["slipway-development-html-service"] is None


def test_a_deployment_with_a_lifetime_says_when_it_may_be_removed():
    overrides = ["lifetime_hours=36,created_at=2026-11-21T10:00:00+02:00"]

    mortal = Deployment.of(load("test", overrides=overrides), root=ROOT)

    assert mortal.default_tags[tags.EXPIRES_AT] == "2026-11-22T20:00:00+00:00"
    assert tags.EXPIRES_AT not in Deployment.of(load("test"), root=ROOT).default_tags
