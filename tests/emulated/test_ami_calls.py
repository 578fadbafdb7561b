"""Machine images as EC2 shows them, and how they and their snapshots go."""

from __future__ import annotations

import pytest

from emulator.launcher import EmulatorError
from tests.emulated.test_image_builds import begin, builder, ended, pipeline

__all__ = ["builder", "pipeline"]


@pytest.fixture
def ami(stack, client, builder, pipeline) -> str:
    image = begin(builder, pipeline)
    ended(builder, image)
    (made,) = builder.get_image(imageBuildVersionArn=image)["image"]["outputResources"]["amis"]
    return made["image"]


@pytest.mark.behaviour("EC2", "an image that does not exist cannot be described")
def test_an_unknown_image_cannot_be_described(client):
    ec2 = client("ec2")

    with pytest.raises(ec2.exceptions.ClientError) as refusal:
        ec2.describe_images(ImageIds=["ami-0123456789abcdeff"])

    assert refusal.value.response["Error"]["Code"] == "InvalidAMIID.NotFound"


@pytest.mark.behaviour("EC2", "an image tells what it was made of, and when", aws=False)
def test_an_image_tells_what_it_was_made_of(client, ami):
    name = "/aws/service/canonical/ubuntu/server/24.04/stable/current/arm64/hvm/ebs-gp3/ami-id"
    base = client("ssm").get_parameter(Name=name)["Parameter"]["Value"]

    (shown,) = client("ec2").describe_images(ImageIds=[ami])["Images"]

    assert (shown["SourceImageId"], shown["SourceImageRegion"]) == (base, "us-east-1")
    assert shown["SourceInstanceId"].startswith("i-")
    assert shown["CreationDate"].endswith("Z")
    assert "LastLaunchedTime" not in shown


@pytest.mark.difference(
    "EC2",
    aws="an image tells when it was last launched, up to a day later",
    here="it tells so at once",
)
def test_an_image_tells_when_it_was_last_launched(client, ami):
    ec2 = client("ec2")
    (launched,) = ec2.run_instances(ImageId=ami, InstanceType="t4g.small", MinCount=1, MaxCount=1)["Instances"]
    ec2.terminate_instances(InstanceIds=[launched["InstanceId"]])

    (shown,) = ec2.describe_images(ImageIds=[ami])["Images"]
    attribute = ec2.describe_image_attribute(ImageId=ami, Attribute="lastLaunchedTime")["LastLaunchedTime"]["Value"]

    assert shown["LastLaunchedTime"] == attribute
    assert attribute.endswith("Z")


@pytest.mark.behaviour("EC2", "a snapshot that an image stands on cannot be deleted", aws=False)
def test_a_snapshot_goes_only_after_its_image(client, ami):
    ec2 = client("ec2")
    (shown,) = ec2.describe_images(ImageIds=[ami])["Images"]
    snapshot = shown["BlockDeviceMappings"][0]["Ebs"]["SnapshotId"]

    with pytest.raises(ec2.exceptions.ClientError, match=f"is currently in use by {ami}"):
        ec2.delete_snapshot(SnapshotId=snapshot)
    ec2.deregister_image(ImageId=ami)
    ec2.delete_snapshot(SnapshotId=snapshot)

    tagged = client("resourcegroupstaggingapi").get_paginator("get_resources").paginate()
    assert not [
        found for page in tagged for found in page["ResourceTagMappingList"] if snapshot in found["ResourceARN"]
    ]


@pytest.mark.behaviour("EC2", "an image takes its snapshots along if it is told to", aws=False)
def test_an_image_takes_its_snapshots_along_if_told_to(client, ami):
    ec2 = client("ec2")

    results = ec2.deregister_image(ImageId=ami, DeleteAssociatedSnapshots=True)["DeleteSnapshotResults"]

    assert [known["ReturnCode"] for known in results] == ["success"]
    left = [known["SnapshotId"] for known in ec2.describe_snapshots(OwnerIds=["self"])["Snapshots"]]
    assert results[0]["SnapshotId"] not in left


@pytest.mark.behaviour("EC2", "an image goes although its snapshots cannot, and the answer says so", aws=False)
def test_an_image_goes_without_its_snapshots(client, emulator, ami):
    ec2 = client("ec2")
    emulator.control("keep-snapshots", code="missing-permissions")

    results = ec2.deregister_image(ImageId=ami, DeleteAssociatedSnapshots=True)["DeleteSnapshotResults"]

    assert [known["ReturnCode"] for known in results] == ["missing-permissions"]
    left = [known["SnapshotId"] for known in ec2.describe_snapshots(OwnerIds=["self"])["Snapshots"]]
    assert results[0]["SnapshotId"] in left
    ec2.delete_snapshot(SnapshotId=results[0]["SnapshotId"])
    with pytest.raises(EmulatorError, match="code is 'none'"):
        emulator.control("keep-snapshots", code="none")
