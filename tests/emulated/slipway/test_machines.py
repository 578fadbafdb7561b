"""AMIs and the groups that launch them, as the embedded EC2 has them."""

from __future__ import annotations

import boto3
import pytest

from slipway.adapters.machines import Machines
from slipway.domain.errors import SlipwayError
from tests.emulated.slipway.workshop import HOME


def test_amis_are_found_and_removed_and_their_absence_is_no_error(workshop):
    machines = Machines(boto3.Session())
    image = workshop.built()
    ami = image["amis"][HOME]

    (found,) = machines.amis(HOME, [ami, "ami-00000000000000000"])

    assert (found.state, found.architecture, found.image_arn) == ("available", "arm64", image["arn"])
    assert found.source == image["baseImage"]
    assert machines.built_amis(HOME, image["arn"]) == [found]
    for _ in range(2):
        machines.remove(HOME, ami)
    assert machines.amis(HOME, [ami]) == machines.built_amis(HOME, image["arn"]) == []
    assert machines.amis(HOME, []) == ()


def test_a_snapshot_that_stays_is_an_error_that_names_it(workshop, emulator):
    machines = Machines(boto3.Session())
    ami = workshop.built()["amis"][HOME]
    (shown,) = workshop.client("ec2").describe_images(ImageIds=[ami])["Images"]
    snapshot = shown["BlockDeviceMappings"][0]["Ebs"]["SnapshotId"]
    emulator.control("keep-snapshots", code="internal-error")

    with pytest.raises(SlipwayError, match=rf"not its snapshot {snapshot} \(internal-error\)") as error:
        machines.remove(HOME, ami)

    assert error.value.next_step == f"aws ec2 delete-snapshot --region {HOME} --snapshot-id {snapshot}"


def test_what_a_group_launches_is_read_from_its_template(workshop):
    machines = Machines(boto3.Session())
    ami = workshop.built()["amis"][HOME]
    name = f"{workshop.project}-group"
    resources = {
        "Template": {"Type": "AWS::EC2::LaunchTemplate", "Properties": {
            "LaunchTemplateData": {"ImageId": ami, "InstanceType": "t4g.small"}}},
        "Group": {"Type": "AWS::AutoScaling::AutoScalingGroup", "Properties": {
            "AutoScalingGroupName": name, "MinSize": "0", "MaxSize": "0", "AvailabilityZones": ["us-east-1a"],
            "LaunchTemplate": {"LaunchTemplateId": {"Ref": "Template"}, "Version": "1"}}},
    }  # fmt: skip
    workshop.fleet.put(resources, {"AutoScalingGroupName": {"Ref": "Group"}})

    assert machines.launched(HOME, name) == {ami}
    assert machines.launched(HOME, "none") == frozenset()
    assert workshop("list", "blue", "--json").document["images"][0]["launchedIn"] == [HOME]
    assert workshop("delete", "blue", "latest", "--yes").status == 1
    assert "add --even-in-use" in workshop("delete", "blue", "--all", "--yes").err
    assert workshop.amis() == {ami}
