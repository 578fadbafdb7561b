"""Shape what the `image` commands found, for people and for programs. Prints nothing and looks for nothing."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from rich.text import Text

from config import ConfigurationError
from slipway.cli.image_progress import duration
from slipway.domain.errors import SlipwayError
from slipway.domain.images import Image, Status, Workflow
from slipway.engine.images.building import BuildFailedError, Outcome
from slipway.engine.images.causes import Cause
from slipway.engine.images.choosing import Choice
from slipway.engine.images.deleting import Removal
from slipway.engine.images.finding import LATEST
from slipway.engine.images.following import HungError, seconds_of
from slipway.engine.images.listing import Entry

_HOW = {
    "built": "was built",
    "followed": "was built",
    "reused": "is there already, made of what the deployed image stack describes; nothing was built",
    "started": "is being built",
}


def as_json(document: object) -> str:
    """Return a document for programs."""
    return json.dumps(document, indent=2, ensure_ascii=False)


def error_as_json(error: ConfigurationError | SlipwayError | OSError) -> str:
    """Return `{"error": {"code", "what", "next"}}`; of a build also `image` and `cause`, of files `problems`."""
    report: dict[str, Any]
    match error:
        case ConfigurationError():
            problems = [asdict(problem) for problem in error.problems]
            mend = next((problem.mend for problem in error.problems if problem.mend), "mend what stands there")
            report = {"code": "configuration", "what": str(error), "next": mend, "problems": problems}
        case SlipwayError():
            report = {"code": error.code, "what": error.what, "next": error.next_step}
        case _:
            what = f"{error.filename} cannot be used: {error.strerror}"
            report = {"code": "file-unusable", "what": what, "next": "see that it is there and may be used"}
    match error:
        case BuildFailedError(image=image, cause=cause):
            report |= {"image": image.label, "cause": _cause(cause)}
        case HungError(image=image):
            report |= {"image": image.label}
    return as_json({"error": report})


def _cause(cause: Cause) -> dict[str, Any]:
    return {"where": cause.where, "what": cause.what, "lines": cause.lines, "next_step": cause.next_step}


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


def nothing_in_words(environment: str) -> str:
    """Return what is said where every region has an image of its own."""
    return f"nothing to build: every region of environment {environment} uses an existing image (image.ami_id)"


def nothing_as_json() -> str:
    """Return `{"how": "given"}`."""
    return as_json({"how": "given"})


def verdict(outcome: Outcome) -> str:
    """Return one line that says how a build went."""
    took = f" in {duration(outcome.seconds)}" if outcome.seconds is not None else ""
    whose = "; somebody else had started that" if outcome.how == "followed" else ""
    return f"image {outcome.image.label} {_HOW[outcome.how]}{took}{whose}"


def outcome_in_words(outcome: Outcome, environment: str, deploy: str) -> str:
    """Return how a build went and what to do next.

    :param deploy: command that deploys the image stack.
    """
    lines = [verdict(outcome)]
    if outcome.how == "reused":
        lines.append(f"  changed the sources? deploy the image stack first: {deploy}")
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


def cancel_interrupted(environment: str) -> str:
    """Return what is said after Ctrl-C while builds were ended."""
    return (
        "interrupted; the build ends, and what it has made so far is left\n"
        f"  to remove that: slipway image cancel {environment}"
    )


def status_in_words(image: Image, workflows: Sequence[Workflow], cause: Cause | None) -> str:
    """Return how a build goes or went."""
    lines = [f"image {image.label} {image.status.in_words}, begun {image.created:%Y-%m-%d %H:%M} UTC"]
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


def entries_in_words(entries: Sequence[Entry], environment: str, now: datetime, begin: str) -> Text:
    """Return a line for each image, and one for each of its AMIs.

    :param now: from which ages are counted.
    :param begin: command to begin with where there is no image.
    """
    if not entries:
        return Text(f"environment {environment} has no image yet\n  next: {begin}")
    text = Text()
    for entry in entries:
        image = entry.image
        text.append(image.label, "bold" if entry.is_in_use else "")
        size = f"  {entry.volume_gib} GiB" if entry.volume_gib else ""
        base = f"  on {image.base_image}" if image.base_image else ""
        text.append(f"  {image.status.lower()}  {_age(now - image.created)}{size}{base}\n")
        if image.status is Status.AVAILABLE and not image.amis:
            text.append("  none of its AMIs is there any more\n", "yellow")
        for region, ami in sorted(image.amis.items()):
            marks = [
                word
                for word, regions in (
                    ("the fleet launches it", entry.launched_in),
                    ("next deployment", entry.named_in),
                    ("chosen by `slipway image use`", entry.chosen_in),
                )
                if region in regions
            ]
            text.append(f"  {region:15} {ami}").append(f"  {', '.join(marks)}\n" if marks else "\n", "green")
    text.rstrip()
    return text


def entries_as_json(entries: Sequence[Entry]) -> str:
    """Return `{"images": [{…image, "launchedIn", "namedIn", "chosenIn", "volumeGib"}]}`."""
    listed = [
        {
            **plain(entry.image),
            "launchedIn": entry.launched_in,
            "namedIn": entry.named_in,
            "chosenIn": entry.chosen_in,
            "volumeGib": entry.volume_gib,
        }
        for entry in entries
    ]
    return as_json({"images": listed})


def choice_in_words(choice: Choice, environment: str) -> str:
    """Return what the fleet launches with its next deployment."""
    image = choice.image
    if choice.is_kept:
        lines = [f"image {image.label} is chosen: {choice.parameter}"]
    elif choice.ended:
        lines = [f"the choice has ended, and image {image.label}, the newest, counts again: {choice.parameter}"]
    else:
        lines = [f"no choice was in force; image {image.label}, the newest, counts: {choice.parameter}"]
    for region, before in sorted(choice.before.items()):
        was = f"  (was {before.ami})" if before and before.ami != image.amis[region] else ""
        lines.append(f"  {region}  {image.amis[region]}{was}")
    if image.version != choice.recipe_version:
        lines.append(f"  it is of recipe {image.version}, and {choice.recipe_version} is deployed")
    if choice.is_kept:
        end = f"slipway image use {environment} {LATEST}"
        lines.append(f"  it stays chosen until another image is built, or `{end}`")
    if not choice.changes:
        return "\n".join([*lines, "  the next deployment would have launched it anyway"])
    return "\n".join([*lines, f"  next: cdk deploy -c env={environment} --all"])


def choice_as_json(choice: Choice) -> str:
    """Return `{"parameter", "before", "isChosen", "ended", "changes", …image}`."""
    report = {
        "parameter": choice.parameter,
        "before": {region: before.ami if before else "" for region, before in choice.before.items()},
        "isChosen": choice.is_kept,
        "ended": choice.ended,
        "changes": choice.changes,
    }
    return as_json({**report, **plain(choice.image)})


def copies_in_words(before: Image, image: Image, regions: Sequence[str]) -> str:
    """Return which AMI each region has.

    :param before: the image before it was copied.
    :param regions: that it was to be in.
    """
    return "\n".join(
        f"{region}  {image.amis[region]}{'  (was there already)' if region in before.amis else ''}"
        for region in dict.fromkeys(regions)
    )


def copies_as_json(before: Image, image: Image) -> str:
    """Return `{"how", …image}`; `copied`, or `reused` where every region had it."""
    return as_json({"how": "copied" if set(image.amis) - set(before.amis) else "reused", **plain(image)})


def removal_in_words(removal: Removal) -> str:
    """Return what was removed and what is left."""
    if removal.is_empty:
        return "there was nothing to remove"
    lines = [f"removed image {label}" for label in removal.images]
    lines += [f"removed AMI {name}, with its snapshots" for name in removal.amis]
    lines += [f"removed parameter {name}" for name in removal.parameters]
    return "\n".join([*lines, *(f"left: {what}" for what in removal.left)])


def removal_as_json(removal: Removal) -> str:
    """Return `{"images", "amis", "parameters", "left"}`."""
    return as_json(asdict(removal))


def _age(span: timedelta) -> str:
    hours = span.total_seconds() / 3600
    if hours < 1:
        return f"{max(span.total_seconds(), 0) / 60:.0f} min old"
    return f"{hours:.0f} h old" if hours < 48 else f"{hours / 24:.0f} days old"


def cancelled_in_words(ended: Sequence[Image], environment: str) -> str:
    """Return which builds were ended."""
    if not ended:
        return f"no build of environment {environment} runs, so there is nothing to cancel"
    return "\n".join(f"build {image.label} {image.status.in_words}" for image in ended)


def cancelled_as_json(ended: Sequence[Image]) -> str:
    """Return `{"ended": [{…image}]}`."""
    return as_json({"ended": [plain(image) for image in ended]})
