"""EC2 Image Builder: its resources, as CloudFormation makes them. How one is built stands in `image_builds`."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from emulator.image_builds.build import moment
from emulator.plugin import clock, records
from emulator.plugin.resources import (
    Created,
    Properties,
    ResourceType,
    account,
    region,
    register,
    tag_map,
)

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


MOST_COMPONENTS = 20
"""Most components of a recipe; see "EC2 Image Builder endpoints and quotas" in the AWS General Reference."""


class QuotaError(ValueError):
    """There would be more than an account may have."""

    code = "ServiceQuotaExceededException"


class ExistsError(ValueError):
    """There is such a resource already."""

    code = "ResourceAlreadyExistsException"


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

    :raises ExistsError: if the very same exists already, in Image Builder's words.
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
        raise ExistsError(
            f"Resource of type 'AWS::ImageBuilder::{kind.type_name}' with identifier '{name} {version}' already exists."
        )


def store(kind: Kind, name: str, properties: Properties) -> Record:
    """Make a resource and return its record.

    :raises ExistsError: if it is there already.
    :raises QuotaError: if it is a recipe of too many components.
    """
    if len(properties.get("Components") or []) > MOST_COMPONENTS:
        text = f"The maximum number of components in a recipe is {MOST_COMPONENTS}."
        raise QuotaError(f"Service quota exceeded: {text}")
    arn, version, build = _identify(kind, name, properties)
    record: Record = {
        "Arn": arn,
        "Name": name,
        "Version": version,
        "Build": build,
        "Created": moment(clock.now()),
        "Properties": {key: value for key, value in properties.items() if key != "Tags"},
        "Tags": tag_map(properties),
    }
    records.put(kind.path, arn, record)
    return record


def find(arn: str) -> Record | None:
    """Return the record of any kind that has this ARN; the newest, where that leaves build or version open."""
    kind = arn.split(":", 5)[5].partition("/")[0] if arn.count(":") >= 5 else ""
    return records.get(kind, arn) or next(iter(matching(arn)), None)


def matching(arn: str) -> list[Record]:
    """Return the records of any kind that an ARN is of, newest first.

    :param arn: with or without build number, or with `x` for parts of the version, as in `x.x.x`.
    """
    kind = arn.split(":", 5)[5].partition("/")[0] if arn.count(":") >= 5 else ""
    name, _, version = arn.rpartition("/")
    wanted = re.compile(f"{re.escape(name)}/{re.escape(version).replace('x', '[0-9]+')}(/[0-9]+)?")
    found = [record for record in records.everything(kind) if wanted.fullmatch(record["Arn"])]
    return sorted(found, key=_age, reverse=True)


def _age(record: Record) -> tuple[list[int], int]:
    return [int(number) for number in record["Version"].split(".") if number], record["Build"]


def _create(kind: Kind) -> Callable[[str, Properties, str], Created]:
    def create(_logical_id: str, properties: Properties, _stack: str) -> Created:
        record = store(kind, properties["Name"], properties)
        return record["Arn"], attributes(record)

    return create


def update(kind: Kind) -> Callable[[str, Properties, Properties, str], Created]:
    """Return the handler that changes a resource of a kind in place."""

    def change(arn: str, _old: Properties, new: Properties, _stack: str) -> Created:
        record = records.get(kind.path, arn)
        if record is None:
            raise ValueError(f"{arn} does not exist any more")
        record["Properties"] = {key: value for key, value in new.items() if key != "Tags"}
        record["Tags"] = tag_map(new)
        return arn, attributes(record)

    return change


def _delete(kind: Kind) -> Callable[[str, Properties], None]:
    def delete(arn: str, _properties: Properties) -> None:
        require_unused(arn)
        records.remove(kind.path, arn)

    return delete


class DependencyError(ValueError):
    """A resource cannot be deleted, since others name it."""

    code = "ResourceDependencyException"


def require_unused(arn: str) -> None:
    """Refuse to delete what others name: components of recipes, and what pipelines are made of.

    Source: DeleteComponent and DeleteDistributionConfiguration in the API reference, the same for the others. Images
    hold nobody back.

    :raises DependencyError: if another resource names it.
    """
    named = (value for pipeline in records.everything(PIPELINE.path) for value in pipeline["Properties"].values())
    used = (part["ComponentArn"] for recipe in records.everything(RECIPE.path) for part in _components(recipe))
    if any(arn == value for value in named) or any(arn in (name, _found(name)) for name in used):
        text = f"Resource dependency error: The resource ARN '{arn}' has other resources depended on it."
        raise DependencyError(text)


def _components(recipe: Record) -> list[dict[str, str]]:
    components: list[dict[str, str]] = recipe["Properties"].get("Components") or []
    return components


def _found(arn: str) -> str:
    found = find(arn)
    return str(found["Arn"]) if found else ""


def attributes(record: Record) -> dict[str, str]:
    """Return what `Fn::GetAtt` gives of a resource."""
    shown = {"Arn": record["Arn"], "Name": record["Name"], "Version": record["Version"]}
    if "ImageId" in record:
        shown |= {"ImageId": record["ImageId"], "ImageUri": ""}
    return shown


def replacing(kind: Kind) -> tuple[str, ...]:
    """Return the properties of a kind whose change makes a new resource."""
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
    """Return the resource types of this module: all but the image itself."""
    return tuple(
        ResourceType(
            f"AWS::ImageBuilder::{kind.type_name}", _create(kind), update(kind), _delete(kind), replacing(kind), "map"
        )
        for kind in KINDS
        if kind is not IMAGE
    )


def install() -> None:
    """Add the types of this module."""
    register(types())
