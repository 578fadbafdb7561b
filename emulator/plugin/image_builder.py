"""EC2 Image Builder: its resource types, and a build that yields an AMI id.

A build takes no time here and copies nothing: what the recipe would install on AWS is what a local instance runs from
the working tree. Everything that CloudFormation and the API see is kept true: ARNs, versions, the AMI that EC2 knows,
its tags, and the SSM parameters that the distribution writes.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from emulator.plugin import records
from emulator.plugin.borrowed import borrow
from emulator.plugin.resources import (
    Created,
    Properties,
    ResourceType,
    account,
    expect_success,
    region,
    register,
    tag_map,
)

_ec2 = borrow("services.ec2", "_deregister_image", "_images", "_now_ts", "_register_image", "_tags")
_ssm = borrow("services.ssm", "_put_parameter")

Record = dict[str, Any]


@dataclass(frozen=True)
class Kind:
    """One kind of Image Builder resource.

    :param type_name: last part of the CloudFormation type, for example `ImageRecipe`.
    :param path: first part of the ARN's resource.
    :param versioned: whether the ARN ends with a version.
    :param builds: whether a build number follows the version.
    :param mutable: properties, besides the tags, that may change in place.
    """

    type_name: str
    path: str
    versioned: bool = False
    builds: bool = False
    mutable: tuple[str, ...] = ()


COMPONENT = Kind("Component", "component", versioned=True, builds=True)
RECIPE = Kind("ImageRecipe", "image-recipe", versioned=True)
INFRASTRUCTURE = Kind(
    "InfrastructureConfiguration", "infrastructure-configuration",
    mutable=("Description", "InstanceMetadataOptions", "InstanceProfileName", "InstanceTypes", "KeyPair", "Logging",
             "Placement", "ResourceTags", "SecurityGroupIds", "SnsTopicArn", "SubnetId", "TerminateInstanceOnFailure"),
)  # fmt: skip
DISTRIBUTION = Kind("DistributionConfiguration", "distribution-configuration", mutable=("Description", "Distributions"))
PIPELINE = Kind(
    "ImagePipeline", "image-pipeline",
    mutable=("ContainerRecipeArn", "Description", "DistributionConfigurationArn", "EnhancedImageMetadataEnabled",
             "ExecutionRole", "ImageRecipeArn", "ImageScanningConfiguration", "ImageTestsConfiguration",
             "InfrastructureConfigurationArn", "LoggingConfiguration", "Schedule", "Status", "Workflows"),
)  # fmt: skip
LIFECYCLE = Kind(
    "LifecyclePolicy", "lifecycle-policy",
    mutable=("Description", "ExecutionRole", "PolicyDetails", "ResourceSelection", "ResourceType", "Status"),
)  # fmt: skip
IMAGE = Kind("Image", "image", versioned=True, builds=True, mutable=("DeletionSettings", "ExecutionRole"))
KINDS = (COMPONENT, RECIPE, INFRASTRUCTURE, DISTRIBUTION, PIPELINE, LIFECYCLE, IMAGE)


def arn_name(name: str) -> str:
    """Return a resource's name as it stands in ARNs: names that differ only in this are the same to Image Builder."""
    return re.sub(r"[ _]", "-", name).lower()


def next_version(wanted: str, taken: list[str]) -> str:
    """Resolve a version whose last number may be the wildcard `x`.

    :param wanted: for example `1.0.3` or `1.0.x`.
    :param taken: versions that exist under the same name.
    """
    stem, _, patch = wanted.rpartition(".")
    if patch != "x":
        return wanted
    patches = [int(version.rpartition(".")[2]) for version in taken if version.rpartition(".")[0] == stem]
    return f"{stem}.{max(patches, default=-1) + 1}"


def _arn(kind: Kind, *parts: str) -> str:
    return f"arn:aws:imagebuilder:{region()}:{account()}:{'/'.join((kind.path, *parts))}"


def _same_name(kind: Kind, name: str) -> list[Record]:
    return [record for record in records.everything(kind.path) if arn_name(record["Name"]) == arn_name(name)]


def _identify(kind: Kind, name: str, properties: Properties) -> tuple[str, str, int]:
    """Return ARN, version and build number of a new resource.

    :raises ValueError: if the very same exists already, in Image Builder's words.
    """
    siblings = _same_name(kind, name)
    if not kind.versioned:
        _refuse(kind, name, "", bool(siblings))
        return _arn(kind, arn_name(name)), "", 0
    version = next_version(properties.get("Version", "1.0.0"), [sibling["Version"] for sibling in siblings])
    twins = [sibling for sibling in siblings if sibling["Version"] == version]
    if not kind.builds:
        _refuse(kind, name, version, bool(twins))
        return _arn(kind, arn_name(name), version), version, 0
    _refuse(kind, name, version, any(twin["Properties"] == properties for twin in twins) and kind is COMPONENT)
    build = max((twin["Build"] for twin in twins), default=0) + 1
    return _arn(kind, arn_name(name), version, str(build)), version, build


def _refuse(kind: Kind, name: str, version: str, exists: bool) -> None:
    if exists:
        raise ValueError(
            f"Resource of type 'AWS::ImageBuilder::{kind.type_name}' with identifier '{name} {version}' already exists."
        )


def store(kind: Kind, name: str, properties: Properties) -> Record:
    """Make a resource and return its record."""
    arn, version, build = _identify(kind, name, properties)
    record: Record = {
        "Arn": arn,
        "Name": name,
        "Version": version,
        "Build": build,
        "Created": _ec2._now_ts(),
        "Properties": {key: value for key, value in properties.items() if key != "Tags"},
        "Tags": tag_map(properties),
    }
    records.put(kind.path, arn, record)
    return record


def find(arn: str) -> Record | None:
    """Return the record of any kind that has this ARN; without a build number, the newest build of that version."""
    kind = arn.split(":", 5)[5].partition("/")[0] if arn.count(":") >= 5 else ""
    exact = records.get(kind, arn)
    builds = [record for record in records.everything(kind) if record["Arn"].rpartition("/")[0] == arn]
    return exact or (builds[-1] if builds else None)


def _create(kind: Kind) -> Callable[[str, Properties, str], Created]:
    def create(_logical_id: str, properties: Properties, _stack: str) -> Created:
        record = store(kind, properties["Name"], properties)
        return record["Arn"], {"Arn": record["Arn"], "Name": record["Name"], "Version": record["Version"]}

    return create


def _update(kind: Kind) -> Callable[[str, Properties, Properties, str], Created]:
    def update(arn: str, _old: Properties, new: Properties, _stack: str) -> Created:
        record = records.get(kind.path, arn)
        if record is None:
            raise ValueError(f"{arn} does not exist any more")
        record["Properties"] = {key: value for key, value in new.items() if key != "Tags"}
        record["Tags"] = tag_map(new)
        return arn, _image_attributes(record) if kind is IMAGE else {"Arn": arn, "Name": record["Name"]}

    return update


def _delete(kind: Kind) -> Callable[[str, Properties], None]:
    return lambda arn, _properties: records.remove(kind.path, arn)


def _image_attributes(image: Record) -> dict[str, str]:
    return {"Arn": image["Arn"], "Name": image["Name"], "ImageId": image["ImageId"], "ImageUri": ""}


def build_image(properties: Properties) -> Record:
    """Build an image from a recipe and return its record, with `ImageId`.

    :param properties: those of an `AWS::ImageBuilder::Image`.
    :raises ValueError: if the recipe does not exist.
    """
    recipe = find(properties.get("ImageRecipeArn", ""))
    if recipe is None:
        raise ValueError(f"image recipe {properties.get('ImageRecipeArn')!r} does not exist")
    image = store(IMAGE, recipe["Name"], {**properties, "Version": recipe["Version"]})
    image["ImageId"] = _register_ami(image, recipe)
    _distribute(image)
    return image


def _register_ami(image: Record, recipe: Record) -> str:
    infrastructure = find(image["Properties"].get("InfrastructureConfigurationArn", ""))
    types = infrastructure["Properties"].get("InstanceTypes", []) if infrastructure else []
    before = set(_ec2._images)
    name = f"{arn_name(recipe['Name'])} {image['Version']} {image['Build']} {image['Created']}".replace(":", "-")
    request = {
        "Name": name,
        "Description": str(recipe["Properties"].get("Description", "")),
        "Architecture": architecture(recipe["Properties"].get("ParentImage", ""), types),
        "RootDeviceName": "/dev/sda1",
        "VirtualizationType": "hvm",
    }
    expect_success(recipe["Name"], _ec2._register_image({key: [value] for key, value in request.items()}))
    ami = str(next(key for key in _ec2._images if key not in before))
    tags = {"CreatedBy": "EC2 Image Builder", "Ec2ImageBuilderArn": image["Arn"], "Name": name}
    tags |= image["Tags"]
    for target in _distributions(image):
        tags |= target.get("AmiDistributionConfiguration", {}).get("AmiTags", {})
    _ec2._tags[ami] = [{"Key": key, "Value": value} for key, value in tags.items()]
    return ami


def architecture(parent_image: str, instance_types: list[str]) -> str:
    """Tell an image's architecture from its parent's name, or else from where it is built (Graviton types end in g)."""
    graviton = any(re.match(r"^[a-z]+\d+g[a-z]*\.", name) for name in instance_types)
    return "arm64" if "arm64" in parent_image or graviton else "x86_64"


def _distributions(image: Record) -> list[dict[str, Any]]:
    configuration = find(image["Properties"].get("DistributionConfigurationArn", ""))
    targets: list[dict[str, Any]] = configuration["Properties"].get("Distributions", []) if configuration else []
    return [target for target in targets if target.get("Region") == region()]


def _distribute(image: Record) -> None:
    for target in _distributions(image):
        for parameter in target.get("SsmParameterConfigurations", []):
            request = {
                "Name": parameter["ParameterName"],
                "Value": image["ImageId"],
                "Type": "String",
                "DataType": parameter.get("DataType", "text"),
                "Overwrite": True,
            }
            expect_success(parameter["ParameterName"], _ssm._put_parameter(request))


def delete_image(arn: str, with_ami: bool) -> None:
    """Forget an image.

    :param with_ami: remove the AMI too; Image Builder does that only when it is told to.
    """
    image = records.get(IMAGE.path, arn)
    if image is not None and with_ami:
        _ec2._deregister_image({"ImageId": [image["ImageId"]]})
        _ec2._tags.pop(image["ImageId"], None)
    records.remove(IMAGE.path, arn)


def _create_image(_logical_id: str, properties: Properties, _stack: str) -> Created:
    image = build_image(properties)
    return image["Arn"], _image_attributes(image)


def _replacing(kind: Kind) -> tuple[str, ...]:
    every: dict[str, tuple[str, ...]] = {
        "Component": ("ChangeDescription", "Data", "Description", "KmsKeyId", "Name", "Platform",
                      "SupportedOsVersions", "Uri", "Version"),
        "ImageRecipe": ("AdditionalInstanceConfiguration", "BlockDeviceMappings", "Components", "Description", "Name",
                        "ParentImage", "Version", "WorkingDirectory"),
        "Image": ("ContainerRecipeArn", "DistributionConfigurationArn", "EnhancedImageMetadataEnabled",
                  "ImageRecipeArn", "ImageScanningConfiguration", "ImageTestsConfiguration",
                  "InfrastructureConfigurationArn", "Workflows"),
    }  # fmt: skip
    return every.get(kind.type_name, ("Name",))


def types() -> tuple[ResourceType, ...]:
    """Return the resource types of this module."""
    plain = tuple(
        ResourceType(
            f"AWS::ImageBuilder::{kind.type_name}", _create(kind), _update(kind), _delete(kind), _replacing(kind), "map"
        )
        for kind in KINDS
        if kind is not IMAGE
    )
    image = ResourceType(
        "AWS::ImageBuilder::Image",
        _create_image,
        _update(IMAGE),
        lambda arn, properties: delete_image(arn, with_ami="DeletionSettings" in properties),
        _replacing(IMAGE),
        "map",
    )
    return (*plain, image)


def install() -> None:
    """Add the types of this module."""
    register(types())
