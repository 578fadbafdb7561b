"""Lifecycle hooks: the actions that hold an instance, who is told of them, and how they are completed."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from typing import Any

from emulator.plugin import moments
from emulator.plugin.borrowed import borrow
from emulator.plugin.instance_states import arn, notify
from emulator.plugin.resources import account
from emulator.scaling.group import LAUNCHING, Action

_asg = borrow(
    "services.autoscaling",
    "_ACTION_MAP",
    "_asgs",
    "_error",
    "_hook_record",
    "_hooks",
    "_member_xml",
    "_p",
    "_parse_member_list",
    "_xml",
)
_events = borrow("services.eventbridge", "_dispatch_to_sns", "_dispatch_to_sqs", "parse_arn")

Record = dict[str, Any]
Params = dict[str, Any]


def of(group: Record) -> list[Record]:
    """Return a group's hooks."""
    return [hook for hook in _asg._hooks.values() if hook["AutoScalingGroupName"] == group["AutoScalingGroupName"]]


def put(group: Record, specifications: list[Record]) -> None:
    """Give a group the hooks of a `LifecycleHookSpecificationList`."""
    for specification in specifications:
        name = specification["LifecycleHookName"]
        hook = _asg._hook_record(group["AutoScalingGroupName"], name, specification)
        _asg._hooks[f"{group['AutoScalingGroupName']}/{name}"] = hook


def begin(group: Record, member: Record, transition: str) -> None:
    """Begin the actions of all hooks of a transition, and tell those who wait for them."""
    member["Actions"] = []
    for hook in of(group):
        if hook["LifecycleTransition"] == transition:
            action = {
                "Hook": hook["LifecycleHookName"],
                "Token": str(uuid.uuid4()),
                "Deadline": moments.seconds() + hook["HeartbeatTimeout"],
                "Default": hook["DefaultResult"],
                "Result": "",
            }
            member["Actions"].append(action)
            _tell(group, member, hook, action)


def actions(member: Record) -> tuple[Action, ...]:
    """Return the actions under way for an instance."""
    return tuple(
        Action(each["Hook"], each["Token"], each["Deadline"], each["Default"], each["Result"])
        for each in member.get("Actions", [])
    )


def _tell(group: Record, member: Record, hook: Record, action: Record) -> None:
    """Put the event, and send the message to the hook's own target, if it has one."""
    transition = hook["LifecycleTransition"]
    is_launch = transition == LAUNCHING
    inside, outside = "AutoScalingGroup", "EC2"
    if member["LifecycleState"].startswith("Warmed:"):
        inside = "WarmPool"
    detail = {
        "LifecycleActionToken": action["Token"],
        "AutoScalingGroupName": group["AutoScalingGroupName"],
        "LifecycleHookName": hook["LifecycleHookName"],
        "EC2InstanceId": member["InstanceId"],
        "LifecycleTransition": transition,
        **({"NotificationMetadata": hook["NotificationMetadata"]} if hook["NotificationMetadata"] else {}),
        "Origin": outside if is_launch else inside,
        "Destination": inside if is_launch else outside,
    }
    kind = f"EC2 Instance-{'launch' if is_launch else 'terminate'} Lifecycle Action"
    notify("aws.autoscaling", kind, detail, [group["AutoScalingGroupARN"], arn(member["InstanceId"])])
    if hook["NotificationTargetARN"]:
        message = {**detail, "Service": "AWS Auto Scaling", "Time": moments.text(), "AccountId": account()}
        _send(hook["NotificationTargetARN"], json.dumps(message))


def _send(target: str, message: str) -> None:
    parsed = _events.parse_arn(target)
    if parsed.service == "sns":
        _events._dispatch_to_sns(target, message)
    else:
        _events._dispatch_to_sqs(parsed, message)


def _answering(operation: str, change: Callable[[Record, Params], None]) -> Callable[[Params], Any]:
    """Return the call that changes an action under way, which is named by its token or by its instance."""

    def call(params: Params) -> Any:
        group = _asg._asgs.get(_asg._p(params, "AutoScalingGroupName"))
        if group is None:
            return _asg._error("ValidationError", "Group not found")
        token, name = _asg._p(params, "LifecycleActionToken"), _asg._p(params, "InstanceId")
        hook = _asg._p(params, "LifecycleHookName")
        found = [
            action
            for member in group["Instances"]
            if member["LifecycleState"].endswith(":Wait")
            for action in member.get("Actions", [])
            if action["Hook"] == hook and (action["Token"] == token or (not token and member["InstanceId"] == name))
        ]
        if not found:
            what = f"Token {token}" if token else f"instance {name}"
            return _asg._error("ValidationError", f"No active Lifecycle Action found with {what}")
        change(found[0], params)
        return _asg._xml(200, f"{operation}Response", f"<{operation}Result/>")

    return call


def _complete(action: Record, params: Params) -> None:
    action["Result"] = _asg._p(params, "LifecycleActionResult")


def _extend(action: Record, params: Params) -> None:
    hook = _asg._hooks.get(f"{_asg._p(params, 'AutoScalingGroupName')}/{action['Hook']}", {})
    action["Deadline"] = moments.seconds() + hook.get("HeartbeatTimeout", 3600)


def _describe(params: Params) -> Any:
    group, wanted = _asg._p(params, "AutoScalingGroupName"), _asg._parse_member_list(params, "LifecycleHookNames")
    found = [
        {name: value for name, value in hook.items() if value != ""} | {"GlobalTimeout": _longest(hook)}
        for hook in _asg._hooks.values()
        if hook["AutoScalingGroupName"] == group and (not wanted or hook["LifecycleHookName"] in wanted)
    ]
    inner = f"<LifecycleHooks>{_asg._member_xml(found)}</LifecycleHooks>"
    name = "DescribeLifecycleHooks"
    return _asg._xml(200, f"{name}Response", f"<{name}Result>{inner}</{name}Result>")


def _longest(hook: Record) -> int:
    """Return for how long heartbeats can hold an instance, in seconds: 100 times the timeout, 48 hours at most."""
    return int(min(100 * hook["HeartbeatTimeout"], 48 * 3600))


def install() -> None:
    """Put these calls in place of the emulator's own, which do nothing, or show more than was asked for."""
    _asg._ACTION_MAP["DescribeLifecycleHooks"] = _describe
    for operation, change in (("CompleteLifecycleAction", _complete), ("RecordLifecycleActionHeartbeat", _extend)):
        _asg._ACTION_MAP[operation] = _answering(operation, change)
