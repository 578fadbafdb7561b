"""Machine images, their builds, and where they belong: plain data, as the commands of `slipway image` speak of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from contract import images


class Status(StrEnum):
    """States of an image, as Image Builder names them.

    Source: https://docs.aws.amazon.com/imagebuilder/latest/APIReference/API_ImageState.html
    """

    PENDING = "PENDING"
    CREATING = "CREATING"
    BUILDING = "BUILDING"
    TESTING = "TESTING"
    DISTRIBUTING = "DISTRIBUTING"
    INTEGRATING = "INTEGRATING"
    AVAILABLE = "AVAILABLE"
    CANCELLED = "CANCELLED"
    FAILED = "FAILED"
    DEPRECATED = "DEPRECATED"
    DELETED = "DELETED"
    DISABLED = "DISABLED"

    @property
    def is_over(self) -> bool:
        """Whether nothing more will happen by itself."""
        return self in _OVER

    @property
    def in_words(self) -> str:
        """What is said of an image in this state, for example `is available`."""
        return "failed" if self is Status.FAILED else f"is {self.value.lower()}"


_OVER = frozenset({"AVAILABLE", "CANCELLED", "FAILED", "DEPRECATED", "DELETED", "DISABLED"})


@dataclass(frozen=True)
class Deployment:
    """What the configuration says of a deployment's images.

    :param account: twelve digits; none for the account of the credentials in use.
    :param regions: where it stands; images are built in the first.
    :param architecture: of its machines, as EC2 names it: `arm64` or `x86_64`.
    :param image_name: name of the recipe, and so of every image.
    :param image_stack: name of the stack with the recipe and the pipeline, in the first region.
    :param fleet_stacks: name of the stack with the fleet, by region.
    :param given_amis: AMIs that exist already and are used, by region; the other regions get the one that is built.
    :param test_minutes: time that the tests of a build may take, in minutes.
    """

    project: str
    environment: str
    account: str | None
    regions: tuple[str, ...]
    architecture: str
    image_name: str
    image_stack: str
    fleet_stacks: Mapping[str, str]
    given_amis: Mapping[str, str]
    test_minutes: int

    @property
    def home(self) -> str:
        """The region in which images are built."""
        return self.regions[0]

    @property
    def built_for(self) -> tuple[str, ...]:
        """The regions whose fleet launches what is built."""
        return tuple(region for region in self.regions if region not in self.given_amis)

    @property
    def image_arns(self) -> str:
        """What the ARNs of the images look like, with `*` for any text."""
        return f"arn:*:imagebuilder:{self.home}:*:image/{self.image_name}/*"

    @property
    def parameters_prefix(self) -> str:
        """Path below which SSM parameters name the images, without a trailing slash."""
        return images.parameters_prefix(self.project, self.environment)


@dataclass(frozen=True)
class Workshop:
    """What the deployed image stack says of itself: where images are built, and who reads which one is the newest.

    :param recipe_version: version of the recipe that the pipeline builds.
    :param parameter: SSM parameter, in each region, with the AMI that the fleet is to launch.
    :param base_image_parameter: SSM parameter with the AMI that the image is built on.
    :param log_group: of CloudWatch Logs, with a stream for each build.
    :param distribution_role: ARN of the role by which Image Builder copies a finished image; empty where there is none.
    """

    pipeline_arn: str
    recipe_version: str
    parameter: str
    base_image_parameter: str
    log_group: str
    distribution_role: str = ""


@dataclass(frozen=True)
class Identity:
    """What makes an image the same as another: all that the recipe names, and the image it is built on."""

    recipe_version: str
    base_image: str

    @property
    def tags(self) -> dict[str, str]:
        """Tags by which an image tells its identity."""
        return {images.RECIPE_VERSION_TAG: self.recipe_version, images.BASE_IMAGE_TAG: self.base_image}


@dataclass(frozen=True)
class ComponentFailure:
    """The step of a component document that failed."""

    component_arn: str
    phase: str
    step: str
    action: str
    message: str

    @property
    def component(self) -> str:
        """Name and version of the component, for example `slipway-local-proxy-20-proxy 1.2.3`."""
        parts = self.component_arn.split("/")
        return " ".join(parts[1:3]) if len(parts) > 2 else self.component_arn


@dataclass(frozen=True)
class RegionFailure:
    """A region that an image could not be distributed to."""

    region: str
    step: str
    message: str


@dataclass(frozen=True)
class Failure:
    """Where a build failed, as Image Builder says it.

    :param state: state that the image was in.
    :param step: of a workflow; empty where Image Builder names none.
    """

    state: str
    step: str
    workflow_id: str
    step_id: str
    component: ComponentFailure | None = None
    regions: tuple[RegionFailure, ...] = ()


@dataclass(frozen=True)
class LogBucket:
    """Where a build's logs stand in S3."""

    bucket: str
    prefix: str


@dataclass(frozen=True)
class Image:
    """One build of an image.

    :param version: that of the recipe it was built from.
    :param build: number of the build, from 1.
    :param amis: id of the AMI by region.
    :param created: when its build began.
    :param reason: why it is in its state; empty for none.
    :param logs: none where the image was not asked for by itself.
    :param copies: ARNs of the builds that copied it to further regions; their AMIs are among its own.
    """

    arn: str
    version: str
    build: int
    status: Status
    created: datetime
    reason: str = ""
    amis: Mapping[str, str] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    failure: Failure | None = None
    logs: LogBucket | None = None
    copies: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        """What people call it, for example `1.297482.88210943/2`."""
        return f"{self.version}/{self.build}"

    @property
    def base_image(self) -> str:
        """Id of the AMI that it was built on; empty where a schedule started it, which tells nobody."""
        return self.tags.get(images.BASE_IMAGE_TAG, "")

    @property
    def identity(self) -> Identity:
        """What makes it the same as another image."""
        return Identity(self.version, self.base_image)


@dataclass(frozen=True)
class Step:
    """A step of a workflow of a build.

    :param status: as Image Builder has it, for example `RUNNING`.
    :param began: none while it waits.
    """

    identifier: str
    name: str
    action: str
    status: str
    message: str = ""
    began: datetime | None = None
    ended: datetime | None = None


@dataclass(frozen=True)
class Workflow:
    """One of the workflows of a build: building, testing, distributing.

    :param kind: `BUILD`, `TEST` or `DISTRIBUTION`.
    """

    identifier: str
    kind: str
    status: str
    message: str = ""
    began: datetime | None = None
    ended: datetime | None = None
    steps: Sequence[Step] = ()


@dataclass(frozen=True)
class Ami:
    """A machine image of EC2.

    :param state: as EC2 has it; `available` where it can be launched.
    :param volume_gib: size of its volumes together, in GiB.
    :param image_arn: of the build that made it; empty where it is not one of Image Builder's.
    :param source: id of the AMI that it was made from; empty where EC2 does not know.
    """

    region: str
    identifier: str
    state: str
    architecture: str
    volume_gib: int
    image_arn: str = ""
    source: str = ""

    @property
    def is_usable(self) -> bool:
        """Whether instances can be launched from it."""
        return self.state == "available"


@dataclass(frozen=True)
class Parameter:
    """An SSM parameter that names an AMI.

    :param is_chosen: whether somebody chose this value, instead of a build.
    """

    name: str
    ami: str
    is_chosen: bool = False
