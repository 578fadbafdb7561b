"""EC2 Image Builder: what it writes to CloudWatch Logs, of builds and of pipelines.

Source: "Monitor Image Builder logs with Amazon CloudWatch Logs" in the User Guide.
"""

from __future__ import annotations

from typing import Any

from emulator.plugin import clock, moments
from emulator.plugin.borrowed import borrow

_logs = borrow("services.cloudwatch_logs", "_create_log_group", "_create_log_stream", "_put_log_events")


def of_build(image: dict[str, Any], lines: list[str]) -> None:
    """Add lines to the log of a build."""
    _write(
        f"/aws/imagebuilder/{image['Name']}", f"{image['Version']}/{image['Build']}", image, "ImageLogGroupName", lines
    )


def of_pipeline(pipeline: dict[str, Any], lines: list[str]) -> None:
    """Add lines to the log of a pipeline, whose streams are days."""
    day = moments.now().strftime("%Y/%m/%d")
    _write(f"/aws/imagebuilder/pipeline/{pipeline['Name']}", day, pipeline, "PipelineLogGroupName", lines)


def _write(group: str, stream: str, record: dict[str, Any], setting: str, lines: list[str]) -> None:
    chosen = (record["Properties"].get("LoggingConfiguration") or {}).get(setting)
    place = {"logGroupName": chosen or group}
    # Both refuse what is there already, which is just as well: the group may be one of a stack.
    _logs._create_log_group(place)
    _logs._create_log_stream({**place, "logStreamName": stream})
    now = int(clock.now() * 1000)
    events = [{"timestamp": now, "message": line} for line in lines]
    _logs._put_log_events({**place, "logStreamName": stream, "logEvents": events})
