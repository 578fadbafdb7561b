"""What happens while the engine works on images: typed events, for whoever called it to show or to leave."""

from __future__ import annotations

from dataclasses import dataclass

from slipway.domain.images import Status


@dataclass(frozen=True)
class Note:
    """Something worth telling."""

    text: str


@dataclass(frozen=True)
class Began:
    """A build is followed from now on.

    :param typical_seconds: how long the newest finished one took; none if there is none.
    """

    label: str
    arn: str
    typical_seconds: float | None


@dataclass(frozen=True)
class StatusChanged:
    """A build is in another state."""

    elapsed_seconds: float
    status: Status


@dataclass(frozen=True)
class StepChanged:
    """A step of a build began or ended.

    :param kind: workflow that it belongs to: `BUILD`, `TEST` or `DISTRIBUTION`.
    :param status: `RUNNING`, `COMPLETED`, `FAILED`, ...
    :param seconds: how long it took; none while it runs.
    """

    elapsed_seconds: float
    kind: str
    step: str
    action: str
    status: str
    seconds: float | None = None


Event = Note | Began | StatusChanged | StepChanged
