"""Shape what the `image` commands found, for people and for programs. Prints nothing and looks for nothing."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from slipway.cli.image_progress import duration
from slipway.domain.errors import SlipwayError
from slipway.domain.images import Image, Workflow
from slipway.engine.images.building import Outcome
from slipway.engine.images.causes import Cause
from slipway.engine.images.following import seconds_of

_HOW = {
    "built": "was built",
    "followed": "was built; somebody else had started that",
    "reused": "is there already, made of the very same; nothing was built",
    "started": "is being built",
}


def as_json(document: object) -> str:
    """Return a document for programs."""
    return json.dumps(document, indent=2, ensure_ascii=False)


def error_as_json(error: SlipwayError) -> str:
    """Return `{"error": {"code", "what", "next"}}`."""
    return as_json({"error": {"code": error.code, "what": error.what, "next": error.next_step}})


def plain(image: Image) -> dict[str, Any]:
    """Return what is shown of an image to programs."""
    return {
        "arn": image.arn,
        "image": image.label,
        "status": image.status.value,
        "created": image.created.isoformat(),
        "reason": image.reason,
        "baseImage": image.base_image,
        "amis": dict(image.amis),
        "tags": dict(image.tags),
    }


def outcome_as_json(outcome: Outcome) -> str:
    """Return `{"how", "seconds", "parameter", …image}`."""
    return as_json(
        {"how": outcome.how, "seconds": outcome.seconds, "parameter": outcome.parameter, **plain(outcome.image)}
    )


def outcome_in_words(outcome: Outcome, environment: str) -> str:
    """Return how a build went and what to do next."""
    took = f" in {duration(outcome.seconds)}" if outcome.seconds is not None else ""
    lines = [f"image {outcome.image.label} {_HOW[outcome.how]}{took}"]
    lines += [f"  {region}  {ami}" for region, ami in sorted(outcome.image.amis.items())]
    if outcome.how == "started":
        follow = f"slipway image status {environment} {outcome.image.label} --follow"
        return "\n".join([*lines, f"  next: {follow}"])
    return "\n".join([*lines, f"  next: cdk deploy -c env={environment} --all"])


def interrupted(environment: str) -> str:
    """Return what is said after Ctrl-C."""
    return (
        "interrupted; a build that was started goes on\n"
        f"  to follow it: slipway image status {environment} --follow\n"
        f"  to end it: slipway image cancel {environment}"
    )


def status_in_words(image: Image, workflows: Sequence[Workflow], cause: Cause | None) -> str:
    """Return how a build goes or went."""
    lines = [f"image {image.label} is {image.status.lower()}, begun {image.created:%Y-%m-%d %H:%M} UTC"]
    for workflow in workflows:
        for step in workflow.steps:
            seconds = seconds_of(step)
            took = f"  {duration(seconds)}" if seconds is not None else ""
            lines.append(f"  {workflow.kind.lower():13} {step.name:26} {step.status.lower()}{took}")
    lines += [f"  {region}  {ami}" for region, ami in sorted(image.amis.items())]
    if cause is not None:
        lines += [f"cause: {cause}", f"  next: {cause.next_step}"]
    return "\n".join(lines)


def status_as_json(image: Image, workflows: Sequence[Workflow], cause: Cause | None) -> str:
    """Return `{…image, "steps": [{…}], "cause"}`."""
    steps = [
        {
            "workflow": workflow.kind,
            "step": step.name,
            "action": step.action,
            "status": step.status,
            "message": step.message,
            "seconds": seconds_of(step),
        }
        for workflow in workflows
        for step in workflow.steps
    ]
    return as_json({**plain(image), "steps": steps, "cause": asdict(cause) if cause else None})


def cancelled_in_words(ended: Sequence[Image], environment: str) -> str:
    """Return which builds were ended."""
    if not ended:
        return f"no build of environment {environment} runs, so there is nothing to cancel"
    return "\n".join(f"build {image.label} is {image.status.lower()}" for image in ended)


def cancelled_as_json(ended: Sequence[Image]) -> str:
    """Return `{"ended": [{…image}]}`."""
    return as_json({"ended": [plain(image) for image in ended]})
