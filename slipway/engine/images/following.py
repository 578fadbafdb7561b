"""Follow a build step by step until it ends, telling what changes. It changes nothing itself."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

from slipway.domain.errors import SlipwayError, UnreachableError
from slipway.domain.images import Failure, Image, Status, Step, Workflow
from slipway.engine.images.events import Note, StatusChanged, StepChanged
from slipway.engine.images.ports import Site

FIRST_PAUSE_SECONDS = 0.1
LONGEST_PAUSE_SECONDS = 10.0
"""A build takes half an hour on AWS; asking more often would tell nobody more, and is throttled some day."""

PATIENCE_SECONDS = 900.0
"""How long AWS may be out of reach, as on a train, before following is given up; the build goes on without us."""

RESUMED_SECONDS = 300.0
"""How long Image Builder may take to go on with a build that it was told to try again; it stays failed until then."""

_SETTLED = frozenset({"COMPLETED", "FAILED", "CANCELLED", "SKIPPED"})


class HungError(SlipwayError):
    """A build did not end in the time that it had.

    :param where: what it was at.
    :param next_step: what to do now.
    """

    def __init__(self, image: Image, where: str, minutes: float, next_step: str) -> None:
        super().__init__(
            "build-timeout",
            f"build {image.label} had not ended after {minutes:g} minutes; it was {where}",
            next_step,
        )
        self.image = image
        self.where = where


def follow(site: Site, arn: str, *, timeout_seconds: float, past: Failure | None = None) -> Image:
    """Wait for the end of a build and return the image as it is then, however that ended.

    :param past: failure after which it is tried again; that one is its end only if it is not taken up again in time.
    :raises HungError: if it does not end in time.
    :raises SlipwayError: if AWS refuses to tell, or is out of reach for too long.
    """
    began = site.clock.seconds()
    heard = began
    told: dict[str, str] = {}
    status: Status | None = None
    for pause in pauses():
        now = site.clock.seconds()
        try:
            image = site.builder.image(arn)
            workflows = site.builder.workflows(arn)
        except UnreachableError as error:
            if now - heard > PATIENCE_SECONDS:
                raise
            site.say(Note(f"AWS does not answer, the build goes on without us: {error.what}"))
            site.clock.sleep(LONGEST_PAUSE_SECONDS)
            continue
        heard = now
        is_past = image.status is Status.FAILED and image.failure is not None and image.failure == past
        if is_past and now - began < min(RESUMED_SECONDS, timeout_seconds):
            site.clock.sleep(pause)
            continue
        for event in _news(workflows, told, now - began):
            site.say(event)
        if image.status != status:
            status = image.status
            site.say(StatusChanged(now - began, status))
        if image.status.is_over:
            return image
        if now - began >= timeout_seconds:
            on = f"slipway image status {site.deployment.environment} {image.label} --follow"
            raise HungError(
                image, whereabouts(image, workflows), timeout_seconds / 60, f"it goes on; to follow it: {on}"
            )
        site.clock.sleep(min(pause, max(timeout_seconds - (now - began), FIRST_PAUSE_SECONDS)))
    raise AssertionError("there is always another pause")


def pauses() -> Iterator[float]:
    """Yield how long to wait before asking again: a short time first, to see at once what ends at once."""
    for doubled in itertools.count():
        yield min(FIRST_PAUSE_SECONDS * 2 ** min(doubled, 16), LONGEST_PAUSE_SECONDS)


def _news(workflows: Sequence[Workflow], told: dict[str, str], elapsed: float) -> Iterator[StepChanged]:
    """Yield what has changed since it was told of, and remember it."""
    for workflow in workflows:
        for step in workflow.steps:
            if step.status not in ("PENDING", told.get(step.identifier)):
                told[step.identifier] = step.status
                yield StepChanged(elapsed, workflow.kind, step.name, step.action, step.status, seconds_of(step))


def seconds_of(part: Step | Workflow) -> float | None:
    """Return how long something took; none if it has not ended, or never began."""
    if part.began is None or part.ended is None or part.status not in _SETTLED:
        return None
    return (part.ended - part.began).total_seconds()


def whereabouts(image: Image, workflows: Sequence[Workflow]) -> str:
    """Return what a build is at, in words."""
    for workflow in workflows:
        for step in workflow.steps:
            if step.status == "RUNNING":
                since = f", since {step.began:%H:%M:%S} UTC" if step.began else ""
                return f"at step {step.name} ({step.action}) of its {workflow.kind.lower()} workflow{since}"
    return f"in state {image.status}, at no step yet"


def typical_seconds(site: Site, images: Sequence[Image]) -> float | None:
    """Return how long the newest finished build took; none if there is none."""
    for image in images:
        if image.status is Status.AVAILABLE:
            parts = site.builder.workflows(image.arn)
            times = [moment for part in parts for moment in (part.began, part.ended) if moment]
            if times and any(part.kind == "BUILD" for part in parts):
                return (max(times) - image.created).total_seconds()
    return None
