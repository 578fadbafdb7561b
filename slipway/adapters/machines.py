"""EC2's machine images in any region, and the groups of instances that launch them."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import boto3
from botocore.exceptions import ClientError

from slipway.adapters.aws import CONFIG, code_of, translated
from slipway.domain.errors import SlipwayError
from slipway.domain.images import Ami

if TYPE_CHECKING:
    from mypy_boto3_autoscaling import AutoScalingClient
    from mypy_boto3_ec2 import EC2Client

ARN_TAG = "Ec2ImageBuilderArn"
"""Tag that Image Builder gives each AMI that it makes, with the ARN of the build.

Source: https://docs.aws.amazon.com/imagebuilder/latest/userguide/tag-resources.html
"""

_GONE = frozenset({"InvalidAMIID.NotFound", "InvalidAMIID.Unavailable", "InvalidSnapshot.NotFound"})


class Machines:
    """The APIs of EC2 and of its Auto Scaling."""

    def __init__(self, session: boto3.Session) -> None:
        self._session = session

    @functools.cache  # noqa: B019 - one object per run of a command
    def _ec2(self, region: str) -> EC2Client:
        with translated(region):
            client: EC2Client = self._session.client("ec2", region_name=region, config=CONFIG)
            return client

    @functools.cache  # noqa: B019 - one object per run of a command
    def _groups(self, region: str) -> AutoScalingClient:
        with translated(region):
            client: AutoScalingClient = self._session.client("autoscaling", region_name=region, config=CONFIG)
            return client

    def amis(self, region: str, identifiers: Sequence[str]) -> Sequence[Ami]:
        """Return those AMIs of some ids that exist."""
        if not identifiers:
            return ()
        with translated(region):
            # As a filter, ids of which there is no image are no error.
            return self._described(region, [{"Name": "image-id", "Values": sorted(identifiers)}])

    def built_amis(self, region: str, image_arns: str) -> Sequence[Ami]:
        """Return the account's own AMIs that Image Builder made.

        :param image_arns: ARN of the build, with `*` for any text.
        """
        with translated(region):
            return self._described(region, [{"Name": f"tag:{ARN_TAG}", "Values": [image_arns]}], Owners=["self"])

    def _described(self, region: str, filters: list[Any], **more: Any) -> list[Ami]:
        pages = self._ec2(region).get_paginator("describe_images").paginate(Filters=filters, **more)
        return [_ami(region, found) for page in pages for found in page["Images"]]

    def remove(self, region: str, identifier: str) -> None:
        """Deregister an AMI and delete its snapshots, but for those of other AMIs too; one that is gone is left alone.

        :raises SlipwayError: if a snapshot is left; nothing finds it any more, so the message names it.
        """
        with translated(region):
            try:
                answer = self._ec2(region).deregister_image(ImageId=identifier, DeleteAssociatedSnapshots=True)
            except ClientError as error:
                if code_of(error) not in _GONE:
                    raise
                return
        # The AMI is gone then, and the call no error, whatever became of its snapshots.
        kept = {
            each["SnapshotId"]: each["ReturnCode"]
            for each in answer.get("DeleteSnapshotResults", [])
            if each["ReturnCode"] not in ("success", "skipped")
        }
        if kept:
            raise SlipwayError(
                "snapshots-left",
                f"AMI {identifier} in {region} is gone, but not its "
                + ", ".join(f"snapshot {snapshot} ({code})" for snapshot, code in kept.items()),
                "; ".join(f"aws ec2 delete-snapshot --region {region} --snapshot-id {snapshot}" for snapshot in kept),
            )

    def launched(self, region: str, group: str) -> frozenset[str]:
        """Return the ids of the AMIs that a group of instances launches or runs."""
        with translated(region):
            answer = self._groups(region).describe_auto_scaling_groups(AutoScalingGroupNames=[group])
            templates = {used for found in answer["AutoScalingGroups"] for used in _templates(found)}
            return frozenset(ami for template in templates for ami in self._named(region, *template))

    def _named(self, region: str, template: str, version: str) -> Iterator[str]:
        found = self._ec2(region).describe_launch_template_versions(LaunchTemplateId=template, Versions=[version])
        for each in found["LaunchTemplateVersions"]:
            if ami := each["LaunchTemplateData"].get("ImageId"):
                yield ami


def _ami(region: str, answer: Any) -> Ami:
    tags = {tag["Key"]: tag["Value"] for tag in answer.get("Tags", [])}
    disks = [
        mapping["Ebs"].get("VolumeSize", 0) for mapping in answer.get("BlockDeviceMappings", []) if "Ebs" in mapping
    ]
    return Ami(
        region=region,
        identifier=answer["ImageId"],
        state=answer.get("State", "available"),
        architecture=answer.get("Architecture", ""),
        volume_gib=sum(disks),
        image_arn=tags.get(ARN_TAG, ""),
        source=answer.get("SourceImageId", ""),
    )


def _templates(group: Any) -> Iterator[tuple[str, str]]:
    """Yield id and version of the launch templates of a group and of its instances."""
    mixed = group.get("MixedInstancesPolicy", {}).get("LaunchTemplate", {}).get("LaunchTemplateSpecification")
    for used in (mixed, group.get("LaunchTemplate"), *(each.get("LaunchTemplate") for each in group["Instances"])):
        if used and "LaunchTemplateId" in used:
            yield used["LaunchTemplateId"], used.get("Version", "$Default")
