"""Lifecycle policies of images, run on demand."""

from __future__ import annotations

import pytest

from tests.emulated.test_image_builder import OUTPUTS, pipeline_resources
from tests.emulated.test_image_builds import begin, ended


@pytest.mark.behaviour(
    "EC2 Image Builder", "a lifecycle policy removes old images, their AMIs and snapshots", aws=False
)
def test_old_images_go_with_their_amis_and_snapshots(stack, client, emulator):
    resources = pipeline_resources(name=stack.name)
    resources["Policy"] = {
        "Type": "AWS::ImageBuilder::LifecyclePolicy",
        "DependsOn": "Recipe",
        "Properties": {
            "Name": stack.name,
            "ExecutionRole": "arn:aws:iam::000000000000:role/r",
            "ResourceType": "AMI_IMAGE",
            "PolicyDetails": [
                {
                    "Action": {"Type": "DELETE", "IncludeResources": {"Amis": True, "Snapshots": True}},
                    "Filter": {"Type": "COUNT", "Value": 2},
                }
            ],
            "ResourceSelection": {"Recipes": [{"Name": stack.name, "SemanticVersion": "1.x.x"}]},
        },
    }
    outputs = stack.put(resources, OUTPUTS)
    builder, ec2 = client("imagebuilder"), client("ec2")
    newer = [begin(builder, outputs["Pipeline"]) for _ in range(2)]
    for image in newer:
        ended(builder, image)
    (first,) = ec2.describe_images(ImageIds=[outputs["Ami"]])["Images"]
    snapshot = first["BlockDeviceMappings"][0]["Ebs"]["SnapshotId"]

    assert emulator.control("image-lifecycle")["deleted"] == [outputs["Image"]]

    left = builder.list_image_build_versions(imageVersionArn=outputs["Image"].rpartition("/")[0])["imageSummaryList"]
    assert [image["arn"] for image in left] == newer
    assert outputs["Ami"] not in [ami["ImageId"] for ami in ec2.describe_images(Owners=["self"])["Images"]]
    snapshots = ec2.describe_snapshots(OwnerIds=["self"])["Snapshots"]
    assert snapshot not in [known["SnapshotId"] for known in snapshots]
