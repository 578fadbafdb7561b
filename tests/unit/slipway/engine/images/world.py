"""A world in memory for the engine of images: ports that remember, and a clock that moves when somebody waits."""

# ruff: noqa: ARG002 - ports have parameters that memory has no use for

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from contract import images as names
from contract import outputs
from contract.images import COPY_TAG
from slipway.domain.images import (
    Ami,
    ComponentFailure,
    Deployment,
    Failure,
    Image,
    Parameter,
    RegionFailure,
    Status,
    Step,
    Workflow,
)
from slipway.engine.images.events import Event
from slipway.engine.images.ports import Clock, Site

HOME, FURTHER = "us-east-1", "eu-west-1"
BEGAN = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
PIPELINE = f"arn:aws:imagebuilder:{HOME}:123456789012:image-pipeline/shop-blue-proxy"
BASE_PARAMETER, BASE = "/aws/service/base", "ami-0000000000000ba5e"
PARAMETER = names.parameter("shop", "blue", "1.2.3")
PREFIX = f"arn:aws:imagebuilder:{HOME}:123456789012:image/shop-blue-proxy"
OUTPUTS = {
    outputs.IMAGE_PIPELINE_ARN: PIPELINE,
    outputs.IMAGE_VERSION: "1.2.3",
    outputs.IMAGE_PARAMETER: PARAMETER,
    outputs.BASE_IMAGE_PARAMETER: BASE_PARAMETER,
    outputs.IMAGE_LOG_GROUP: "/aws/imagebuilder/shop-blue-proxy",
    outputs.IMAGE_DISTRIBUTION_ROLE_ARN: "arn:aws:iam::123456789012:role/copies",
}
DEPLOYMENT = Deployment(
    project="shop", environment="blue", account="123456789012", regions=(HOME, FURTHER), architecture="arm64",
    image_name="shop-blue-proxy", image_stack="shop-blue-image",
    fleet_stacks={HOME: "shop-blue-fleet", FURTHER: "shop-blue-fleet-eu-west-1"}, given_amis={}, test_minutes=90,
)  # fmt: skip

Course = Callable[[Image], Image]
"""What a build is when it is asked for next."""


def finishes(image: Image) -> Image:
    return replace(image, status=Status.AVAILABLE)


def runs(image: Image) -> Image:
    return replace(image, status=Status.BUILDING)


def fails(message: str, state: str = "BUILDING", phase: str = "build", workflow: str = "wf-1") -> Course:
    """Return a course that ends in a component's step or, while an image is distributed, in a region."""
    failed = ComponentFailure(f"{PREFIX}/proxy/1.0.0/1", phase, "Install", "ExecuteBash", message)
    failure = Failure(state, "ApplyBuildComponents", workflow, "step-1", failed)
    if state == "DISTRIBUTING":
        where = RegionFailure(FURTHER, "", message)
        failure = Failure(state, "DistributeImage", workflow, "step-1", None, (where,))
    return lambda image: replace(image, status=Status.FAILED, reason="workflow failed", failure=failure)


@dataclass
class World:
    """Everything that there is; each part is one of the engine's ports."""

    account_id: str = "123456789012"
    stacks: dict[tuple[str, str], dict[str, str]] = field(
        default_factory=lambda: {(HOME, "shop-blue-image"): dict(OUTPUTS)}
    )
    values: dict[tuple[str, str], Parameter] = field(
        default_factory=lambda: {(HOME, BASE_PARAMETER): Parameter(BASE_PARAMETER, BASE)}
    )
    machine_images: dict[tuple[str, str], Ami] = field(
        default_factory=lambda: {(HOME, BASE): Ami(HOME, BASE, "available", "arm64", 8)}
    )
    known: list[Image] = field(default_factory=list)
    sources: dict[str, str] = field(default_factory=dict)
    """What the builds were made on whose tags do not say it."""
    courses: list[Course] = field(default_factory=list)
    retry_seconds: float = 0.0
    """How long a build stays failed that is to be tried again."""
    retried: dict[str, float] = field(default_factory=dict)
    copied: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    """Name and parameters of each distribution."""
    log: list[str] = field(default_factory=list)
    groups: dict[str, frozenset[str]] = field(default_factory=dict)
    heard: list[Event] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    broken: dict[str, Exception] = field(default_factory=dict)
    seconds: float = 0.0

    def site(self, **changes: Any) -> Site:
        """Return what the engine works on, with some of what the configuration says changed."""
        clock = Clock(lambda: self.seconds, self.pause)
        return Site(
            deployment=replace(DEPLOYMENT, **changes),
            builder=self,
            machines=self,
            parameters=Values(self),
            logs=self,
            stacks=self,
            bills=self,
            clock=clock,
            say=self.heard.append,
        )

    def pause(self, seconds: float) -> None:
        self.seconds += seconds

    def told(self) -> str:
        return "\n".join(map(str, self.heard))

    def finished(self, version: str = "1.2.3", base: str = BASE, regions: Sequence[str] = (HOME, FURTHER)) -> Image:
        """Add an image that was built before, and return it."""
        image = replace(self._made(version, base), status=Status.AVAILABLE)
        self._put(self._with_amis(image, regions))
        return self.image(image.arn)

    def scheduled(self, status: Status = Status.BUILDING, base: str = BASE) -> Image:
        """Add a build that the schedule started, whose tags are the pipeline's and name no base image; return it."""
        image = self._made("1.2.3", "")
        self._put(replace(image, status=status, tags={names.RECIPE_VERSION_TAG: "1.2.3"}))
        self.sources[image.arn] = base
        return self.image(image.arn)

    def _made(self, version: str, base: str) -> Image:
        number = 1 + sum(image.version == version for image in self.known)
        tags = {names.RECIPE_VERSION_TAG: version, names.BASE_IMAGE_TAG: base} if base else {}
        created = BEGAN + timedelta(seconds=self.seconds + len(self.known))
        image = Image(f"{PREFIX}/{version}/{number}", version, number, Status.PENDING, created, tags=tags)
        self.known.insert(0, image)
        return image

    def _with_amis(self, image: Image, regions: Sequence[str]) -> Image:
        amis = {region: f"ami-{len(self.machine_images) + place:017x}" for place, region in enumerate(regions)}
        for region, ami in amis.items():
            source = self.sources.get(image.arn, BASE)
            self.machine_images[region, ami] = Ami(region, ami, "available", "arm64", 12, image.arn, source)
        return replace(image, amis=amis)

    def _put(self, image: Image) -> None:
        self.known = [image if image.arn == each.arn else each for each in self.known]

    def _called(self, text: str) -> None:
        self.calls.append(text)
        if text.split()[0] in self.broken:
            raise self.broken[text.split()[0]]

    # Image Builder

    def start(self, pipeline_arn: str, tags: Mapping[str, str]) -> str:
        self._called("start")
        assert pipeline_arn == PIPELINE
        image = self._made(tags[names.RECIPE_VERSION_TAG], tags[names.BASE_IMAGE_TAG])
        self._put(replace(image, tags=dict(tags)))
        return image.arn

    def retry(self, arn: str) -> None:
        self._called("retry")
        self.retried[arn] = self.seconds + self.retry_seconds

    def cancel(self, arn: str) -> None:
        self._called("cancel")
        image = next(image for image in self.known if image.arn == arn)
        self._put(replace(image, status=Status.CANCELLED, reason="cancelled"))

    def delete(self, arn: str) -> None:
        self._called(f"delete {arn.removeprefix(PREFIX)}")
        self.known = [image for image in self.known if image.arn != arn]

    def image(self, arn: str) -> Image:
        self._called("image")
        if self.retried.get(arn, self.seconds + 1) <= self.seconds:
            del self.retried[arn]
            failed = next(image for image in self.known if image.arn == arn)
            self._put(replace(failed, status=Status.DISTRIBUTING, failure=None))
        found = next(image for image in self.known if image.arn == arn)
        if found.status.is_over or not self.courses:
            return found
        image = self.courses.pop(0)(found)
        if image.status is Status.AVAILABLE and not image.amis:
            image = self._with_amis(image, (HOME, FURTHER))
        self._put(image)
        return image

    def images(self, name: str) -> Sequence[Image]:
        self._called("images")
        assert name == DEPLOYMENT.image_name
        return list(self.known)

    def workflows(self, arn: str) -> Sequence[Workflow]:
        self._called("workflows")
        image = next(image for image in self.known if image.arn == arn)
        status = {"AVAILABLE": "COMPLETED", "FAILED": "FAILED", "CANCELLED": "CANCELLED"}.get(image.status, "RUNNING")
        ended = image.created + timedelta(minutes=27) if image.status.is_over else None
        step = Step("step-1", "ApplyBuildComponents", "ExecuteComponents", status, "", image.created, ended)
        return [Workflow("wf-1", "BUILD", status, "", image.created, ended, [step])]

    def tag(self, arn: str, tags: Mapping[str, str]) -> None:
        self._called("tag")
        image = next(image for image in self.known if image.arn == arn)
        self._put(replace(image, tags={**image.tags, **tags}))

    def distribute(
        self, image: Image, *, name: str, pipeline_arn: str, parameters: Mapping[str, str], role: str
    ) -> str:
        regions = list(parameters)
        self._called(f"distribute {' '.join(regions)}")
        self.copied.append((name, dict(parameters)))
        copy = self._with_amis(self._made(image.version, image.base_image), regions)
        self._put(replace(copy, tags={**copy.tags, COPY_TAG: image.label}))
        for region, parameter in parameters.items():
            if parameter:
                self.values[region, parameter] = Parameter(parameter, copy.amis[region])
        return copy.arn

    def forget_distributions(self, beginning: str) -> None:
        self._called(f"forget_distributions {beginning}")

    # EC2

    def amis(self, region: str, identifiers: Sequence[str]) -> Sequence[Ami]:
        return [found for (place, ami), found in self.machine_images.items() if place == region and ami in identifiers]

    def built_amis(self, region: str, image_arns: str) -> Sequence[Ami]:
        arn = image_arns.removesuffix("*").rpartition(":image/")[2]
        mine = [found for (place, _), found in self.machine_images.items() if place == region and found.image_arn]
        return [ami for ami in mine if ami.image_arn.rpartition(":image/")[2].startswith(arn)]

    def remove(self, region: str, identifier: str) -> None:
        self._called(f"remove {region} {identifier}")
        self.machine_images.pop((region, identifier), None)

    def launched(self, region: str, group: str) -> frozenset[str]:
        return self.groups.get(region, frozenset())

    # CloudFormation, STS, logs and bills of materials

    def outputs(self, region: str, name: str) -> Mapping[str, str] | None:
        return self.stacks.get((region, name))

    def account(self) -> str:
        return self.account_id

    def lines(self, image: Image, group: str) -> Sequence[str]:
        return self.log

    def read(self, uri: str, digest: str) -> bytes | None:
        return None


@dataclass
class Values:
    """SSM's parameters; some of its methods are called as some of others' are."""

    world: World

    def read(self, region: str, name: str) -> Parameter | None:
        return self.world.values.get((region, name))

    def write(self, region: str, name: str, ami: str, *, is_chosen: bool) -> None:
        self.world.values[region, name] = Parameter(name, ami, is_chosen)

    def below(self, region: str, prefix: str) -> Sequence[Parameter]:
        return [
            each for (place, name), each in self.world.values.items() if place == region and name.startswith(prefix)
        ]

    def delete(self, region: str, names_: Sequence[str]) -> None:
        for name in names_:
            self.world.values.pop((region, name), None)
