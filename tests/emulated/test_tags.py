"""Tags: those of a stack reach its resources, and are found again, each service and the tagging API agreeing."""

from __future__ import annotations

import json
from typing import Any

import pytest

from emulator.paths import VENVS
from tests.emulated.conftest import Stack, eventually
from tests.emulated.test_drift import POLICY, types_of_our_stacks

RESOURCES: dict[str, Any] = {
    "Bucket": {"Type": "AWS::S3::Bucket"},
    "Topic": {"Type": "AWS::SNS::Topic"},
    "Parameter": {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Value": "v"}},
    "Secret": {"Type": "AWS::SecretsManager::Secret", "Properties": {"GenerateSecretString": {}}},
    "Logs": {"Type": "AWS::Logs::LogGroup"},
    "Vpc": {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.97.0.0/16"}},
    "Subnet": {"Type": "AWS::EC2::Subnet", "Properties": {"VpcId": {"Ref": "Vpc"}, "CidrBlock": "10.97.1.0/24"}},
    "Routes": {"Type": "AWS::EC2::RouteTable", "Properties": {"VpcId": {"Ref": "Vpc"}}},
    "Gateway": {"Type": "AWS::EC2::InternetGateway"},
    "Group": {
        "Type": "AWS::EC2::SecurityGroup",
        "Properties": {"VpcId": {"Ref": "Vpc"}, "GroupDescription": "tags"},
    },
    "Targets": {
        "Type": "AWS::ElasticLoadBalancingV2::TargetGroup",
        "Properties": {"VpcId": {"Ref": "Vpc"}, "Protocol": "TCP", "Port": 80, "TargetType": "ip"},
    },
    "Dashboard": {"Type": "AWS::CloudWatch::Dashboard", "Properties": {"DashboardBody": '{"widgets":[]}'}},
    "Alarm": {
        "Type": "AWS::CloudWatch::Alarm",
        "Properties": {
            "Namespace": "Slipway", "MetricName": "m", "Statistic": "Sum", "Period": 60, "Threshold": 1,
            "EvaluationPeriods": 1, "ComparisonOperator": "GreaterThanThreshold",
        },
    },
    "Zone": {"Type": "AWS::Route53::HostedZone", "Properties": {"Name": "tags.slipway.test"}},
    "Role": {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": POLICY}},
    "Key": {
        "Type": "AWS::KMS::Key",
        "Properties": {
            "PendingWindowInDays": 7,
            "KeyPolicy": {
                "Version": "2012-10-17",
                "Statement": [
                    {
                        "Effect": "Allow", "Action": "kms:*", "Resource": "*",
                        "Principal": {"AWS": {"Fn::Sub": "arn:aws:iam::${AWS::AccountId}:root"}},
                    }
                ],
            },
        },
    },
}  # fmt: skip
ARNS = {
    "Bucket": "arn:aws:s3:::{id}",
    "Topic": "{id}",
    "Parameter": "arn:aws:ssm:{region}:{account}:parameter{path}",
    "Secret": "{id}",
    "Logs": "arn:aws:logs:{region}:{account}:log-group:{id}",
    "Vpc": "arn:aws:ec2:{region}:{account}:vpc/{id}",
    "Subnet": "arn:aws:ec2:{region}:{account}:subnet/{id}",
    "Routes": "arn:aws:ec2:{region}:{account}:route-table/{id}",
    "Gateway": "arn:aws:ec2:{region}:{account}:internet-gateway/{id}",
    "Group": "arn:aws:ec2:{region}:{account}:security-group/{id}",
    "Targets": "{id}",
    "Dashboard": "arn:aws:cloudwatch::{account}:dashboard/{id}",
    "Alarm": "arn:aws:cloudwatch:{region}:{account}:alarm:{id}",
    "Zone": "arn:aws:route53:::hostedzone/{id}",
    "Key": "arn:aws:kms:{region}:{account}:key/{id}",
}
"""Roles are not among them: the tagging API does not find these, on AWS neither."""


def created(stack: Stack, client: Any, tags: dict[str, str]) -> dict[str, str]:
    """Create the stack with tags and return the ARNs of its resources, by logical id."""
    cloudformation = client("cloudformation")
    cloudformation.create_stack(
        StackName=stack.name, TemplateBody=json.dumps({"Resources": RESOURCES}), Capabilities=["CAPABILITY_NAMED_IAM"],
        Tags=[{"Key": key, "Value": value} for key, value in tags.items()],
    )  # fmt: skip
    eventually(lambda: not str(stack.status()).endswith("_IN_PROGRESS"), "the creation", seconds=300)
    assert stack.status() == "CREATE_COMPLETE", stack.reasons()
    region = cloudformation.meta.region_name
    account = client("sts").get_caller_identity()["Account"]
    place = {"region": region, "account": account}
    ids = {name: stack.physical_id(name) for name in ARNS}
    return {name: arn.format(id=ids[name], path=f"/{ids[name].lstrip('/')}", **place) for name, arn in ARNS.items()}


@pytest.mark.behaviour("Tagging", "the tags of a stack reach its resources, and the tagging API finds all of them")
@pytest.mark.behaviour("Tagging", "roles are tagged, but the tagging API does not find them")
def test_tags_of_a_stack_are_found_on_each_of_its_resources(stack, client):
    arns = created(stack, client, {"slipway:test": stack.name})
    tagging = client("resourcegroupstaggingapi")

    def found() -> dict[str, dict[str, str]]:
        pages = tagging.get_paginator("get_resources").paginate(
            TagFilters=[{"Key": "slipway:test", "Values": [stack.name]}]
        )
        return {
            each["ResourceARN"]: {tag["Key"]: tag["Value"] for tag in each["Tags"]}
            for page in pages
            for each in page["ResourceTagMappingList"]
        }

    eventually(lambda: set(arns.values()) <= found().keys(), "the tags", seconds=60)
    by_arn = found()
    assert [arn for arn in by_arn if ":stack/" in arn], "the stack itself"
    assert [arn for arn in by_arn if ":role/" in arn] == []
    assert by_arn[arns["Topic"]]["aws:cloudformation:logical-id"] == "Topic"
    assert "aws:cloudformation:logical-id" not in by_arn[arns["Key"]]
    role = client("iam").list_role_tags(RoleName=stack.physical_id("Role"))["Tags"]
    assert role == [{"Key": "slipway:test", "Value": stack.name}]
    assert stack.name in tagging.get_tag_values(Key="slipway:test")["TagValues"]
    assert "slipway:test" in tagging.get_tag_keys()["TagKeys"]
    agree(stack, client, arns)


def agree(stack: Stack, client: Any, arns: dict[str, str]) -> None:
    """Check that each service's own list of tags says the same."""
    wanted = {"Key": "slipway:test", "Value": stack.name}
    assert wanted in client("s3").get_bucket_tagging(Bucket=stack.physical_id("Bucket"))["TagSet"]
    assert wanted in client("sns").list_tags_for_resource(ResourceArn=arns["Topic"])["Tags"]
    parameter = stack.physical_id("Parameter")
    ssm = client("ssm").list_tags_for_resource(ResourceType="Parameter", ResourceId=parameter)
    assert wanted in ssm["TagList"]
    assert wanted in client("secretsmanager").describe_secret(SecretId=arns["Secret"])["Tags"]
    assert client("logs").list_tags_for_resource(resourceArn=arns["Logs"])["tags"]["slipway:test"] == stack.name
    ids = [stack.physical_id(name) for name in ("Vpc", "Subnet", "Routes", "Gateway", "Group")]
    listed = client("ec2").describe_tags(Filters=[{"Name": "resource-id", "Values": ids}])["Tags"]
    assert {tag["ResourceId"] for tag in listed if tag["Key"] == "slipway:test"} == set(ids)
    elb = client("elbv2").describe_tags(ResourceArns=[arns["Targets"]])["TagDescriptions"][0]["Tags"]
    assert wanted in elb
    for name in ("Dashboard", "Alarm"):
        assert wanted in client("cloudwatch").list_tags_for_resource(ResourceARN=arns[name])["Tags"]
    zone = client("route53").list_tags_for_resource(ResourceType="hostedzone", ResourceId=stack.physical_id("Zone"))
    assert wanted in zone["ResourceTagSet"]["Tags"]
    kms = client("kms").list_resource_tags(KeyId=stack.physical_id("Key"))["Tags"]
    assert {"TagKey": "slipway:test", "TagValue": stack.name} in kms


def registry_tagging(type_name: str) -> dict[str, Any]:
    (folder,) = (VENVS / "emulator").glob("lib/python*/site-packages/cfnlint/data/schemas")
    schema = json.loads((folder / "providers" / "us-east-1.json").read_text())[type_name]
    return json.loads((folder / "resources" / f"{schema}.json").read_text()).get("tagging") or {}


SYSTEM_TAGS_NOT = ("AWS::IAM::Role", "AWS::ImageBuilder::", "AWS::KMS::Key", "AWS::Route53::HostedZone")


def test_types_without_the_marks_of_cloudformation_are_those_of_the_registry():
    ours = [name for name in types_of_our_stacks() if not name.startswith("Custom::")]
    taggable = {name: registry_tagging(name) for name in ours if registry_tagging(name).get("taggable")}

    unmarked = {name for name, tagging in taggable.items() if not tagging.get("cloudFormationSystemTags")}
    assert unmarked == {name for name in taggable if name.startswith(SYSTEM_TAGS_NOT)}
