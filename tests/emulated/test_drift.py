"""Drift: what somebody changed behind CloudFormation's back, over every type of our stacks."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from emulator.drift.reads import NOT_READABLE, READS
from emulator.paths import VENVS
from tests.emulated.conftest import Stack, eventually
from tests.emulated.scaling_groups import resources

SNAPSHOTS = Path(__file__).resolve().parents[1] / "synth" / "snapshots"
POLICY = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}
TAGS = [{"Key": "slipway:test", "Value": "drift"}]


def tagged(kind: str, **properties: Any) -> dict[str, Any]:
    return {"Type": kind, "Properties": {**properties, "Tags": TAGS}}


RESOURCES: dict[str, Any] = {
    "Parameter": {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Value": "a"}},
    "Gone": {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Value": "a"}},
    "Bucket": tagged(
        "AWS::S3::Bucket",
        BucketEncryption={
            "ServerSideEncryptionConfiguration": [{"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]
        },
        LifecycleConfiguration={
            "Rules": [
                {"Id": "Uploads", "Status": "Enabled", "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 1}},
                {"Id": "Old", "Status": "Enabled", "Prefix": "old/", "ExpirationInDays": 7},
            ]
        },
        VersioningConfiguration={"Status": "Enabled"},
    ),
    "Topic": tagged("AWS::SNS::Topic", DisplayName="before"),
    "Logs": tagged("AWS::Logs::LogGroup", RetentionInDays=7),
    "Role": tagged("AWS::IAM::Role", AssumeRolePolicyDocument=POLICY, Description="before"),
    "Vpc": tagged("AWS::EC2::VPC", CidrBlock="10.99.0.0/16", EnableDnsHostnames=True, EnableDnsSupport=True),
    "Subnet": tagged(
        "AWS::EC2::Subnet", VpcId={"Ref": "Vpc"}, CidrBlock="10.99.1.0/24", MapPublicIpOnLaunch=False
    ),
    "Group": tagged(
        "AWS::EC2::SecurityGroup", GroupDescription="drift", VpcId={"Ref": "Vpc"},
        SecurityGroupIngress=[
            {"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "CidrIp": "10.0.0.0/8", "Description": "web"}
        ],
    ),
    "Rule": {
        "Type": "AWS::EC2::SecurityGroupIngress",
        "Properties": {
            "GroupId": {"Fn::GetAtt": ["Group", "GroupId"]}, "IpProtocol": "tcp", "FromPort": 443, "ToPort": 443,
            "CidrIp": "10.0.0.0/8",
        },
    },
    "Targets": tagged(
        "AWS::ElasticLoadBalancingV2::TargetGroup", Protocol="TCP", Port=8080, VpcId={"Ref": "Vpc"},
        TargetType="ip", HealthCheckIntervalSeconds=10,
        TargetGroupAttributes=[{"Key": "deregistration_delay.timeout_seconds", "Value": "0"}],
    ),
    "Alarm": tagged(
        "AWS::CloudWatch::Alarm", Namespace="Slipway", MetricName="m", Statistic="Sum", Period=60, Threshold=1,
        EvaluationPeriods=1, ComparisonOperator="GreaterThanThreshold",
    ),
    "Query": {
        "Type": "AWS::Logs::QueryDefinition",
        "Properties": {"Name": "drift", "QueryString": "fields @message", "LogGroupNames": [{"Ref": "Logs"}]},
    },
    "Budget": {
        "Type": "AWS::Budgets::Budget",
        "Properties": {
            "Budget": {
                "BudgetName": {"Fn::Sub": "${AWS::StackName}"}, "BudgetType": "COST", "TimeUnit": "MONTHLY",
                "BudgetLimit": {"Amount": 100, "Unit": "USD"},
                "CostFilters": {"TagKeyValue": ["user:slipway:test$drift"]},
            }
        },
    },
    "Policy": {
        "Type": "AWS::IAM::Policy",
        "Properties": {
            "PolicyName": "own", "Roles": [{"Ref": "Role"}],
            "PolicyDocument": {
                "Version": "2012-10-17",
                "Statement": [{"Effect": "Allow", "Action": "sns:ListTopics", "Resource": "*"}],
            },
        },
    },
}  # fmt: skip


class Drift:
    """The drift of one stack.

    :param stack: the stack.
    """

    def __init__(self, stack: Stack, cloudformation: Any) -> None:
        self._name = stack.name
        self._cloudformation = cloudformation

    def detect(self) -> str:
        """Detect it and return what the whole stack is."""
        made = self._cloudformation.detect_stack_drift(StackName=self._name)["StackDriftDetectionId"]

        def detected() -> dict[str, Any] | None:
            found = self._cloudformation.describe_stack_drift_detection_status(StackDriftDetectionId=made)
            return found if found["DetectionStatus"] != "DETECTION_IN_PROGRESS" else None

        found = eventually(detected, "the detection", seconds=120)
        assert found["DetectionStatus"] == "DETECTION_COMPLETE", found
        return str(found["StackDriftStatus"])

    def resources(self) -> Iterator[dict[str, Any]]:
        found = self._cloudformation.describe_stack_resource_drifts(StackName=self._name, MaxResults=100)
        yield from found["StackResourceDrifts"]

    def statuses(self) -> dict[str, str]:
        """Return by logical id what each resource is."""
        return {found["LogicalResourceId"]: found["StackResourceDriftStatus"] for found in self.resources()}

    def differences(self) -> dict[str, set[tuple[str, str]]]:
        """Return by logical id the paths that differ, and how."""
        return {
            found["LogicalResourceId"]: {
                (each["PropertyPath"], each["DifferenceType"]) for each in found["PropertyDifferences"]
            }
            for found in self.resources()
            if found.get("PropertyDifferences")
        }


@pytest.fixture
def drift(stack, client):
    return Drift(stack, client("cloudformation"))


def change_everything(stack: Stack, client: Any) -> None:
    """Change each resource through its own API."""
    s3, ec2, iam = client("s3"), client("ec2"), client("iam")
    client("ssm").put_parameter(Name=stack.physical_id("Parameter"), Value="b", Type="String", Overwrite=True)
    bucket = stack.physical_id("Bucket")
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Suspended"})
    s3.put_bucket_tagging(Bucket=bucket, Tagging={"TagSet": [{"Key": "slipway:test", "Value": "other"}]})
    topic = stack.physical_id("Topic")
    client("sns").set_topic_attributes(TopicArn=topic, AttributeName="DisplayName", AttributeValue="after")
    client("logs").put_retention_policy(logGroupName=stack.physical_id("Logs"), retentionInDays=30)
    iam.update_role(RoleName=stack.physical_id("Role"), Description="after")
    ec2.modify_vpc_attribute(VpcId=stack.physical_id("Vpc"), EnableDnsHostnames={"Value": False})
    ec2.modify_subnet_attribute(SubnetId=stack.physical_id("Subnet"), MapPublicIpOnLaunch={"Value": True})
    opened = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
    ec2.authorize_security_group_ingress(GroupId=stack.physical_id("Group"), IpPermissions=[opened])
    target_group = stack.physical_id("Targets")
    client("elbv2").modify_target_group_attributes(
        TargetGroupArn=target_group, Attributes=[{"Key": "deregistration_delay.timeout_seconds", "Value": "60"}]
    )
    client("elbv2").modify_target_group(TargetGroupArn=target_group, HealthCheckIntervalSeconds=30)
    client("cloudwatch").put_metric_alarm(
        AlarmName=stack.physical_id("Alarm"), Namespace="Slipway", MetricName="m", Statistic="Sum", Period=60,
        Threshold=5, EvaluationPeriods=1, ComparisonOperator="GreaterThanThreshold",
    )  # fmt: skip


DIFFERENCES = {
    "Parameter": {("/Value", "NOT_EQUAL")},
    "Bucket": {("/VersioningConfiguration/Status", "NOT_EQUAL"), ("/Tags/0/Value", "NOT_EQUAL")},
    "Topic": {("/DisplayName", "NOT_EQUAL")},
    "Logs": {("/RetentionInDays", "NOT_EQUAL")},
    "Role": {("/Description", "NOT_EQUAL")},
    "Vpc": {("/EnableDnsHostnames", "NOT_EQUAL")},
    "Subnet": {("/MapPublicIpOnLaunch", "NOT_EQUAL")},
    "Group": {("/SecurityGroupIngress/1", "ADD")},
    "Targets": {("/HealthCheckIntervalSeconds", "NOT_EQUAL"), ("/TargetGroupAttributes/0/Value", "NOT_EQUAL")},
    "Alarm": {("/Threshold", "NOT_EQUAL")},
}


@pytest.mark.behaviour("CloudFormation", "a stack that nobody touched is in sync, resource by resource")
@pytest.mark.behaviour("CloudFormation", "drift names each property that somebody changed, and what was deleted")
@pytest.mark.behaviour("CloudFormation", "types without a read handler, as AWS::IAM::Policy, are not checked")
def test_drift_shows_what_was_changed_behind_the_back(stack, client, drift):
    stack.put(RESOURCES)
    assert drift.detect() == "IN_SYNC", drift.differences()
    assert drift.statuses() == {name: "IN_SYNC" for name in RESOURCES if name != "Policy"}

    change_everything(stack, client)
    client("ssm").delete_parameter(Name=stack.physical_id("Gone"))
    client("ec2").revoke_security_group_ingress(
        GroupId=stack.physical_id("Group"),
        IpPermissions=[{"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "IpRanges": [{"CidrIp": "10.0.0.0/8"}]}],
    )

    assert drift.detect() == "DRIFTED"
    statuses = drift.statuses()
    assert {name for name, status in statuses.items() if status == "DELETED"} == {"Gone", "Rule"}
    assert drift.differences() == DIFFERENCES


ASKS = {
    "in the address": ("?Action=DetectStackDrift&Version=2010-05-15&StackName={}", {}, None),
    "in a header": (
        "",
        {"X-Amz-Target": "CloudFormation_20100515.DetectStackDrift", "Content-Type": "application/x-amz-json-1.0"},
        '{{"StackName": "{}"}}',
    ),
    "in a form": (
        "",
        {"Content-Type": "application/x-www-form-urlencoded"},
        "Version=2010-05-15&StackName={}&Action=Detect%53tackDrift",
    ),
}


@pytest.mark.parametrize("asks", ASKS.values(), ids=ASKS)
def test_drift_is_detected_wherever_a_request_says_so(emulator, stack, drift, asks):
    stack.put({"Parameter": RESOURCES["Parameter"]})
    place, headers, body = asks
    scope = "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/cloudformation/aws4_request"
    request = urllib.request.Request(
        f"{emulator.endpoint_url}/{place.format(stack.name)}",
        data=body.format(stack.name).encode() if body else None,
        headers={**headers, "Authorization": f"{scope}, SignedHeaders=host, Signature=0"},
    )

    with urllib.request.urlopen(request, timeout=20) as answer:
        assert b"StackDriftDetectionId" in answer.read()

    assert drift.statuses() == {"Parameter": "IN_SYNC"}


@pytest.mark.behaviour("CloudFormation", "drift of an Auto Scaling group's launching hook", aws=False)
def test_a_launching_hook_is_compared_with_its_group(stack, drift, client):
    hook = {
        "LifecycleHookName": "in",
        "LifecycleTransition": "autoscaling:EC2_INSTANCE_LAUNCHING",
        "HeartbeatTimeout": 180,
        "DefaultResult": "ABANDON",
    }
    stack.put(resources(LifecycleHookSpecificationList=[hook]))
    assert drift.detect() == "IN_SYNC"

    client("autoscaling").put_lifecycle_hook(
        AutoScalingGroupName=stack.physical_id("Group"), **hook | {"HeartbeatTimeout": 60}
    )

    assert drift.detect() == "DRIFTED"
    assert drift.differences() == {"Group": {("/LifecycleHookSpecificationList/0/HeartbeatTimeout", "NOT_EQUAL")}}


def types_of_our_stacks() -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for path in SNAPSHOTS.glob("*/*.json"):
        for resource in json.loads(path.read_text())["Resources"].values():
            found.setdefault(resource["Type"], set()).update(resource.get("Properties", {}))
    return found


def registry(type_name: str) -> dict[str, Any]:
    (folder,) = (VENVS / "emulator").glob("lib/python*/site-packages/cfnlint/data/schemas")
    schema = json.loads((folder / "providers" / "us-east-1.json").read_text())[type_name]
    return json.loads((folder / "resources" / f"{schema}.json").read_text())


def test_no_type_of_our_stacks_is_silently_unchecked():
    ours = {name for name in types_of_our_stacks() if not name.startswith("Custom::")}

    assert ours - READS.keys() == NOT_READABLE.keys()
    assert {name for name in ours if "read" not in registry(name)["handlers"]} == NOT_READABLE.keys()


UNREAD = {
    "AWS::Budgets::Budget": {"NotificationsWithSubscribers", "ResourceTags"},
    "AWS::EC2::FlowLog": {"ResourceType"},
    "AWS::EC2::SecurityGroupEgress": {"GroupId"},
    "AWS::EC2::SecurityGroupIngress": {"GroupId"},
    "AWS::EC2::Route": {"RouteTableId"},
    "AWS::EC2::VPCGatewayAttachment": {"InternetGatewayId"},
    "AWS::Lambda::Alias": {"FunctionName"},
    "AWS::Lambda::Permission": {"FunctionName", "FunctionUrlAuthType", "InvokedViaFunctionUrl"},
    "AWS::Lambda::Url": {"TargetFunctionArn", "Qualifier"},
    "AWS::Route53::RecordSet": {"HostedZoneId", "Name"},
    "AWS::S3::BucketPolicy": {"Bucket"},
}
"""Properties that are not compared: what identifies the resource, and what only AWS's own handlers read."""


def test_every_readable_property_of_our_stacks_is_compared():
    unread = {}
    for name, used in types_of_our_stacks().items():
        if name in READS:
            hidden = {
                path.split("/")[2] for path in registry(name).get("writeOnlyProperties", []) if path.count("/") == 2
            }
            known = {told for read in READS[name] for told in read.properties}
            partly = {"Code"} if name == "AWS::Lambda::Function" else set()
            unread[name] = used - known - hidden - partly
    assert {name: left for name, left in unread.items() if left} == UNREAD
