"""EC2 Image Builder: building an image, from the request to its end, step by step.

Everything that CloudFormation and the API see is kept true: states, workflows and their steps, and the log. What the
steps do stands in `image_making`. How a build goes can be ordered.
"""

from __future__ import annotations

import asyncio
import copy
import time
import uuid
from collections.abc import Callable, Iterable
from typing import Any

from emulator.image_builds import build as builds
from emulator.image_builds import console
from emulator.image_builds.build import Build, RegionFailedError, Step, Workflow
from emulator.image_builds.documents import DocumentStep
from emulator.image_builds.orders import Orders, from_arguments
from emulator.image_builds.workflows import BUILD, ManagedWorkflow, course
from emulator.plugin import amis, clock, image_logs, image_making, image_parents, records
from emulator.plugin.borrowed import borrow, replace
from emulator.plugin.image_builder import IMAGE, Record, attributes, find, replacing, store, update
from emulator.plugin.resources import Created, Properties, ResourceType, account, region, register

_stacks = borrow("services.cloudformation.stacks", "_runs_on_worker_thread")
_responses = borrow("core.responses", "request_scope")

TYPE = "AWS::ImageBuilder::Image"
INTERVAL_SECONDS = 0.05


_COURSE = "Course"
_RETRY_AT = "RetryAt"
"""In the record of an image, when a build that failed is gone on with, in seconds since the epoch."""
RETRY_SECONDS = 0.5
"""How long a build stays failed that is to be tried again: RetryImage answers before anything has happened."""
_PARTS = {
    image_making.RECIPE: "ImageRecipeArn",
    image_making.INFRASTRUCTURE: "InfrastructureConfigurationArn",
    image_making.DISTRIBUTION: "DistributionConfigurationArn",
}
ended: list[Callable[[Record], None]] = []
"""To be called with each image whose build has ended."""
_running: set[tuple[str, str, str]] = set()
"""Account, region and ARN of each image whose build goes on."""

_orders = [Orders()]
"""What the next build is told to do; the one element is replaced."""


def order(arguments: dict[str, Any]) -> dict[str, Any]:
    """Say how the next builds go (a command of the control API).

    :raises emulator.control.ControlError: if an order is wrong.
    """
    _orders[0] = from_arguments(arguments, image_making.step_names())
    return _orders[0].as_record()


def start(properties: Properties, *, kind: str = "USER_INITIATED") -> Record:
    """Begin to build an image from a recipe and return its record.

    :param properties: those of an `AWS::ImageBuilder::Image`.
    :param kind: what began it, as the API calls it.
    :raises ValueError: if the recipe does not exist.
    """
    recipe = find(properties.get("ImageRecipeArn", ""))
    if recipe is None:
        raise ValueError(f"image recipe {properties.get('ImageRecipeArn')!r} does not exist")
    base = image_parents.resolve(recipe["Properties"].get("ParentImage", ""))
    image = store(IMAGE, recipe["Name"], {**properties, "Version": recipe["Version"]})
    image |= {"ImageId": "", "Amis": [], "BuildType": kind, "Began": clock.now(), "BaseImage": base}
    image |= {name: copy.deepcopy(find(properties.get(key, ""))) for name, key in _PARTS.items()}
    image["Components"] = components_of(recipe)
    tests = (properties.get("ImageTestsConfiguration") or {}).get("ImageTestsEnabled", True)
    _begin(image, course(tests=tests))
    return image


def components_of(recipe: Record) -> list[str]:
    """Return the ARNs of the components of a recipe, with the newest versions where it leaves them open."""
    named = [part["ComponentArn"] for part in recipe["Properties"].get("Components") or []]
    return [found["Arn"] if (found := find(arn)) else arn for arn in named]


def distribute(source: Record, distribution_arn: str, tags: dict[str, str]) -> Record:
    """Begin to distribute an image that is there already; return the record of the new build version."""
    kept = {**source["Properties"], "DistributionConfigurationArn": distribution_arn}
    image = store(IMAGE, source["Name"], {**kept, "Version": source["Version"], "Tags": tags})
    image |= {"ImageId": source["ImageId"], "Amis": [ami for ami in source["Amis"] if ami["region"] == region()]}
    image |= {name: copy.deepcopy(source[name]) for name in (*_PARTS, "BaseImage", "Components")}
    image |= {"BuildType": "USER_INITIATED", "Began": clock.now()}
    image[image_making.DISTRIBUTION] = copy.deepcopy(find(distribution_arn))
    _begin(image, course(tests=False, builds=False))
    return image


def retry(image: Record) -> None:
    """Have a build go on that has failed or was cancelled, where it did; that happens a moment later.

    :raises ValueError: if it cannot be.
    """
    builds.require_resumable(course_of(image))
    image[_RETRY_AT] = clock.now() + RETRY_SECONDS
    _running.add((account(), region(), image["Arn"]))


def _resume(image: Record) -> None:
    del image[_RETRY_AT]
    kinds = {workflow["kind"] for workflow in course_of(image)["workflows"]}
    whole = course(tests="TEST" in kinds, builds=BUILD.kind in kinds)
    builds.resume(course_of(image), whole, _next_orders(), _identifier)


def _is_at_rest(image: Record) -> bool:
    return builds.is_over(course_of(image)) and _RETRY_AT not in image


def _next_orders() -> dict[str, Any]:
    orders = _orders[0]
    _orders[0] = orders.spent()
    return orders.as_record()


def _identifier() -> str:
    return str(uuid.uuid4())


def _begin(image: Record, workflows: Iterable[ManagedWorkflow]) -> None:
    image[_COURSE] = builds.plan(workflows, _next_orders(), _identifier)
    _running.add((account(), region(), image["Arn"]))


def course_of(image: Record) -> Build:
    """Return the course of an image's build."""
    course: Build = image[_COURSE]
    return course


def cancel(image: Record) -> None:
    """Have a build end; that happens a moment later, and what it has made so far stays, as on AWS."""
    course_of(image)["cancelling"] = True


async def run(changed: Callable[[], None]) -> None:
    """Go on with all builds that have begun, for ever; those that an earlier run of the emulator began included.

    :param changed: to be called when there is something to be saved.
    """
    for owner, place, image in records.everywhere(IMAGE.path):
        with _responses.request_scope(owner, place):
            _adopt(image)
        if not _is_at_rest(image):
            _running.add((owner, place, image["Arn"]))
    while True:
        for owner, place, arn in tuple(_running):
            with _responses.request_scope(owner, place):
                known = records.get(IMAGE.path, arn)
                if known is not None and _advance(known, clock.now()):
                    changed()
                if known is None or _is_at_rest(known):
                    _running.discard((owner, place, arn))
        await asyncio.sleep(INTERVAL_SECONDS)


def _adopt(image: Record) -> None:
    """Complete the record of an image that an earlier version of Slipway has built, which kept less of it."""
    recipe = find(image["Properties"].get("ImageRecipeArn", ""))
    image.setdefault("Components", components_of(recipe) if recipe else [])
    for name, value in (("BuildType", "USER_INITIATED"), ("BaseImage", ""), ("Began", clock.now())):
        image.setdefault(name, value)
    for name, key in _PARTS.items():
        image.setdefault(name, copy.deepcopy(find(image["Properties"].get(key, ""))))
    builds.complete_record(course_of(image))


def _advance(image: Record, now: float) -> bool:
    """Do all steps of a build that can be done now; tell whether anything has changed."""
    build = course_of(image)
    has_changed = _RETRY_AT in image
    if has_changed:
        if now < image[_RETRY_AT]:
            return False
        _resume(image)
    if build["cancelling"]:
        builds.cancel(build, now)
        image_logs.of_build(image, ["Image creation was cancelled"])
        has_changed = True
    while not builds.is_over(build):
        at = builds.current(build)
        if at is None:
            break
        workflow, step = at
        if step["began"] is None:
            builds.begin(build, now)
            image_logs.of_build(image, [f"{workflow['kind']} {workflow['name']}: {step['name']} ({step['action']})"])
            has_changed = True
        is_ready = now - (step["began"] or now) >= build["orders"]["step_seconds"]
        if step["name"] == build["orders"]["hang_at"] or not is_ready:
            break
        _finish(image, workflow, step, now)
        has_changed = True
    if builds.is_over(build):
        for tell in ended:
            tell(image)
    return has_changed


def _finish(image: Record, workflow: Workflow, step: Step, now: float) -> None:
    build = course_of(image)
    orders = build["orders"]
    try:
        outputs, culprit = _execute(image, workflow, step)
        is_chosen = step["name"] == orders["fail_at"]
        if culprit:
            builds.fail(build, now, orders["reason"], culprit=culprit, outputs=outputs)
        elif is_chosen and not orders["fail_in"]:
            builds.fail(build, now, orders["reason"], outputs=outputs)
        else:
            fail_in = orders["fail_in"] if is_chosen else ""
            builds.complete(build, now, {**outputs, **image_making.perform(image, step, fail_in)})
    except RegionFailedError as error:
        builds.fail(build, now, str(error), region=error.region)
    except Exception as error:
        # Whatever it is, it is the end of this build only.
        builds.fail(build, now, str(error) or repr(error))
    if build["status"] == "FAILED":
        image_logs.of_build(image, [build["reason"]])


def _execute(image: Record, workflow: Workflow, step: Step) -> tuple[dict[str, str], DocumentStep | None]:
    """Write to the logs what the documents' steps would do; return the outputs, and which of them fails, as ordered."""
    documents = image_making.documents(image, step)
    if not documents:
        return {}, None
    orders = course_of(image)["orders"]
    culprit = next((done for done in documents if done.name == orders["fail_at"]), None)
    printed = orders["output"].splitlines() if culprit or not orders["fail_at"] else []
    lines = console.lines_of(documents, output=printed, culprit=culprit, reason=orders["reason"])
    image_logs.of_build(image, lines)
    place = image_logs.to_bucket(image, image[image_making.INFRASTRUCTURE], workflow["id"], lines)
    outputs = {"runCommandId": _identifier(), **({"logUrl": place} if place else {})}
    return outputs, culprit


def _discard(image: Record) -> None:
    """Remove the AMIs of an image, in all regions."""
    for ami in image["Amis"]:
        amis.remove(ami["region"], ami["image"])
    image |= {"Amis": [], "ImageId": ""}


def forget_ami(arn: str, ami: str, *, with_snapshots: bool) -> None:
    """Remove one AMI of an image."""
    image = records.get(IMAGE.path, arn)
    for known in image["Amis"] if image else ():
        if known["image"] == ami:
            amis.remove(known["region"], ami, with_snapshots=with_snapshots)
    if image is not None:
        image["Amis"] = [known for known in image["Amis"] if known["image"] != ami]


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
        delete(image["Arn"], with_amis="DeletionSettings" in properties)
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
