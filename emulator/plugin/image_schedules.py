"""EC2 Image Builder: pipelines that build by themselves, at their time and if there is something new to build from.

Source: Schedule and ImagePipeline in the API reference; "Monitor Image Builder logs" in the User Guide.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from emulator.image_builds.build import moment
from emulator.image_builds.schedules import as_eventbridge, interval_of
from emulator.plugin import clock, image_builds, image_logs, image_parents, records
from emulator.plugin.borrowed import borrow
from emulator.plugin.image_build_calls import run_pipeline
from emulator.plugin.image_builder import IMAGE, PIPELINE, Record, find

_events = borrow("services.eventbridge", "_cron_next_fire", "_parse_cron_fields")
_responses = borrow("core.responses", "request_scope")

INTERVAL_SECONDS = 0.2
WHEN_UPDATED = "EXPRESSION_MATCH_AND_DEPENDENCY_UPDATES_AVAILABLE"
_PLANNED, _NEXT, _FAILURES = "Planned", "NextRun", "ConsecutiveFailures"


def next_run(schedule: dict[str, Any], after: float) -> float | None:
    """Return when a schedule is due next, in seconds since the epoch; None if it is never.

    :param after: seconds since the epoch.
    """
    expression = schedule["ScheduleExpression"]
    if (interval := interval_of(expression)) is not None:
        return after + interval
    fields = _events._parse_cron_fields(as_eventbridge(expression))
    begin = datetime.fromtimestamp(after, ZoneInfo(schedule.get("Timezone") or "UTC"))
    due = _events._cron_next_fire(fields, begin) if fields else None
    return due.astimezone(UTC).timestamp() if due else None


async def run(changed: Callable[[], None]) -> None:
    """Begin the builds that are due, for ever; one that was due while the emulator did not run begins when it does.

    :param changed: to be called when there is something to be saved.
    """
    while True:
        for owner, place, pipeline in records.everywhere(PIPELINE.path):
            with _responses.request_scope(owner, place):
                if _attend_to(pipeline, clock.now()):
                    changed()
        await asyncio.sleep(INTERVAL_SECONDS)


def _attend_to(pipeline: Record, now: float) -> bool:
    """Begin a build if one is due; tell whether anything has changed."""
    properties = pipeline["Properties"]
    schedule = properties.get("Schedule") if properties.get("Status", "ENABLED") == "ENABLED" else None
    if pipeline.get(_PLANNED) != schedule:
        pipeline |= {_PLANNED: schedule, _NEXT: next_run(schedule, now) if schedule else None}
        return True
    due = pipeline.get(_NEXT)
    if not schedule or due is None or now < due:
        return False
    pipeline[_NEXT] = next_run(schedule, now)
    _execute(pipeline, schedule)
    return True


def _execute(pipeline: Record, schedule: dict[str, Any]) -> None:
    if schedule.get("PipelineExecutionStartCondition", WHEN_UPDATED) == WHEN_UPDATED:
        updates = [f"Dependency update: {update}" for update in _updates(pipeline)]
        none = "Pipeline execution was skipped: there are no dependency updates"
        image_logs.of_pipeline(pipeline, updates or [none])
        if not updates:
            return
    run_pipeline(pipeline, pipeline["Properties"].get("ImageTags") or {}, "SCHEDULED")


def _updates(pipeline: Record) -> list[str]:
    """Return what has changed since the last good build of a pipeline; its recipe, if there is no such build."""
    recipe = find(pipeline["Properties"].get("ImageRecipeArn", ""))
    if recipe is None:
        return []
    good = [image for image in _images(pipeline) if image_builds.course_of(image)["status"] != "FAILED"]
    if not good:
        return [recipe["Arn"]]
    last = good[-1]
    parent = recipe["Properties"].get("ParentImage", "")
    updates = [parent] if image_parents.resolve(parent) != last["BaseImage"] else []
    return updates + [arn for arn in image_builds.components_of(recipe) if arn not in last["Components"]]


def _images(pipeline: Record) -> list[Record]:
    known = records.everything(IMAGE.path)
    return [image for image in known if image["Properties"].get("ImagePipelineArn") == pipeline["Arn"]]


def shown(pipeline: Record) -> dict[str, Any]:
    """Return what the API shows of a pipeline's runs."""
    answer: dict[str, Any] = {
        "platform": "Linux",
        "status": pipeline["Properties"].get("Status", "ENABLED"),
        "consecutiveFailures": pipeline.get(_FAILURES, 0),
    }
    if pipeline.get(_NEXT) is not None:
        answer["dateNextRun"] = moment(pipeline[_NEXT])
    images = _images(pipeline)
    if images:
        last = images[-1]
        answer |= {"dateLastRun": last["Created"], "lastRunStatus": image_builds.course_of(last)["status"]}
    return answer


def _note_end(image: Record) -> None:
    """Count the scheduled builds of a pipeline that failed one after another, and disable it where it wants that."""
    pipeline = find(image["Properties"].get("ImagePipelineArn", ""))
    status = image_builds.course_of(image)["status"]
    if pipeline is None:
        return
    if status == "AVAILABLE":
        pipeline[_FAILURES] = 0
    elif status == "FAILED" and image["BuildType"] == "SCHEDULED":
        pipeline[_FAILURES] = pipeline.get(_FAILURES, 0) + 1
        policy = (pipeline["Properties"].get("Schedule") or {}).get("AutoDisablePolicy")
        if policy and pipeline[_FAILURES] >= int(policy["FailureCount"]):
            pipeline["Properties"] = {**pipeline["Properties"], "Status": "DISABLED"}


def install() -> None:
    """Have the ends of builds told to this module."""
    image_builds.ended.append(_note_end)
