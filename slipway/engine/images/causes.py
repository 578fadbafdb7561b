"""Find the first real cause of a build that failed, with the lines of its log that tell of it, and what to do.

Sources: https://docs.aws.amazon.com/imagebuilder/latest/userguide/troubleshooting.html and
https://docs.aws.amazon.com/imagebuilder/latest/APIReference/API_ImageFailureContext.html
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from slipway.domain.images import Failure, Image, Status, Workflow, Workshop
from slipway.engine.images.ports import Site

SHOWN_LINES = 15

_GUIDE = "docs/how-to/debug-a-failed-build.md"

TRANSIENT = (
    (
        r"InsufficientInstanceCapacity|[Ii]nsufficient capacity",
        "AWS has no such machine free just now, and often has soon",
    ),
    (
        r"InvalidInstanceId\b.*SendCommand|SSM [Aa]gent|did not register",
        "the machine did not reach Systems Manager in time",
    ),
    (r"RequestLimitExceeded|Throttling|Rate exceeded", "too many calls of AWS were made at that time"),
    (r"InternalError|InternalFailure|ServiceUnavailable|internal error", "AWS had an error of its own"),
)
"""Errors of AWS that another attempt may well not meet, as Image Builder words them, and why."""

_PACKAGES = re.compile(
    r"(^|Std(out|err): )\s*"
    r"(E: |W: |Err:\d+ |curl: \(\d+\) |ERROR: Could not |WARNING: Retrying|(pip\._vendor|urllib3)\.\S+: ).*"
    r"(Temporary failure (in name resolution|resolving)|Could not resolve|[Cc]onnection (timed out|reset|refused)|"
    r"Read timed out|Hash Sum mismatch|Failed to fetch|\b50[234]\b)"
)
"""What apt, pip and curl say where a server that packages come from did not answer well."""

_CAN_GO_ON = frozenset({Status.TESTING, Status.DISTRIBUTING, Status.INTEGRATING})
"""States in which a build that failed can be taken up again.

Source: https://docs.aws.amazon.com/imagebuilder/latest/APIReference/API_RetryImage.html
"""

_NEXT = (
    (
        r"SourceBucket|NoSuchKey|S3Download",
        "deploy the image stack anew, so that its sources are there, then build again",
    ),
    (
        r"No space left on device",
        "give the build a larger volume (image.volume_gib), deploy the image stack, build again",
    ),
    (r"UnauthorizedOperation|AccessDenied|not authorized", "see what the role of the build may do, in the image stack"),
    (
        r"InvalidInstanceId\b.*SendCommand|SSM agent",
        "see that the build's subnet reaches Systems Manager (network.egress)",
    ),
    (
        r"InsufficientInstanceCapacity",
        "choose another image.build_instance_type, or another zone first in network.zones",
    ),
    (
        r"VcpuLimitExceeded|LimitExceeded",
        "ask AWS for a higher quota (Service Quotas), or end machines that are not needed",
    ),
    (
        r"InvalidParameterValue.*architecture|architecture .*(match|compatible)",
        "let image.architecture fit the base image",
    ),
)


@dataclass(frozen=True)
class Cause:
    """Why a build failed.

    :param where: workflow, step, component, phase and step of it, as far as known.
    :param what: in Image Builder's or the component's own words.
    :param lines: of the log, around the failure, oldest first.
    :param next_step: what to do now.
    :param transient: why another attempt may go well; empty where it would fail again.
    :param can_go_on: whether that attempt can start where this one failed.
    """

    where: str
    what: str
    lines: tuple[str, ...]
    next_step: str
    transient: str = ""
    can_go_on: bool = False

    def __str__(self) -> str:
        """Return it for people."""
        shown = "".join(f"\n    | {line}" for line in self.lines)
        return f"{self.where}: {self.what}{shown}"


def cause_of(site: Site, image: Image, place: Workshop) -> Cause:
    """Return why a build failed or was cancelled.

    :raises SlipwayError: if AWS refuses to tell.
    """
    workflows = site.builder.workflows(image.arn)
    if image.status is Status.CANCELLED:
        again = f"slipway image build {site.deployment.environment}"
        return Cause("cancelled", image.reason or "somebody cancelled it", (), again)
    lines = excerpt(site.logs.lines(image, place.log_group), image.failure)
    where, what = _place(image.failure, workflows), _reason(image, workflows)
    everything = "\n".join((what, image.reason, *lines))
    transient = _bad_luck(image, workflows, (what, *lines))
    can_go_on = image.failure is not None and image.failure.state in _CAN_GO_ON
    return Cause(where, what, lines, _next_step(everything, image.failure, site), transient, can_go_on)


def excerpt(lines: Sequence[str], failure: Failure | None) -> tuple[str, ...]:
    """Return the lines that tell of a failure: those that lead to the first command that ended badly.

    :param lines: a build's log, oldest first.
    """
    start, end = 0, len(lines)
    if failure is not None and failure.component is None and failure.step:
        # What stands before is of other parts of the build, which went well.
        own = re.compile(rf"\b{re.escape(failure.step)}\b")
        begins = [number for number, line in enumerate(lines) if own.search(line)]
        if begins or failure.state == Status.DISTRIBUTING:
            return tuple(line.rstrip() for line in lines[(begins or [end])[-1] :][:SHOWN_LINES])
    if failure is not None and failure.component is not None:
        wanted = re.compile(rf"\bStep {re.escape(failure.component.step)}\b")
        # The step may run several times, in a loop or in another document; the last time is the one that failed.
        start = max((number for number, line in enumerate(lines) if wanted.search(line)), default=0)
    for number in range(start, len(lines)):
        if re.search(r"ExitCode (?!0\b)\d+|FAILED EXECUTION|failed!", lines[number]):
            end = number + 1
            break
    return tuple(line.rstrip() for line in lines[max(start, end - SHOWN_LINES) : end])


def _place(failure: Failure | None, workflows: Sequence[Workflow]) -> str:
    if failure is not None and failure.component is not None:
        component = failure.component
        return f"component {component.component}, phase {component.phase}, step {component.step} ({component.action})"
    if failure is not None and failure.regions:
        return f"distribution to {', '.join(each.region for each in failure.regions)}"
    for workflow in workflows:
        for step in workflow.steps:
            if step.status == "FAILED":
                return f"step {step.name} ({step.action}) of its {workflow.kind.lower()} workflow"
    return f"state {failure.state}" if failure else "at no step that Image Builder names"


def _reason(image: Image, workflows: Sequence[Workflow]) -> str:
    failure = image.failure
    if failure is not None and failure.component is not None and failure.component.message:
        return failure.component.message
    if failure is not None and failure.regions:
        if len(failure.regions) == 1:
            return failure.regions[0].message
        return "; ".join(f"{each.region}: {each.message}" for each in failure.regions)
    failed = [step.message for part in workflows for step in part.steps if step.status == "FAILED" and step.message]
    return failed[0] if failed else image.reason or "Image Builder gives no reason"


def _bad_luck(image: Image, workflows: Sequence[Workflow], lines: Sequence[str]) -> str:
    """Return why another attempt may go well; empty where nothing says so.

    What a component prints proves nothing, for it may be about the very thing that is tried, except in its phase
    `build` what the tools say that fetch packages.

    :param lines: the component's message and the log's lines around the failure.
    """
    component = image.failure.component if image.failure is not None else None
    steps = [step.message for part in workflows for step in part.steps if step.status == "FAILED"]
    own = "\n".join((image.reason, *steps, *(() if component else (_reason(image, workflows),))))
    if found := next((why for pattern, why in TRANSIENT if re.search(pattern, own)), ""):
        return found
    if component is not None and component.phase == "build" and any(map(_PACKAGES.search, lines)):
        return "a server that packages come from did not answer well"
    return ""


def _next_step(everything: str, failure: Failure | None, site: Site) -> str:
    for pattern, advice in _NEXT:
        if re.search(pattern, everything, re.IGNORECASE):
            return advice
    again = f"slipway image build {site.deployment.environment}"
    if failure is not None and failure.component is not None:
        return f"mend that step, deploy the image stack, then {again} ({_GUIDE})"
    return f"mend that, then {again} ({_GUIDE})"
