"""The states of EC2 instances: what enters which, why, and the events that tell of it."""

from __future__ import annotations

import json
from typing import Any

from emulator.plugin import moments
from emulator.plugin.borrowed import borrow
from emulator.plugin.resources import account, region

_ec2 = borrow("services.ec2", "_instances", "_volumes")
_events = borrow("services.eventbridge", "_put_events")

Record = dict[str, Any]
CODES = {"pending": 0, "running": 16, "shutting-down": 32, "terminated": 48, "stopping": 64, "stopped": 80}
GONE = ("shutting-down", "terminated")
_REASONS = {
    "Client.UserInitiatedShutdown": "User initiated shutdown",
    "Server.SpotInstanceTermination": "Spot instance termination",
    "Server.InternalError": "Internal error on launch or while running",
}


def find(instance_id: str) -> Record | None:
    """Return EC2's record of an instance of the request's account and region, or None."""
    found: Record | None = _ec2._instances.get(instance_id)
    return found


def state_of(instance_id: str) -> str:
    """Return EC2's state of an instance; empty if EC2 does not know it."""
    record = find(instance_id)
    return str(record["State"]["Name"]) if record else ""


def enter(record: Record, state: str, reason: str = "") -> None:
    """Let an instance enter a state, and tell of it.

    :param reason: code such as `Client.UserInitiatedShutdown`; empty if there is nothing to explain.
    """
    if record["State"]["Name"] == state:
        return
    record["State"] = {"Code": CODES[state], "Name": state}
    if reason:
        message = _REASONS[reason]
        record["StateReason"] = {"Code": reason, "Message": f"{reason}: {message}"}
        record["StateTransitionReason"] = (
            f"User initiated ({moments.sentence()})" if reason.startswith("Client.") else reason
        )
    elif state in ("pending", "running"):
        record.pop("StateReason", None)
        record.pop("StateTransitionReason", None)
    if state == "terminated":
        record["_terminated_at"] = moments.seconds()
        for device in record.get("BlockDeviceMappings", []):
            _ec2._volumes.pop(device["Ebs"]["VolumeId"], None)
    notify(
        "aws.ec2",
        "EC2 Instance State-change Notification",
        {"instance-id": record["InstanceId"], "state": state},
        [arn(record["InstanceId"])],
    )


def terminate(instance_id: str, reason: str = "Client.UserInitiatedShutdown") -> None:
    """Begin to terminate an instance, if it still is there."""
    record = find(instance_id)
    if record is not None and record["State"]["Name"] not in GONE:
        # What never got a machine has nothing to shut down, but goes the same way.
        enter(record, "shutting-down", reason)


def arn(instance_id: str) -> str:
    """Return an instance's ARN."""
    return f"arn:aws:ec2:{region()}:{account()}:instance/{instance_id}"


def notify(source: str, kind: str, detail: Record, resources: list[str]) -> None:
    """Put an event of AWS's on the default event bus of the request's account and region."""
    entry = {"Source": source, "DetailType": kind, "Detail": json.dumps(detail), "Resources": resources}
    _events._put_events({"Entries": [entry]}, allow_aws_source=True)
