"""The whole platform as it stands: nothing has drifted from its templates, and everything that has tags is found."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.e2e.conftest import Platform

NOT_FOUND_BY_TAGS = {"AWS::AutoScaling::AutoScalingGroup", "AWS::IAM::Role"}
"""The tagging API does not find these, on AWS neither."""

NEVER_CHECKED = {"AWS::IAM::Policy", "AWS::SNS::TopicPolicy", "Custom::S3AutoDeleteObjects"}
"""Types that have no drift detection, on AWS neither."""


def stacks(platform: Platform) -> list[str]:
    found = platform.aws.client("cloudformation").describe_stacks()["Stacks"]
    return [stack["StackName"] for stack in found if stack["StackName"].startswith("slipway-local-")]


def test_no_stack_has_drifted(platform: Platform) -> None:
    cloudformation = platform.aws.client("cloudformation")
    drifted: dict[str, Any] = {}
    unchecked = set()
    for name in stacks(platform):
        cloudformation.detect_stack_drift(StackName=name)
        for each in cloudformation.describe_stack_resource_drifts(StackName=name, MaxResults=100)[
            "StackResourceDrifts"
        ]:
            if each["StackResourceDriftStatus"] != "IN_SYNC":
                drifted[f"{name} {each['LogicalResourceId']}"] = each
        summaries = cloudformation.list_stack_resources(StackName=name)["StackResourceSummaries"]
        unchecked |= {
            each["ResourceType"]
            for each in summaries
            if each["DriftInformation"]["StackResourceDriftStatus"] == "NOT_CHECKED"
        }

    assert drifted == {}
    assert unchecked == NEVER_CHECKED


def test_everything_that_has_tags_is_found(platform: Platform) -> None:
    found = tagged(platform)

    missing = {
        f"{kind} {identifier}"
        for kind, identifier in taggable(platform)
        if kind not in NOT_FOUND_BY_TAGS and not any(identifier.lstrip("/") in arn for arn in found)
    }
    assert missing == set()
    assert {tags["slipway:environment"] for tags in found.values()} == {"local"}


def tagged(platform: Platform) -> dict[str, dict[str, str]]:
    """Return by ARN the tags of all that belongs to the environment."""
    pages = (
        platform.aws.client("resourcegroupstaggingapi")
        .get_paginator("get_resources")
        .paginate(TagFilters=[{"Key": "slipway:environment"}])
    )
    return {
        each["ResourceARN"]: {tag["Key"]: tag["Value"] for tag in each["Tags"]}
        for page in pages
        for each in page["ResourceTagMappingList"]
    }


def taggable(platform: Platform) -> Iterator[tuple[str, str]]:
    """Return type and physical id of each resource whose template gives it tags."""
    cloudformation = platform.aws.client("cloudformation")
    for name in stacks(platform):
        template = cloudformation.get_template(StackName=name)["TemplateBody"]["Resources"]
        for each in cloudformation.list_stack_resources(StackName=name)["StackResourceSummaries"]:
            if {"Tags", "HostedZoneTags"} & template[each["LogicalResourceId"]].get("Properties", {}).keys():
                yield each["ResourceType"], each["PhysicalResourceId"]
