"""Spot interruptions: announced as on AWS, in the instance's metadata and as an event, and carried out when due."""

from __future__ import annotations

import json
from functools import partial
from typing import Any

from emulator.control import ControlError
from emulator.instances.guard import Guard
from emulator.plugin import instance_states, moments
from emulator.plugin.borrowed import borrow
from emulator.plugin.instance_states import GONE, arn, notify

_ec2 = borrow("services.ec2", "_instances")
_responses = borrow("core.responses", "request_scope")

NOTICE_SECONDS = 120
"""How long before the interruption AWS gives notice."""
_DUE = "InterruptedAt"
_guard = Guard(moments.seconds)


def interrupt(arguments: dict[str, Any]) -> dict[str, Any]:
    """Announce the interruption of a spot instance: the control command `interrupt-spot`.

    :param arguments: `instance_id`, and `notice_seconds` until it ends.
    :raises ControlError: if there is no such spot instance, or if the notice is no number.
    """
    name, notice = arguments.get("instance_id"), arguments.get("notice_seconds", NOTICE_SECONDS)
    if not isinstance(notice, int | float) or isinstance(notice, bool) or not 0 <= notice <= 3600:
        raise ControlError(f"notice_seconds is {notice!r}; it has to be a number from 0 to 3600")
    for (account, region, instance_id), record in list(_ec2._instances.all_items()):
        if instance_id == name and _is_interruptible(record):
            with _responses.request_scope(account, region):
                return _announce(record, float(notice))
    running = [key[2] for key, record in _ec2._instances.all_items() if _is_interruptible(record)]
    raise ControlError(f"{name!r} is no running spot instance; these are: {', '.join(running) or 'none'}")


def _is_interruptible(record: dict[str, Any]) -> bool:
    return record.get("InstanceLifecycle") == "spot" and record["State"]["Name"] == "running"


def _announce(record: dict[str, Any], notice: float) -> dict[str, Any]:
    name = record["InstanceId"]
    record[_DUE] = moments.seconds() + notice
    notify("aws.ec2", "EC2 Instance Rebalance Recommendation", {"instance-id": name}, [arn(name)])
    detail = {"instance-id": name, "instance-action": "terminate"}
    notify("aws.ec2", "EC2 Spot Instance Interruption Warning", detail, [arn(name)])
    return {"instance_id": name, "terminates_at": moments.text(record[_DUE])}


def is_announced(instance_id: str) -> bool:
    """Tell whether an instance is about to be interrupted."""
    return _DUE in _ec2._instances.get(instance_id, {})


def documents(instance_id: str) -> dict[str, str]:
    """Return what an instance's metadata tells of its interruption, by the path below `/latest/`."""
    due = _ec2._instances.get(instance_id, {}).get(_DUE)
    if due is None:
        return {}
    moment = moments.text(due)
    return {
        "meta-data/spot/instance-action": json.dumps({"action": "terminate", "time": moment}),
        "meta-data/spot/termination-time": moment,
        "meta-data/events/recommendations/rebalance": json.dumps({"noticeTime": moment}),
    }


def carry_out() -> int:
    """Terminate the instances whose time has come, and return how many; one that fails holds up no other."""
    count = 0
    for (account, region, name), record in list(_ec2._instances.all_items()):
        if record.get(_DUE, float("inf")) <= moments.seconds() and record["State"]["Name"] not in GONE:
            with _responses.request_scope(account, region):
                count += _guard.attempt(f"interruption of {name}", partial(_terminate, name), 0)
    return count


def _terminate(instance_id: str) -> int:
    instance_states.terminate(instance_id, "Server.SpotInstanceTermination")
    return 1
