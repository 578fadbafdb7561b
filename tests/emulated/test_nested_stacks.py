"""Nested stacks are checked, rolled back and deleted as other stacks are."""

from __future__ import annotations

import json
from typing import Any

import pytest


@pytest.fixture
def template_url(stack, client):
    """Return a function that stores a template and tells its address."""
    s3 = client("s3")
    name = f"{stack.name}-templates"
    s3.create_bucket(Bucket=name)

    def store(resources: dict[str, Any]) -> str:
        s3.put_object(Bucket=name, Key="nested", Body=json.dumps({"Resources": resources}))
        return f"https://{name}.s3.{s3.meta.region_name}.amazonaws.com/nested"

    yield store
    stack.delete()
    s3.delete_object(Bucket=name, Key="nested")
    s3.delete_bucket(Bucket=name)


def nested(url: str) -> dict[str, Any]:
    return {"Nested": {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": url}}}


@pytest.mark.behaviour("CloudFormation", "a nested stack keeps to the deletion policies of its template")
def test_a_nested_stack_keeps_what_it_is_to_retain(stack, client, template_url):
    name = f"{stack.name}-kept"
    kept = {"Type": "AWS::S3::Bucket", "DeletionPolicy": "Retain", "Properties": {"BucketName": name}}
    stack.put(nested(template_url({"Kept": kept})))

    assert stack.delete() in (None, "DELETE_COMPLETE")

    client("s3").head_bucket(Bucket=name)
    client("s3").delete_bucket(Bucket=name)


@pytest.mark.behaviour(
    "CloudFormation", "a nested stack that cannot be deleted fails the deletion, and can be tried again"
)
def test_a_nested_stack_that_cannot_be_deleted_fails_the_deletion(stack, client, template_url):
    name = f"{stack.name}-full"
    stack.put(nested(template_url({"Full": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": name}}})))
    s3 = client("s3")
    s3.put_object(Bucket=name, Key="kept", Body=b"data")

    assert stack.delete() == "DELETE_FAILED"
    assert any("was not successfully deleted" in reason and "[Full]" in reason for reason in stack.reasons())

    s3.delete_object(Bucket=name, Key="kept")
    assert stack.delete() in (None, "DELETE_COMPLETE")
    assert name not in [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]]


@pytest.mark.behaviour("CloudFormation", "a nested stack that fails leaves nothing behind, and fails its parent")
def test_a_nested_stack_that_fails_leaves_nothing_behind(stack, client, template_url):
    name = f"{stack.name}-early"
    early = {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": name}}
    parameter = {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Value": "many"}}
    queue = {"Type": "AWS::SQS::Queue", "Properties": {"DelaySeconds": {"Fn::GetAtt": ["P", "Value"]}}}
    url = template_url({"Early": early, "P": parameter, "Late": {**queue, "DependsOn": "Early"}})

    stack.apply({"Resources": nested(url)})

    assert stack.status() == "ROLLBACK_COMPLETE"
    assert any("Embedded stack" in reason for reason in stack.reasons())
    topics = client("sns").get_paginator("list_topics").paginate()
    assert not [one for page in topics for one in page["Topics"] if one["TopicArn"].endswith(name)]


def test_a_wrong_nested_template_fails_with_its_reason(stack, template_url):
    url = template_url({"T": {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": {"Ref": "Nix"}}}})

    stack.apply({"Resources": nested(url)})

    assert "Unresolved resource dependencies [Nix]" in stack.reasons()[0]
