"""EC2 Image Builder: what it writes of builds and of pipelines to CloudWatch Logs, and its machines to a bucket.

Source: "Monitor Image Builder logs with Amazon CloudWatch Logs" in the User Guide, "Debug a failed image build" in
aws-samples. How folders in the bucket are called is not documented; `logUrl` of a step names its own.
"""

from __future__ import annotations

import uuid
from typing import Any

from emulator.plugin import clock, moments
from emulator.plugin.borrowed import borrow
from emulator.plugin.image_builder import arn_name

_s3 = borrow("services.s3", "_put_object")
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


def to_bucket(image: dict[str, Any], infrastructure: dict[str, Any] | None, execution: str, lines: list[str]) -> str:
    """Put the console of one run of the executor into the bucket for logs; return where that is, or nothing.

    :param infrastructure: record of the configuration that names the bucket.
    :param execution: id of the workflow's execution.
    """
    place = (((infrastructure or {}).get("Properties") or {}).get("Logging") or {}).get("S3Logs") or {}
    if not place.get("S3BucketName"):
        return ""
    run = f"TOE_{moments.now():%Y-%m-%d_%H-%M-%S}_UTC-0_{uuid.uuid4()}"
    of_build = f"{arn_name(image['Name'])}/{image['Version']}/{image['Build']}"
    parts = (place.get("S3KeyPrefix", "").strip("/"), of_build, execution, run)
    folder = "/".join(part for part in parts if part)
    status, _headers, _body = _s3._put_object(
        place["S3BucketName"], f"{folder}/console.log", "\n".join(lines).encode(), {"content-type": "text/plain"}
    )
    # A bucket that is gone keeps no build from going on.
    return f"s3://{place['S3BucketName']}/{folder}" if status < 400 else ""


def _write(group: str, stream: str, record: dict[str, Any], setting: str, lines: list[str]) -> None:
    chosen = (record["Properties"].get("LoggingConfiguration") or {}).get(setting)
    place = {"logGroupName": chosen or group}
    # Both refuse what is there already, which is just as well: the group may be one of a stack.
    _logs._create_log_group(place)
    _logs._create_log_stream({**place, "logStreamName": stream})
    now = int(clock.now() * 1000)
    events = [{"timestamp": now, "message": line} for line in lines]
    _logs._put_log_events({**place, "logStreamName": stream, "logEvents": events})
