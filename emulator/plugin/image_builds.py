"""EC2 Image Builder: building an image, from the request to the AMI in each region.

Nothing is launched and nothing is copied: what the recipe would install on AWS is what a local instance runs from the
working tree. Everything that CloudFormation and the API see is kept true: states, workflows and their steps, the log,
the AMI and its snapshot, tags, and the parameters that the distribution writes. How a build goes can be ordered.
"""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Callable, Iterable
from typing import Any

from emulator.image_builds import build as builds
from emulator.image_builds.build import Build, Step
from emulator.image_builds.documents import DocumentStep, steps_of
from emulator.image_builds.orders import Orders, from_arguments
from emulator.image_builds.workflows import CREATE_AMI, DISTRIBUTE_AMI, INTEGRATE, ManagedWorkflow, course, phases_of
from emulator.plugin import amis, clock, records
from emulator.plugin.borrowed import borrow, replace
from emulator.plugin.image_builder import IMAGE, Record, arn_name, attributes, find, replacing, store, update
from emulator.plugin.resources import Created, Properties, ResourceType, account, expect_success, region, register

_ssm = borrow("services.ssm", "_put_parameter")
_logs = borrow("services.cloudwatch_logs", "_create_log_group", "_create_log_stream", "_put_log_events")
_stacks = borrow("services.cloudformation.stacks", "_runs_on_worker_thread")
_responses = borrow("core.responses", "request_scope")

TYPE = "AWS::ImageBuilder::Image"
INTERVAL_SECONDS = 0.05


_COURSE = "Course"
_running: set[tuple[str, str, str]] = set()
"""Account, region and ARN of each image whose build goes on."""

_orders = [Orders()]
"""What the next build is told to do; the one element is replaced."""


def order(arguments: dict[str, Any]) -> dict[str, Any]:
    """Say how the next builds go (a command of the control API).

    :raises emulator.control.ControlError: if an order is wrong.
    """
    _orders[0] = from_arguments(arguments)
    return _orders[0].as_record()


def start(properties: Properties) -> Record:
    """Begin to build an image from a recipe and return its record.

    :param properties: those of an `AWS::ImageBuilder::Image`.
    :raises ValueError: if the recipe does not exist.
    """
    recipe = find(properties.get("ImageRecipeArn", ""))
    if recipe is None:
        raise ValueError(f"image recipe {properties.get('ImageRecipeArn')!r} does not exist")
    image = store(IMAGE, recipe["Name"], {**properties, "Version": recipe["Version"]})
    image |= {"ImageId": "", "Amis": []}
    tests = (properties.get("ImageTestsConfiguration") or {}).get("ImageTestsEnabled", True)
    _begin(image, course(tests=tests))
    return image


def distribute(source: Record, distribution_arn: str, tags: dict[str, str]) -> Record:
    """Begin to distribute an image that is there already; return the record of the new build version."""
    kept = {**source["Properties"], "DistributionConfigurationArn": distribution_arn}
    image = store(IMAGE, source["Name"], {**kept, "Version": source["Version"], "Tags": tags})
    image |= {"ImageId": source["ImageId"], "Amis": [ami for ami in source["Amis"] if ami["region"] == region()]}
    _begin(image, course(tests=False, builds=False))
    return image


def retry(image: Record) -> None:
    """Begin a build that has failed or was cancelled once more."""
    tests = any(workflow["kind"] == "TEST" for workflow in course_of(image)["workflows"])
    _begin(image, course(tests=tests))


def _begin(image: Record, workflows: Iterable[ManagedWorkflow]) -> None:
    orders = _orders[0]
    _orders[0] = orders.spent()
    image[_COURSE] = builds.plan(workflows, orders.as_record(), lambda: str(uuid.uuid4()))
    _running.add((account(), region(), image["Arn"]))


def course_of(image: Record) -> Build:
    """Return the course of an image's build."""
    course: Build = image[_COURSE]
    return course


def cancel(image: Record) -> None:
    """End a build; what it has made so far goes."""
    builds.cancel(course_of(image), clock.now())
    _discard(image)
    _log(image, ["Image creation was cancelled"])


async def run(changed: Callable[[], None]) -> None:
    """Go on with all builds that have begun, for ever; those that an earlier run of the emulator began included.

    :param changed: to be called when there is something to be saved.
    """
    for owner, place, image in records.everywhere(IMAGE.path):
        if not builds.is_over(course_of(image)):
            _running.add((owner, place, image["Arn"]))
    while True:
        for owner, place, arn in tuple(_running):
            with _responses.request_scope(owner, place):
                known = records.get(IMAGE.path, arn)
                if known is not None and _advance(known, clock.now()):
                    changed()
                if known is None or builds.is_over(course_of(known)):
                    _running.discard((owner, place, arn))
        await asyncio.sleep(INTERVAL_SECONDS)


def _advance(image: Record, now: float) -> bool:
    """Do all steps of a build that can be done now; tell whether anything has changed."""
    build = course_of(image)
    has_changed = False
    while not builds.is_over(build):
        at = builds.current(build)
        if at is None:
            break
        workflow, step = at
        if step["began"] is None:
            builds.begin(build, now)
            _log(image, [f"{workflow['kind']} {workflow['name']}: {step['name']} ({step['action']})"])
            has_changed = True
        is_ready = now - (step["began"] or now) >= build["orders"]["step_seconds"]
        if step["name"] == build["orders"]["hang_at"] or not is_ready:
            break
        _finish(image, step, now)
        has_changed = True
    return has_changed


def _finish(image: Record, step: Step, now: float) -> None:
    build = course_of(image)
    orders = build["orders"]
    try:
        culprit = _execute(image, step)
        if culprit or step["name"] == orders["fail_at"]:
            builds.fail(build, now, orders["reason"], culprit)
        else:
            builds.complete(build, now, _do(image, step))
    except Exception as error:
        # Whatever it is, it is the end of this build only.
        builds.fail(build, now, str(error) or repr(error))
    if build["status"] == "FAILED":
        _log(image, [orders["reason"], build["reason"]])
        _discard(image)


def _execute(image: Record, step: Step) -> DocumentStep | None:
    """Write to the log what the documents' steps would do; return the one that is ordered to fail."""
    phases = phases_of(step["name"])
    recipe = find(image["Properties"]["ImageRecipeArn"]) if phases else None
    for used in recipe["Properties"].get("Components", []) if recipe else []:
        component = find(used["ComponentArn"])
        for done in (
            steps_of(used["ComponentArn"], component["Properties"].get("Data", ""), phases) if component else []
        ):
            _log(image, [f"Document {done.component_arn}: phase {done.phase}, step {done.name} ({done.action})"])
            if done.name == course_of(image)["orders"]["fail_at"]:
                return done
    return None


def _do(image: Record, step: Step) -> dict[str, str]:
    match step["name"]:
        case name if name == CREATE_AMI:
            image["ImageId"] = _make_ami(image)
            image["Amis"] = [{"region": region(), "image": image["ImageId"], "name": _ami_name(image)}]
            return {"imageId": image["ImageId"]}
        case name if name == DISTRIBUTE_AMI:
            _send_to_regions(image)
        case name if name == INTEGRATE:
            _write_parameters(image)
    return {}


def _make_ami(image: Record) -> str:
    recipe = find(image["Properties"]["ImageRecipeArn"])
    if recipe is None:
        raise ValueError("the recipe is gone")
    infrastructure = find(image["Properties"].get("InfrastructureConfigurationArn", ""))
    types = infrastructure["Properties"].get("InstanceTypes", []) if infrastructure else []
    volumes = [mapping.get("Ebs", {}) for mapping in recipe["Properties"].get("BlockDeviceMappings", [])]
    return amis.register(
        region(),
        _ami_name(image),
        description=str(recipe["Properties"].get("Description", "")),
        architecture=amis.architecture(recipe["Properties"].get("ParentImage", ""), types),
        volume_gib=next((int(volume["VolumeSize"]) for volume in volumes if "VolumeSize" in volume), 8),
        tags=_ami_tags(image, region()),
    )


def _ami_name(image: Record) -> str:
    created = str(image["Created"]).replace(":", "-")
    return f"{arn_name(image['Name'])} {image['Version']} {image['Build']} {created}"


def _ami_tags(image: Record, place: str) -> dict[str, str]:
    tags = {"CreatedBy": "EC2 Image Builder", "Ec2ImageBuilderArn": image["Arn"], "Name": _ami_name(image)}
    tags |= image["Tags"]
    for target in _distributions(image, place):
        tags |= target.get("AmiDistributionConfiguration", {}).get("AmiTags", {})
    return tags


def _distributions(image: Record, place: str | None = None) -> list[dict[str, Any]]:
    configuration = find(image["Properties"].get("DistributionConfigurationArn", ""))
    targets: list[dict[str, Any]] = configuration["Properties"].get("Distributions", []) if configuration else []
    return [target for target in targets if place in (None, target.get("Region"))]


def _send_to_regions(image: Record) -> None:
    known = {ami["region"]: ami["image"] for ami in image["Amis"]}
    for target in _distributions(image):
        place = target["Region"]
        if place not in known:
            known[place] = amis.copy(place, region(), image["ImageId"], _ami_tags(image, place))
            image["Amis"].append({"region": place, "image": known[place], "name": _ami_name(image)})
        permissions = target.get("AmiDistributionConfiguration", {}).get("LaunchPermissionConfiguration")
        if permissions:
            amis.share(place, known[place], permissions)


def _write_parameters(image: Record) -> None:
    known = {ami["region"]: ami["image"] for ami in image["Amis"]}
    for target in _distributions(image):
        for parameter in target.get("SsmParameterConfigurations", []):
            request = {
                "Name": parameter["ParameterName"],
                "Value": known[target["Region"]],
                "Type": "String",
                "DataType": parameter.get("DataType", "text"),
                "Overwrite": True,
            }
            with _responses.request_scope(account(), target["Region"]):
                expect_success(parameter["ParameterName"], _ssm._put_parameter(request))


def _log(image: Record, lines: list[str]) -> None:
    """Add lines to the build's log, as Image Builder names it; the group may be there already, as one of a stack."""
    place = {"logGroupName": f"/aws/imagebuilder/{image['Name']}"}
    stream = {**place, "logStreamName": f"{image['Version']}/{image['Build']}"}
    # Both refuse what is there already, which is just as well.
    _logs._create_log_group(place)
    _logs._create_log_stream(stream)
    now = int(clock.now() * 1000)
    _logs._put_log_events({**stream, "logEvents": [{"timestamp": now, "message": line} for line in lines]})


def _discard(image: Record) -> None:
    """Remove what a build that came to nothing has made."""
    for ami in image["Amis"]:
        amis.remove(ami["region"], ami["image"])
    image |= {"Amis": [], "ImageId": ""}


def delete(arn: str, *, with_amis: bool) -> None:
    """Forget an image.

    :param with_amis: remove its AMIs too; Image Builder does that only when it is told to.
    """
    image = records.get(IMAGE.path, arn)
    if image is not None and with_amis:
        _discard(image)
    records.remove(IMAGE.path, arn)


def _create(_logical_id: str, properties: Properties, _stack: str) -> Created:
    """Build an image and wait until that is done; runs on a thread of its own."""
    image = start(properties)
    build = course_of(image)
    while not builds.is_over(build) and records.get(IMAGE.path, image["Arn"]) is not None:
        time.sleep(INTERVAL_SECONDS)
    if build["status"] != "AVAILABLE":
        delete(image["Arn"], with_amis=True)
        message = f'Resource handler returned message: "{build["reason"]}" (HandlerErrorCode: NotStabilized)'
        raise ValueError(message)
    return image["Arn"], attributes(image)


def install() -> None:
    """Add the type of this module."""
    register(
        (
            ResourceType(
                TYPE, _create, update(IMAGE),
                lambda arn, properties: delete(arn, with_amis="DeletionSettings" in properties),
                replacing(IMAGE), "map",
            ),
        )
    )  # fmt: skip
    # Waiting for a build must not hold up the emulator's other requests.
    replace(_stacks, "_runs_on_worker_thread", lambda original: lambda name: name == TYPE or original(name))
