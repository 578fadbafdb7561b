"""Make new EC2 instances known: checked, with an address of their own, and pending until their machine runs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from emulator.instances.addresses import Address, NoAddressError, reserve
from emulator.plugin import amis, instance_states, moments
from emulator.plugin.borrowed import borrow
from emulator.plugin.resources import region, unique_hex

_ec2 = borrow(
    "services.ec2",
    "_DEFAULT_SUBNET_ID",
    "_STUB_AMIS",
    "_images",
    "_launch_instances_internal",
    "_registered_image",
    "_resolve_iam_instance_profile",
    "_resolve_launch_template_data",
    "_subnets",
    "_tags",
)

Data = dict[str, Any]
"""How to launch an instance, shaped as `LaunchTemplateData`."""

HOSTED = "Hosted"
"""Marks the record of an instance that has, or gets, a machine."""

_addresses: dict[str, Address] = {}


class RefusedError(Exception):
    """An instance cannot be launched.

    :param code: EC2's error code.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def resolve_template(specification: Mapping[str, Any]) -> tuple[Data, str, int]:
    """Return a launch template's data, its id, and the number of the version that is meant.

    :param specification: `LaunchTemplateId` or `LaunchTemplateName`, and `Version`, which may be `$Latest`.
    :raises RefusedError: if there is no such template.
    """
    data, template, error = _ec2._resolve_launch_template_data(specification)
    if error is not None or template is None:
        name = specification.get("LaunchTemplateId") or specification.get("LaunchTemplateName")
        raise RefusedError(
            "InvalidLaunchTemplateId.NotFound",
            f"The specified launch template, with template ID {name}, does not exist.",
        )
    wanted = str(specification.get("Version") or "$Default")
    named = {"$Default": template["DefaultVersionNumber"], "$Latest": template["LatestVersionNumber"]}
    return data, template["LaunchTemplateId"], int(named.get(wanted, wanted))


def check(data: Data) -> None:
    """Check what a launch names.

    :raises RefusedError: as RunInstances does.
    """
    image = data.get("ImageId", "")
    if not image:
        raise RefusedError("MissingParameter", "The request must contain the parameter ImageId")
    if _ec2._registered_image(image) is None and image not in {stub[0] for stub in _ec2._STUB_AMIS}:
        raise RefusedError("InvalidAMIID.NotFound", f"The image id '[{image}]' does not exist")
    if "InstanceType" in data and (text := amis.mismatch(image, data["InstanceType"])):
        raise RefusedError("InvalidParameterValue", text)
    _profile(data)


def _profile(data: Data) -> Data | None:
    wanted = data.get("IamInstanceProfile") or {}
    found, error = _ec2._resolve_iam_instance_profile(iam_arn=wanted.get("Arn", ""), iam_name=wanted.get("Name", ""))
    if error is not None:
        name, what = (wanted["Name"], "name") if wanted.get("Name") else (wanted.get("Arn"), "arn")
        text = f"Value ({name}) for parameter iamInstanceProfile.{what} is invalid. Invalid IAM Instance Profile {what}"
        raise RefusedError("InvalidParameterValue", text)
    return dict(found) if found else None


def launch(data: Data, *, subnet: str = "", tags: Mapping[str, str]) -> Data:
    """Make an instance known, and return EC2's record of it.

    :param data: how to launch it.
    :param subnet: where; the subnet that the data name, or the default one, if empty.
    :param tags: its tags beside those that the data specify.
    :raises RefusedError: if the data are wrong, or if there is no room for it.
    """
    check(data)
    chosen = subnet or _subnet_of(data)
    if chosen not in _ec2._subnets:
        raise RefusedError("InvalidSubnetID.NotFound", f"The subnet ID '{chosen}' does not exist")
    try:
        address = reserve()
    except NoAddressError as error:
        raise RefusedError("InsufficientInstanceCapacity", str(error)) from error
    record: Data = _ec2._launch_instances_internal(
        data["ImageId"],
        data.get("InstanceType", "m1.small"),
        chosen,
        1,
        key_name=data.get("KeyName", ""),
        user_data=data.get("UserData", ""),
        sg_ids=_security_groups(data),
        requested_private_ip=address.text,
        iam_profile=_profile(data),
    )[0]
    _addresses[record["InstanceId"]] = address
    _complete(record, data, chosen)
    all_tags = {**_specified_tags(data), **tags}
    _ec2._tags[record["InstanceId"]] = [{"Key": key, "Value": value} for key, value in all_tags.items()]
    return record


def _complete(record: Data, data: Data, subnet: str) -> None:
    architecture = _ec2._images.get(record["ImageId"], {}).get("Architecture", "x86_64")
    monitored = (data.get("Monitoring") or {}).get("Enabled") in (True, "true")
    # It can be reached at its loopback address, and at no other.
    record.update(PublicIpAddress="", PublicDnsName="", Architecture=architecture, LaunchTime=moments.text())
    record["Placement"]["AvailabilityZone"] = _ec2._subnets[subnet].get("AvailabilityZone") or f"{region()}a"
    record["Monitoring"] = {"State": "enabled" if monitored else "disabled"}
    record["MetadataTags"] = (data.get("MetadataOptions") or {}).get("InstanceMetadataTags") == "enabled"
    if (data.get("InstanceMarketOptions") or {}).get("MarketType") == "spot":
        record["InstanceLifecycle"] = "spot"
        record["SpotInstanceRequestId"] = f"sir-{unique_hex(record['InstanceId'], length=8)}"
    record["State"] = {"Code": -1, "Name": ""}
    instance_states.enter(record, "pending")
    record[HOSTED] = True


def readdress(record: Data) -> None:
    """Give an instance that comes from an earlier run of the emulator an address of this one."""
    if record["InstanceId"] not in _addresses:
        address = _addresses[record["InstanceId"]] = reserve()
        record["PrivateIpAddress"] = address.text
        record["PrivateDnsName"] = f"ip-{address.text.replace('.', '-')}.ec2.internal"


def release(instance_id: str) -> None:
    """Give an instance's address back."""
    address = _addresses.pop(instance_id, None)
    if address is not None:
        address.release()


def _subnet_of(data: Data) -> str:
    named = [face["SubnetId"] for face in data.get("NetworkInterfaces") or [] if face.get("SubnetId")]
    return str(named[0] if named else data.get("SubnetId") or _ec2._DEFAULT_SUBNET_ID)


def _security_groups(data: Data) -> list[str]:
    interfaces = data.get("NetworkInterfaces") or []
    return data.get("SecurityGroupIds") or [name for face in interfaces for name in face.get("Groups", [])]


def _specified_tags(data: Data) -> dict[str, str]:
    specifications = [each for each in data.get("TagSpecifications") or [] if each.get("ResourceType") == "instance"]
    return {tag["Key"]: str(tag["Value"]) for each in specifications for tag in each.get("Tags", [])}
