"""Machine images: which machines they are for, and those of Image Builder with their snapshots, copies and end."""

from __future__ import annotations

import re
from typing import Any

from emulator.image_builds.build import moment
from emulator.plugin import clock
from emulator.plugin.borrowed import borrow
from emulator.plugin.resources import account, expect_success, unique_hex

_ec2 = borrow(
    "services.ec2",
    "_STUB_AMIS",
    "_deregister_image",
    "_images",
    "_now_ts",
    "_register_image",
    "_registered_image",
    "_snapshots",
    "_stub_image_view",
    "_tags",
)
_responses = borrow("core.responses", "request_scope")

ROOT_DEVICE = "/dev/sda1"
ORIGIN = "Origin"
LAST_LAUNCHED = "LastLaunchedTime"


def architecture_of(ami: str) -> str:
    """Return the architecture of an AMI, or nothing if there is no such AMI."""
    registered = _ec2._registered_image(ami)
    if registered is not None:
        return str(registered["Architecture"])
    stub = next((known for known in _ec2._STUB_AMIS if known[0] == ami), None)
    return str(_ec2._stub_image_view(*stub)["Architecture"]) if stub else ""


def architecture_of_type(instance_type: str) -> str:
    """Tell what an instance type runs; the names of Graviton types have a g after the generation."""
    return "arm64" if re.match(r"^([a-z]+\d+g[a-z]*|a1)\.", instance_type) else "x86_64"


def mismatch(ami: str, instance_type: str) -> str:
    """Return what EC2 says where a machine cannot run an image; nothing if it can, or if there is no such image."""
    found, wanted = architecture_of(ami), architecture_of_type(instance_type)
    if found in ("", wanted):
        return ""
    return (
        f"The architecture '{wanted}' of the specified instance type does not match the architecture '{found}' of the "
        "specified AMI. Specify an instance type and an AMI that have matching architectures, and try again."
    )


def register(
    region: str,
    name: str,
    *,
    description: str,
    architecture: str,
    volume_gib: int,
    tags: dict[str, str],
    origin: dict[str, str],
) -> str:
    """Make an AMI with a snapshot of its root volume, and return its id.

    :param region: where it will be known.
    :param volume_gib: size of the root volume, in GiB.
    :param origin: what it was made from, as DescribeImages shows it.
    """
    with _responses.request_scope(account(), region):
        snapshot = _snapshot(region, name, volume_gib, tags)
        request = {
            "Name": name,
            "Description": description,
            "Architecture": architecture,
            "RootDeviceName": ROOT_DEVICE,
            "VirtualizationType": "hvm",
            "BlockDeviceMapping.1.DeviceName": ROOT_DEVICE,
            "BlockDeviceMapping.1.Ebs.SnapshotId": snapshot,
            "BlockDeviceMapping.1.Ebs.VolumeSize": str(volume_gib),
            "BlockDeviceMapping.1.Ebs.VolumeType": "gp3",
        }
        before = set(_ec2._images)
        expect_success(name, _ec2._register_image({key: [value] for key, value in request.items()}))
        ami = str(next(key for key in _ec2._images if key not in before))
        _ec2._images[ami] |= {ORIGIN: origin, "CreationDate": moment(clock.now())}
        _tag(ami, tags)
        return ami


def copy(region: str, source_region: str, ami: str, *, name: str, tags: dict[str, str]) -> str:
    """Copy an AMI to another region and return the copy's id."""
    with _responses.request_scope(account(), source_region):
        original: dict[str, Any] = dict(_ec2._images[ami])
    sizes = [mapping["Ebs"]["VolumeSize"] for mapping in original["BlockDeviceMappings"] if "Ebs" in mapping]
    return register(
        region,
        name,
        description=original["Description"],
        architecture=original["Architecture"],
        volume_gib=int(sizes[0]) if sizes else 8,
        tags=tags,
        origin={"SourceImageId": ami, "SourceImageRegion": source_region},
    )


def share(region: str, ami: str, permissions: dict[str, Any]) -> None:
    """Let other accounts launch an AMI.

    :param permissions: `LaunchPermissionConfiguration` of a distribution.
    """
    users = [{"UserId": user} for user in permissions.get("UserIds", [])]
    groups = [{"Group": group} for group in permissions.get("UserGroups", [])]
    with _responses.request_scope(account(), region):
        _ec2._images[ami]["LaunchPermissions"] = users + groups


def remove(region: str, ami: str, *, with_snapshots: bool = True) -> None:
    """Deregister an AMI, and delete its snapshots unless told not to; do nothing if it is gone."""
    with _responses.request_scope(account(), region):
        if ami not in _ec2._images:
            return
        snapshots = snapshots_of(ami) if with_snapshots else []
        _ec2._deregister_image({"ImageId": [ami]})
        for snapshot in snapshots:
            forget_snapshot(snapshot)


def snapshots_of(ami: str) -> list[str]:
    """Return the snapshots of an AMI of the request's account and region; none if there is no such AMI."""
    mappings = _ec2._images.get(ami, {}).get("BlockDeviceMappings", [])
    return [mapping["Ebs"]["SnapshotId"] for mapping in mappings if "SnapshotId" in mapping.get("Ebs", {})]


def forget_snapshot(snapshot: str) -> None:
    """Remove a snapshot and its tags; do nothing if it is gone."""
    _ec2._snapshots.pop(snapshot, None)
    _ec2._tags.pop(snapshot, None)


def describe(region: str, ami: str) -> dict[str, Any]:
    """Return EC2's record of an AMI; empty if it is gone."""
    with _responses.request_scope(account(), region):
        return dict(_ec2._images.get(ami, {}))


def tags_of(region: str, ami: str) -> dict[str, str]:
    """Return the tags of an AMI."""
    with _responses.request_scope(account(), region):
        return {tag["Key"]: tag["Value"] for tag in _ec2._tags.get(ami, [])}


def _snapshot(region: str, name: str, volume_gib: int, tags: dict[str, str]) -> str:
    snapshot = "snap-" + unique_hex(account(), region, name)
    _ec2._snapshots[snapshot] = {
        "SnapshotId": snapshot,
        "VolumeId": "vol-ffffffff",
        "VolumeSize": volume_gib,
        "Description": f"Created by CreateImage for {name}",
        "State": "completed",
        "StartTime": _ec2._now_ts(),
        "Progress": "100%",
        "OwnerId": account(),
        "Encrypted": True,
        "StorageTier": "standard",
    }
    _tag(snapshot, tags)
    return snapshot


def _tag(resource: str, tags: dict[str, str]) -> None:
    _ec2._tags[resource] = [{"Key": key, "Value": value} for key, value in tags.items()]
