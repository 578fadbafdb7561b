"""Properties that do not follow the registry's schemas: found before a deployment, or while it goes on."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.emulated.conftest import eventually


def misspelt() -> dict[str, Any]:
    return {"T": {"Type": "AWS::SNS::Topic", "Properties": {"TopicNam": "x"}}}


def events_of(cloudformation: Any, **where: str) -> list[tuple[str, str]]:
    found = cloudformation.describe_events(**where)["OperationEvents"]
    return [
        (event["ValidationPath"], event["ValidationStatusReason"])
        for event in found
        if event["EventType"] == "VALIDATION_ERROR"
    ]


def queue(delay: object) -> dict[str, Any]:
    """A queue with a delay that only another resource knows."""
    return {
        "P": {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Value": delay}},
        "Q": {"Type": "AWS::SQS::Queue", "Properties": {"DelaySeconds": {"Fn::GetAtt": ["P", "Value"]}}},
    }


WRONG = [
    ("AWS::SNS::Topic", {"TopicNam": "x"}, "", "Unsupported property [TopicNam]"),
    ("AWS::SNS::Subscription", {"Protocol": "sqs"}, "", "Required property [TopicArn] not found"),
    ("AWS::SQS::Queue", {"DelaySeconds": [1]}, "/DelaySeconds", "expected type: Integer, found: JSONArray"),
    ("AWS::S3::Bucket", {"VersioningConfiguration": {"Status": "On"}}, "/VersioningConfiguration/Status",
     "On is not a valid enum value"),
]  # fmt: skip


@pytest.mark.behaviour("CloudFormation", "a wrong property fails the stack before anything of it is made")
@pytest.mark.parametrize(("kind", "properties", "path", "reason"), WRONG)
def test_a_wrong_property_is_found_before_the_deployment(stack, client, kind, properties, path, reason):
    resources = {"A": {"Type": "AWS::SNS::Topic"}, "X": {"Type": kind, "Properties": properties}}

    stack.apply({"Resources": resources})

    assert stack.status() == "ROLLBACK_COMPLETE"
    cloudformation = client("cloudformation")
    assert [(where, reason in why) for where, why in events_of(cloudformation, StackName=stack.name)] == [
        (f"/Resources/X/Properties{path}", True)
    ]
    assert "Validation failed with 1 error(s)." in stack.reasons()[0]
    assert cloudformation.list_stack_resources(StackName=stack.name)["StackResourceSummaries"] == []


@pytest.mark.behaviour("CloudFormation", "an update with a wrong property changes nothing")
def test_an_update_with_a_wrong_property_changes_nothing(stack, client):
    stack.put({"T": {"Type": "AWS::SNS::Topic"}})

    stack.apply({"Resources": misspelt()})

    assert stack.status() == "UPDATE_ROLLBACK_COMPLETE"
    assert ("/Resources/T/Properties", "Unsupported property [TopicNam]") in events_of(
        client("cloudformation"), StackName=stack.name
    )


@pytest.mark.behaviour("CloudFormation", "a change set with a wrong property fails, and DescribeEvents tells why")
def test_a_change_set_with_a_wrong_property_fails(stack, client):
    cloudformation = client("cloudformation")
    identifier = cloudformation.create_change_set(
        StackName=stack.name, ChangeSetName="wrong", ChangeSetType="CREATE",
        TemplateBody=json.dumps({"Resources": misspelt()}),
    )["Id"]  # fmt: skip

    described = eventually(
        lambda: (one := cloudformation.describe_change_set(ChangeSetName=identifier))["Status"] == "FAILED" and one,
        "the failure of the change set",
        60,
    )

    assert described["ExecutionStatus"] == "UNAVAILABLE"
    assert described["StatusReason"] == (
        "The following hook(s)/validation failed: [AWS::EarlyValidation::PropertyValidation]. To troubleshoot Early "
        "Validation errors, use the DescribeEvents API for detailed failure information."
    )
    reason = ("/Resources/T/Properties", "Unsupported property [TopicNam]")
    assert events_of(cloudformation, ChangeSetName=identifier) == [reason]


@pytest.mark.behaviour("CloudFormation", "a value that only the deployment knows is checked when it is known")
def test_a_wrong_value_of_another_resource_fails_the_resource(stack, client):
    stack.apply({"Resources": queue("many")})

    assert stack.status() == "ROLLBACK_COMPLETE"
    assert stack.reasons()[0].startswith("Properties validation failed for resource Q with message:")
    assert "#/DelaySeconds: expected type: Integer, found: String" in stack.reasons()[0]


@pytest.mark.behaviour("CloudFormation", "texts are read as numbers and booleans where the schema wants those")
def test_texts_are_converted(stack, client):
    resources = queue("7")
    resources["F"] = {"Type": "AWS::SQS::Queue", "Properties": {"VisibilityTimeout": "40", "FifoQueue": "true"}}

    url = stack.put(resources, {"Url": {"Ref": "Q"}})["Url"]

    attributes = client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["DelaySeconds"])["Attributes"]
    assert attributes["DelaySeconds"] == "7"


@pytest.mark.behaviour("CloudFormation", "DisableValidation leaves out the check before a deployment")
def test_validation_can_be_left_out(stack, client):
    client("cloudformation").create_stack(
        StackName=stack.name, TemplateBody=json.dumps({"Resources": misspelt()}), DisableValidation=True
    )
    eventually(lambda: stack.status() == "ROLLBACK_COMPLETE", "the failure", 60)

    assert "#: extraneous key [TopicNam] is not permitted" in stack.reasons()[0]


@pytest.mark.difference(
    "CloudFormation",
    aws="the service refuses a resource that follows its schema but makes no sense, when it is made",
    here="where cfn-lint knows of it, the stack fails before anything is made, with cfn-lint's words",
)
def test_what_a_service_would_refuse_is_found_before_the_deployment(stack, client):
    table = {
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [{"AttributeName": "known", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "other", "KeyType": "HASH"}],
    }

    stack.apply({"Resources": {"T": {"Type": "AWS::DynamoDB::Table", "Properties": table}}})

    assert stack.status() == "ROLLBACK_COMPLETE"
    [(path, reason)] = events_of(client("cloudformation"), StackName=stack.name)
    assert path == "/Resources/T/Properties"
    assert "must match" in reason


def test_of_two_subnets_over_each_other_one_is_refused_by_its_place(stack, client):
    def subnet(block: str) -> dict[str, Any]:
        return {"Type": "AWS::EC2::Subnet", "Properties": {"VpcId": {"Ref": "Vpc"}, "CidrBlock": block}}

    vpc = {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.4.0.0/16"}}

    stack.apply({"Resources": {"Vpc": vpc, "A": subnet("10.4.0.0/24"), "B": subnet("10.4.0.0/25")}})

    assert events_of(client("cloudformation"), StackName=stack.name) == [
        ("/Resources/B/Properties/CidrBlock", "'10.4.0.0/25' overlaps with '10.4.0.0/24'")
    ]


def test_only_the_branch_that_is_taken_counts(stack, client):
    template = {
        "Conditions": {"Never": {"Fn::Equals": ["a", "b"]}},
        "Resources": {
            "T": {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": {"Fn::If": ["Never", ["x"], "fine"]}}},
            "N": {"Type": "AWS::SNS::Topic", "Condition": "Never", "Properties": {"TopicNam": "x"}},
        },
    }

    stack.apply(template)

    assert stack.status() == "CREATE_COMPLETE"


@pytest.mark.difference(
    "Elastic Load Balancing",
    aws="5 s or more lie between two health checks of a target",
    here="1 s is taken too, since tests have no time for more",
)
def test_health_checks_may_come_faster_than_on_aws(stack):
    group = {"Port": 80, "Protocol": "TCP", "VpcId": {"Ref": "Vpc"}, "HealthCheckIntervalSeconds": 1}
    vpc = {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.0.0.0/16"}}

    stack.put({"Vpc": vpc, "Group": {"Type": "AWS::ElasticLoadBalancingV2::TargetGroup", "Properties": group}})
