"""What alarms do when their state changes: tell topics, call functions, run scaling policies; and their history."""

from __future__ import annotations

import functools
import json
import logging
from collections.abc import Callable
from importlib import resources
from typing import Any

from emulator.alarms.messages import Change, Status, function_event, notification, subject
from emulator.plugin import clock
from emulator.plugin.alarm_rights import calling_refusal, publishing_refusal
from emulator.plugin.borrowed import borrow, replace

_cw = borrow("services.cloudwatch", "_dispatch_alarm_actions", "_history_entries", "_record_history")
_sns = borrow("services.sns", "_fanout", "_topic_by_arn_any_scope")
_lambda = borrow(
    "services.lambda_svc", "_execution_record_for_config", "_get_func_record_for_ref", "invoke_async_with_retry"
)
_responses = borrow("core.responses", "new_uuid")
logger = logging.getLogger("slipway.emulator")

HISTORY = 2000
"""Entries that are kept per account and region."""

UNCHECKED = "Unchecked: Initial alarm creation"
ACTIONS = {"ALARM": "AlarmActions", "OK": "OKActions", "INSUFFICIENT_DATA": "InsufficientDataActions"}
Alarm = dict[str, Any]

ScalingAction = Callable[[str, str, float | None], None]
"""Gets the ARN of the alarm, the ARN of the scaling policy, and the newest value. Called on the event loop."""

_scaling: list[ScalingAction] = []


class ActionError(Exception):
    """An action cannot be run; the alarm's history says why."""


def on_scaling_action(handler: ScalingAction) -> None:
    """Have a function run the scaling policies that alarms name as actions."""
    _scaling[:] = [handler]


def is_scaling(action: str) -> bool:
    """Tell whether an action is a scaling policy."""
    return action.startswith("arn:aws:autoscaling:")


def actions_of(alarm: Alarm, state: str) -> list[str]:
    """Return the ARNs of the actions for a state; none while actions are disabled."""
    return list(alarm.get(ACTIONS[state]) or []) if alarm.get("ActionsEnabled", True) else []


def run(change: Change, value: float | None = None) -> None:
    """Run the actions for an alarm's new state.

    :param value: the newest value that it compared.
    """
    for action in actions_of(dict(change.alarm), change.new.value):
        run_one(action, change, value)


def run_one(action: str, change: Change, value: float | None) -> None:
    """Run one action and write into the alarm's history how that went."""
    try:
        _perform(action, change, value)
    except ActionError as error:
        _note_action(action, change, "Failed", f'Failed to execute action {action}. Received error: "{error}"')
    except Exception:
        # One action that fails must keep neither the others nor the alarms above from what they do.
        logger.exception("the action %s of the alarm %s failed", action, change.alarm["AlarmName"])
        _note_action(action, change, "Failed", f'Failed to execute action {action}. Received error: "InternalError"')
    else:
        _note_action(action, change, "Succeeded", f"Successfully executed action {action}")


def _perform(action: str, change: Change, value: float | None) -> None:
    match action.split(":")[2:3]:
        case ["sns"]:
            _publish(action, change)
        case ["lambda"]:
            _call(action, change)
        case ["autoscaling"] if _scaling:
            _scaling[0](str(change.alarm["AlarmArn"]), action, value)
        case _:
            raise ActionError("The emulator runs actions on SNS topics, Lambda functions and scaling policies only")


def _publish(topic: str, change: Change) -> None:
    if _sns._topic_by_arn_any_scope(topic) is None:
        raise ActionError(f"Resource: {topic} Not Found")
    if refusal := publishing_refusal(topic, change):
        raise ActionError(refusal)
    name = _region_name(change.region)
    message = json.dumps(notification(change, name), separators=(",", ":"))
    _sns._fanout(topic, _responses.new_uuid(), message, subject(change, name))


def _call(function: str, change: Change) -> None:
    record, config, _name = _lambda._get_func_record_for_ref(function)
    if record is None or config is None:
        raise ActionError(f"Function not found: {function}")
    if refusal := calling_refusal(function, change):
        raise ActionError(refusal)
    _lambda.invoke_async_with_retry(_lambda._execution_record_for_config(record, config), function_event(change))


@functools.cache
def _region_name(code: str) -> str:
    """Return the name of a region for people, from botocore's table; to import its session takes half a second."""
    table = json.loads((resources.files("botocore") / "data" / "partitions.json").read_text())
    regions = {code: region for partition in table["partitions"] for code, region in partition["regions"].items()}
    return str(regions[code]["description"]) if code in regions else code


def _append(name: str, kind: str, item: str, summary: str, data: dict[str, Any]) -> None:
    entries = _cw._history_entries()
    entries.append(
        {
            "AlarmName": name,
            "AlarmType": kind,
            "Timestamp": clock.now(),
            "HistoryItemType": item,
            "HistorySummary": summary,
            "HistoryData": json.dumps(data, separators=(",", ":")),
        }
    )
    del entries[:-HISTORY]


def _note_action(action: str, change: Change, outcome: str, summary: str) -> None:
    kind = "CompositeAlarm" if "AlarmRule" in change.alarm else "MetricAlarm"
    data = {
        "actionState": outcome,
        "stateUpdateTimestamp": int(change.new.time * 1000),
        "notificationResource": action,
    }
    _append(str(change.alarm["AlarmName"]), kind, "Action", summary, data)


def note_configuration(name: str, what: str) -> None:
    """Write into an alarm's history that it was created, updated or deleted."""
    data = {"version": "1.0", "type": what.capitalize().removesuffix("d")}
    _append(name, "MetricAlarm", "ConfigurationUpdate", f'Alarm "{name}" {what}', data)


def _note_change(
    name: str, old: str, new: str, reason: str, kind: str = "MetricAlarm", data: dict[str, Any] | None = None
) -> None:
    if old == new:
        note_configuration(name, "created")
        return
    state: dict[str, Any] = {"stateValue": new, "stateReason": reason}
    if data is not None:
        state["stateReasonData"] = data
    summary = f"Alarm updated from {old} to {new}"
    _append(
        name, kind, "StateUpdate", summary, {"version": "1.0", "oldState": _last_state(name, old), "newState": state}
    )


def _last_state(name: str, value: str) -> dict[str, Any]:
    change = _last_change(name)
    return dict(change["newState"]) if change else {"stateValue": value, "stateReason": UNCHECKED}


def _last_change(name: str) -> dict[str, Any] | None:
    """Return what history says of an alarm's last change of state."""
    for entry in reversed(_cw._history_entries()):
        if entry["AlarmName"] == name and entry["HistoryItemType"] == "StateUpdate":
            change: dict[str, Any] = json.loads(entry["HistoryData"])
            return change
    return None


def _dispatch(alarm: Alarm, old: str, new: str, reason: str) -> None:
    """Stand in for the emulator's own function, which composite alarms and SetAlarmState call after writing history."""
    change = _last_change(str(alarm["AlarmName"]))
    old_reason = str(change["oldState"]["stateReason"]) if change else UNCHECKED
    now = clock.now()
    run(Change(alarm, Status(old, old_reason, None, now), Status(new, reason, alarm.get("StateReasonData"), now)))


def install() -> None:
    """Put our actions and history in place of the emulator's."""
    replace(_cw, "_record_history", lambda _original: _note_change)
    replace(_cw, "_dispatch_alarm_actions", lambda _original: _dispatch)
