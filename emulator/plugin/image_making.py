"""EC2 Image Builder: what the steps of a build do: the AMI, its copies in further regions, and parameters.

Nothing is launched and nothing is copied: what the recipe would install on AWS is what a local instance runs from the
working tree.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from emulator.image_builds.build import RegionFailedError, Step, moment
from emulator.image_builds.documents import DocumentStep, steps_of
from emulator.image_builds.workflows import CREATE_AMI, DISTRIBUTE_AMI, INTEGRATE, LAUNCH_STEPS, PHASES, phases_of
from emulator.plugin import amis, image_parents, parameters, records
from emulator.plugin.borrowed import borrow
from emulator.plugin.image_builder import COMPONENT, Record, arn_name, find
from emulator.plugin.resources import account, expect_success, region, unique_hex

_responses = borrow("core.responses", "request_scope")

RECIPE, INFRASTRUCTURE, DISTRIBUTION = "Recipe", "Infrastructure", "Distribution"
"""In the record of an image, what it is built from, as it was when the build began: it may be gone since."""


def documents(image: Record, step: Step) -> list[DocumentStep]:
    """Return the steps of component documents that a step of a workflow executes."""
    phases = phases_of(step["name"])
    return [done for arn in image["Components"] for done in _steps(arn, phases)] if phases else []


def step_names() -> set[str]:
    """Return the names of the steps of all component documents that there are."""
    components = [record for _account, _region, record in records.everywhere(COMPONENT.path)]
    found = (steps_of(each["Arn"], each["Properties"].get("Data", ""), PHASES) for each in components)
    return {step.name for steps in found for step in steps}


def _steps(arn: str, phases: tuple[str, ...]) -> list[DocumentStep]:
    component = find(arn)
    return steps_of(component["Arn"], component["Properties"].get("Data", ""), phases) if component else []


def perform(image: Record, step: Step, fail_in: str) -> dict[str, str]:
    """Do what a step does and return its outputs.

    :param fail_in: region that the image cannot be brought to, or nothing.
    :raises ValueError: if it fails.
    :raises emulator.image_builds.build.RegionFailedError: if it fails in a region.
    """
    match step["name"]:
        case name if name in LAUNCH_STEPS:
            return _launch(image, name)
        case name if name == CREATE_AMI:
            image["ImageId"] = _make_ami(image)
            image["Amis"] = [_shown(image, region(), image["ImageId"])]
            return {"imageId": image["ImageId"]}
        case name if name == DISTRIBUTE_AMI:
            _send_to_regions(image, fail_in)
        case name if name == INTEGRATE:
            _write_parameters(image, fail_in)
    return {}


def instance_types(image: Record) -> list[str]:
    """Return the types of machine that may build an image; none where it does not matter."""
    infrastructure = image.get(INFRASTRUCTURE)
    types: list[str] = (infrastructure["Properties"].get("InstanceTypes") or []) if infrastructure else []
    return types


def _launch(image: Record, step: str) -> dict[str, str]:
    parent = image[RECIPE]["Properties"].get("ParentImage", "")
    if step == LAUNCH_STEPS[0] and (
        fault := image_parents.fault_of(parent, image["BaseImage"], instance_types(image), step)
    ):
        raise ValueError(fault)
    return {"instanceId": machine_of(image, step)}


def machine_of(image: Record, step: str) -> str:
    """Return the id of the machine that a build would have launched."""
    return "i-" + unique_hex(account(), image["Arn"], step)


def _make_ami(image: Record) -> str:
    recipe = image[RECIPE]["Properties"]
    volumes = [mapping.get("Ebs", {}) for mapping in recipe.get("BlockDeviceMappings", [])]
    return amis.register(
        region(),
        _ami_name(image, region()),
        description=_setting(image, region(), "Description") or str(recipe.get("Description", "")),
        architecture=image_parents.architecture(recipe, image["BaseImage"], instance_types(image)),
        volume_gib=next((int(volume["VolumeSize"]) for volume in volumes if "VolumeSize" in volume), 8),
        tags={**_marks(image, region()), **(recipe.get("AmiTags") or {}), **_setting(image, region(), "AmiTags", {})},
        origin={
            "SourceInstanceId": machine_of(image, LAUNCH_STEPS[0]),
            "SourceImageId": image["BaseImage"],
            "SourceImageRegion": region() if image["BaseImage"] else "",
        },
    )


def _ami_name(image: Record, place: str) -> str:
    """Return an AMI's name: the distribution's, with the variables that Image Builder knows, or else the default."""
    created = moment(image["Began"]).replace(":", "-")
    chosen = str(_setting(image, place, "Name") or "")
    if not chosen:
        return f"{arn_name(image['Name'])} {image['Version']} {image['Build']} {created}"
    for name, value in (("buildDate", created), ("buildVersion", f"{image['Version']}/{image['Build']}")):
        for written in (f"{{{{ imagebuilder:{name} }}}}", f"{{{{imagebuilder:{name}}}}}"):
            chosen = chosen.replace(written, value)
    return chosen


def _marks(image: Record, place: str) -> dict[str, str]:
    """Return the tags that Image Builder gives to every AMI; those of the image do not go there."""
    return {
        "CreatedBy": "EC2 Image Builder",
        "Ec2ImageBuilderArn": image["Arn"],
        "Name": _ami_name(image, place),
    }


def _distributions(image: Record) -> list[dict[str, Any]]:
    configuration = image.get(DISTRIBUTION)
    found: list[dict[str, Any]] = configuration["Properties"].get("Distributions", []) if configuration else []
    return found


def _setting(image: Record, place: str, name: str, default: Any = None) -> Any:
    """Return a setting of the AMI in one region."""
    targets = (target for target in _distributions(image) if target.get("Region") == place)
    settings = (target.get("AmiDistributionConfiguration") or {} for target in targets)
    return next((given[name] for given in settings if name in given), default)


def _shown(image: Record, place: str, ami: str) -> dict[str, str]:
    return {"region": place, "image": ami, "name": _ami_name(image, place), "accountId": account()}


def _send_to_regions(image: Record, fail_in: str) -> None:
    """Copy the AMI to each region; those that have it by then keep it when one refuses."""
    for target in _distributions(image):
        place = target["Region"]
        if place == fail_in:
            raise RegionFailedError(place, f"Not able to copy the AMI to Region '{place}': the Region is unavailable")
        known = {ami["region"]: ami["image"] for ami in image["Amis"]}
        if place not in known:
            tags = {**_marks(image, place), **_setting(image, place, "AmiTags", {})}
            known[place] = amis.copy(place, region(), image["ImageId"], name=_ami_name(image, place), tags=tags)
            image["Amis"].append(_shown(image, place, known[place]))
        permissions = (target.get("AmiDistributionConfiguration") or {}).get("LaunchPermissionConfiguration")
        if permissions:
            amis.share(place, known[place], permissions)


def _parameters(image: Record) -> Iterator[tuple[str, dict[str, Any]]]:
    for target in _distributions(image):
        for parameter in target.get("SsmParameterConfigurations") or []:
            yield target["Region"], parameter


def _write_parameters(image: Record, fail_in: str) -> None:
    known = {ami["region"]: ami["image"] for ami in image["Amis"]}
    for place, parameter in _parameters(image):
        name = parameter["ParameterName"]
        if place == fail_in:
            raise RegionFailedError(place, f"Not able to write parameter '{name}' in Region '{place}': access denied")
        request = {
            "Name": name,
            "Value": known[place],
            "Type": "String",
            "DataType": parameter.get("DataType", "text"),
            "Overwrite": True,
        }
        with _responses.request_scope(account(), place):
            expect_success(name, parameters.put_at_once(request))
