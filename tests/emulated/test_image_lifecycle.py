"""Lifecycle policies of images, run on demand."""

from __future__ import annotations

from typing import Any

import pytest

from tests.emulated.test_image_builder import OUTPUTS, pipeline_resources
from tests.emulated.test_image_builds import begin, builder, ended, order

__all__ = ["builder", "order"]
NEVER_IF_LAUNCHED = {"Amis": {"LastLaunched": {"Unit": "YEARS", "Value": 1}}}


def policy(
    name: str, exclusions: dict[str, Any], *, snapshots: bool = True, selection: dict[str, Any] | None = None
) -> dict[str, Any]:
    """Return a policy that keeps the two newest images of a recipe, or of what else is selected."""
    detail = {
        "Action": {"Type": "DELETE", "IncludeResources": {"Amis": True, "Snapshots": snapshots}},
        "Filter": {"Type": "COUNT", "Value": 2},
        **exclusions,
    }
    properties = {
        "Name": name,
        "ExecutionRole": "arn:aws:iam::000000000000:role/r",
        "ResourceType": "AMI_IMAGE",
        "PolicyDetails": [detail],
        "ResourceSelection": selection or {"Recipes": [{"Name": name, "SemanticVersion": "1.x.x"}]},
    }
    return {"Type": "AWS::ImageBuilder::LifecyclePolicy", "DependsOn": "Recipe", "Properties": properties}


def deploy(
    stack: Any, exclusions: dict[str, Any], *, snapshots: bool = True, selection: dict[str, Any] | None = None
) -> str:
    """Return the ARN of a pipeline that builds for two regions, with a policy."""
    resources = pipeline_resources(name=stack.name)
    del resources["Image"]
    resources["Distribution"]["Properties"]["Distributions"].append(
        {"Region": "eu-west-1", "AmiDistributionConfiguration": {"AmiTags": {"a": "b"}}}
    )
    resources["Policy"] = policy(stack.name, exclusions, snapshots=snapshots, selection=selection)
    return stack.put(resources, {"Pipeline": OUTPUTS["Pipeline"]})["Pipeline"]


def build(builder: Any, pipeline: str, tags: dict[str, str] | None = None) -> str:
    started = builder.start_image_pipeline_execution(imagePipelineArn=pipeline, tags=tags or {})
    image = started["imageBuildVersionArn"]
    assert ended(builder, image)["status"] == "AVAILABLE"
    return image


def amis(builder: Any, image: str) -> dict[str, str]:
    shown = builder.get_image(imageBuildVersionArn=image)["image"]["outputResources"]["amis"]
    return {ami["region"]: ami["image"] for ami in shown}


def own(client: Any, region: str) -> tuple[set[str], set[str]]:
    """Return the AMIs and snapshots of a region."""
    ec2 = client("ec2", region=region)
    images = ec2.describe_images(Owners=["self"])["Images"]
    snapshots = ec2.describe_snapshots(OwnerIds=["self"])["Snapshots"]
    return {ami["ImageId"] for ami in images}, {snapshot["SnapshotId"] for snapshot in snapshots}


@pytest.mark.behaviour(
    "EC2 Image Builder", "a lifecycle policy removes old images, their AMIs and snapshots in all regions", aws=False
)
def test_old_images_go_with_their_amis_and_snapshots(stack, client, emulator, builder):
    pipeline = deploy(stack, {})
    before = {region: own(client, region) for region in ("us-east-1", "eu-west-1")}
    first = build(builder, pipeline)
    newer = [build(builder, pipeline) for _ in range(2)]

    assert emulator.control("image-lifecycle")["deleted"] == [first]

    left = builder.list_image_pipeline_images(imagePipelineArn=pipeline)["imageSummaryList"]
    assert [image["arn"] for image in left] == newer
    for region, (images, snapshots) in before.items():
        now = own(client, region)
        assert now[0] - images == {amis(builder, image)[region] for image in newer}
        assert len(now[1] - snapshots) == 2


@pytest.mark.behaviour(
    "EC2 Image Builder", "an AMI that was launched lately stays, and its image with it; its copies go", aws=False
)
def test_what_was_launched_lately_stays(stack, client, emulator, builder):
    pipeline = deploy(stack, {"ExclusionRules": NEVER_IF_LAUNCHED})
    running = build(builder, pipeline)
    ec2 = client("ec2")
    (launched,) = ec2.run_instances(
        ImageId=amis(builder, running)["us-east-1"], InstanceType="t4g.small", MinCount=1, MaxCount=1
    )["Instances"]
    ec2.terminate_instances(InstanceIds=[launched["InstanceId"]])
    idle, *newer = (build(builder, pipeline) for _ in range(3))

    assert emulator.control("image-lifecycle")["deleted"] == [idle]

    left = builder.list_image_pipeline_images(imagePipelineArn=pipeline)["imageSummaryList"]
    assert [image["arn"] for image in left] == [running, *newer]
    assert amis(builder, running).keys() == {"us-east-1"}
    policy_arn = stack.physical_id("Policy")
    (execution,) = builder.list_lifecycle_executions(resourceArn=policy_arn)["lifecycleExecutions"]
    named = {"lifecycleExecutionId": execution["lifecycleExecutionId"]}
    assert builder.get_lifecycle_execution(**named)["lifecycleExecution"] == execution
    states = {
        resource["resourceId"]: resource["state"]["status"]
        for resource in builder.list_lifecycle_execution_resources(**named)["resources"]
    }
    assert (states[running], states[amis(builder, running)["us-east-1"]], states[idle]) == (
        "SKIPPED", "SKIPPED", "SUCCESS",
    )  # fmt: skip
    assert sorted(states.values()) == ["SKIPPED"] * 2 + ["SUCCESS"] * 4


@pytest.mark.behaviour(
    "EC2 Image Builder",
    "a lifecycle policy counts the images of its tags, and those of a recipe with copies",
    aws=False,
)
@pytest.mark.parametrize("by", ["tag", "recipe"])
def test_copies_are_images_too_unless_tags_say_otherwise(stack, emulator, builder, by):
    tags = {"build-of": stack.name}
    pipeline = deploy(stack, {}, selection={"TagMap": tags} if by == "tag" else None)
    previous, newest = (build(builder, pipeline, tags) for _ in range(2))
    copy = builder.distribute_image(
        sourceImage=newest,
        distributionConfigurationArn=stack.physical_id("Distribution"),
        executionRole="role",
        clientToken=stack.name,
    )["imageBuildVersionArn"]
    assert ended(builder, copy)["status"] == "AVAILABLE"

    deleted = emulator.control("image-lifecycle")["deleted"]

    assert (previous in deleted, newest in deleted, copy in deleted) == (by == "recipe", False, False)


def test_failed_builds_are_not_counted(stack, emulator, builder, order):
    pipeline = deploy(stack, {})
    good = [build(builder, pipeline) for _ in range(2)]
    order(fail_at="CreateOutputAMI")
    ended(builder, begin(builder, pipeline))

    assert not set(emulator.control("image-lifecycle")["deleted"]) & set(good)


@pytest.mark.behaviour("EC2 Image Builder", "a lifecycle policy leaves snapshots if it is not told of them", aws=False)
def test_snapshots_stay_if_the_policy_does_not_name_them(stack, client, emulator, builder):
    pipeline = deploy(stack, {}, snapshots=False)
    before = own(client, "us-east-1")
    for _ in range(3):
        build(builder, pipeline)

    emulator.control("image-lifecycle")

    images, snapshots = own(client, "us-east-1")
    assert (len(images - before[0]), len(snapshots - before[1])) == (2, 3)
