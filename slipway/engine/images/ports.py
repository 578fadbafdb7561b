"""What the engine needs of the world to work on images: ports, which adapters of AWS and of tests fill, and the clock.

Each method raises :class:`slipway.domain.errors.SlipwayError` where the world refuses or does not answer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from slipway.domain.images import Ami, Deployment, Image, Parameter, Workflow
from slipway.engine.images.events import Event


class Builder(Protocol):
    """Image Builder in the region in which images are built."""

    def start(self, pipeline_arn: str, tags: Mapping[str, str]) -> str:
        """Start a build, once even if the answer is lost, and return its ARN."""
        ...

    def retry(self, arn: str) -> None:
        """Go on with a build that failed in its tests or its distribution, from there."""
        ...

    def cancel(self, arn: str) -> None:
        """Ask for the end of a build; it ends some time later. One that has ended is left alone."""
        ...

    def delete(self, arn: str) -> None:
        """Forget an image; its AMIs stay. One that is gone is left alone."""
        ...

    def image(self, arn: str) -> Image:
        """Return an image with all there is to know."""
        ...

    def images(self, name: str) -> Sequence[Image]:
        """Return all builds of a name, newest first, without their failures and logs."""
        ...

    def workflows(self, arn: str) -> Sequence[Workflow]:
        """Return what a build does, in order, with its steps; without what was tried again since."""
        ...

    def tag(self, arn: str, tags: Mapping[str, str]) -> None:
        """Add tags to an image."""
        ...

    def distribute(
        self, image: Image, *, name: str, pipeline_arn: str, parameters: Mapping[str, str], role: str
    ) -> str:
        """Start to copy a finished image to regions; return the ARN of the build that does.

        :param name: of the distribution configuration that is made for this.
        :param pipeline_arn: the pipeline whose AMI tags the copies get.
        :param parameters: by region, the SSM parameter that is to name the copy there; empty for none.
        """
        ...

    def forget_distributions(self, beginning: str) -> None:
        """Remove the distribution configurations whose names begin so, if there are any."""
        ...


class Machines(Protocol):
    """EC2 and the groups of instances, in any region."""

    def amis(self, region: str, identifiers: Sequence[str]) -> Sequence[Ami]:
        """Return those AMIs of some ids that exist."""
        ...

    def built_amis(self, region: str, image_arns: str) -> Sequence[Ami]:
        """Return the account's own AMIs that Image Builder made.

        :param image_arns: ARN of the build, with `*` for any text.
        """
        ...

    def remove(self, region: str, identifier: str) -> None:
        """Deregister an AMI and delete its snapshots; one that is gone is left alone."""
        ...

    def launched(self, region: str, group: str) -> frozenset[str]:
        """Return the ids of the AMIs that a group of instances launches or runs."""
        ...


class Parameters(Protocol):
    """SSM's parameters in any region."""

    def read(self, region: str, name: str) -> Parameter | None:
        """Return a parameter as it is now; none if it does not exist."""
        ...

    def write(self, region: str, name: str, ami: str, *, is_chosen: bool) -> None:
        """Let a parameter name an AMI.

        :param is_chosen: whether somebody chose this AMI, so that it is not replaced by one that was built before.
        """
        ...

    def below(self, region: str, prefix: str) -> Sequence[Parameter]:
        """Return the parameters below a path."""
        ...

    def delete(self, region: str, names: Sequence[str]) -> None:
        """Delete parameters; those that are gone are left alone."""
        ...


class Logs(Protocol):
    """What a build wrote while it ran."""

    def lines(self, image: Image, group: str) -> Sequence[str]:
        """Return the last lines of a build's log, oldest first; none where nothing was written.

        :param group: log group of CloudWatch Logs; where it has nothing, the build's logs in S3 are read.
        """
        ...


class Bills(Protocol):
    """Where bills of materials are kept."""

    def read(self, uri: str, digest: str) -> bytes | None:
        """Return the document of a hash; none if it is not there.

        :param uri: place of all bills, for example `s3://bucket/bills-of-materials`.
        """
        ...


class Stacks(Protocol):
    """CloudFormation's stacks in any region, and whose they are."""

    def outputs(self, region: str, name: str) -> Mapping[str, str] | None:
        """Return a stack's outputs; none if it does not exist."""
        ...

    def account(self) -> str:
        """Return the id of the account of the credentials in use."""
        ...


@dataclass(frozen=True)
class Clock:
    """Time, handed in.

    :param seconds: seconds since some moment, never going back.
    :param sleep: wait for seconds.
    """

    seconds: Callable[[], float]
    sleep: Callable[[float], None]


@dataclass(frozen=True)
class Site:
    """One deployment, and everything there is to work on its images.

    :param say: hears what happens.
    """

    deployment: Deployment
    builder: Builder
    machines: Machines
    parameters: Parameters
    logs: Logs
    bills: Bills
    stacks: Stacks
    clock: Clock
    say: Callable[[Event], None]
