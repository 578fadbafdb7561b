"""Scaling activities: what a group did and why, as DescribeScalingActivities shows it, and the events about it."""

from __future__ import annotations

import json
import uuid
from typing import Any

from emulator.plugin import moments
from emulator.plugin.instance_states import arn, notify

Record = dict[str, Any]
LIMIT = 100
"""Activities that a group keeps, the newest first."""


def start(group: Record, description: str, cause: str, details: Record) -> str:
    """Note that a group begins something, and return the activity's id.

    :param cause: in AWS's words; `{at}` stands for now.
    """
    activity = {
        "ActivityId": str(uuid.uuid4()),
        "AutoScalingGroupName": group["AutoScalingGroupName"],
        "Description": description,
        "Cause": cause.replace("{at}", moments.text()),
        "StartTime": moments.text(),
        "StatusCode": "InProgress",
        "Progress": 50,
        "Details": json.dumps(details),
        "AutoScalingGroupARN": group["AutoScalingGroupARN"],
    }
    kept = group.setdefault("Activities", [])
    kept.insert(0, activity)
    del kept[LIMIT:]
    return str(activity["ActivityId"])


def finish(group: Record, identifier: str, failure: str = "") -> None:
    """Note that an activity is over, well or with a failure."""
    activity = next((each for each in group.get("Activities", []) if each["ActivityId"] == identifier), None)
    if activity is not None and activity["StatusCode"] == "InProgress":
        activity.update(StatusCode="Failed" if failure else "Successful", EndTime=moments.text(), Progress=100)
        if failure:
            activity["StatusMessage"] = failure


def fail(group: Record, cause: str, failure: str) -> None:
    """Note that an instance could not be launched."""
    text = f"Launching a new EC2 instance.  Status Reason: {failure}"
    finish(group, start(group, text, cause, {}), f"{failure} Launching EC2 instance failed.")


def announce(group: Record, identifier: str, action: str, instance_id: str) -> None:
    """Put an event about an activity that succeeded.

    :param action: `Launch` or `Terminate`.
    """
    activity = next((each for each in group.get("Activities", []) if each["ActivityId"] == identifier), None)
    if activity is None:
        return
    shown = {key: activity[key] for key in ("StatusCode", "AutoScalingGroupName", "ActivityId", "Cause", "StartTime")}
    detail = {
        **shown,
        "Description": activity["Description"],
        "Details": json.loads(activity["Details"]),
        "RequestId": activity["ActivityId"],
        "EndTime": activity.get("EndTime", ""),
        "EC2InstanceId": instance_id,
        "StatusMessage": "",
    }
    resources = [group["AutoScalingGroupARN"], arn(instance_id)]
    notify("aws.autoscaling", f"EC2 Instance {action} Successful", detail, resources)
