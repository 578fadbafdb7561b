"""CloudFormation stacks: what may be done in which state, and events in the order in which they happened."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from emulator.plugin.borrowed import borrow, replace

_cloudformation = borrow("services.cloudformation", "_stack_events", "_stacks")
_handlers = borrow("services.cloudformation.handlers", "_ACTION_HANDLERS", "_error", "_p", "_resolve_stack")
_operations = borrow("services.cloudformation.stacks", "_add_event")

Call = Callable[[dict[str, Any]], Any]


def summary(_arguments: dict[str, Any]) -> dict[str, Any]:
    """Return name, region and status of each stack that there is. A command of the control API."""
    return {
        "stacks": [
            {"name": name, "region": region, "status": stack["StackStatus"]}
            for (_account, region, name), stack in sorted(_cloudformation._stacks.all_items())
            if stack.get("StackStatus") != "DELETE_COMPLETE"
        ]
    }


def _in_order(original: Callable[..., None]) -> Callable[..., None]:
    """Each event is later than the one before, if only by a millisecond: tools sort by the time."""

    def add(stack_id: str, *rest: Any, **more: Any) -> None:
        original(stack_id, *rest, **more)
        events = _cloudformation._stack_events.get(stack_id) or []
        if len(events) > 1:
            events[-1]["Timestamp"] = later(events[-2]["Timestamp"], events[-1]["Timestamp"])

    return add


def later(before: str, moment: str) -> str:
    """Return a moment, or, if it is not later than another, one millisecond after that."""
    if moment > before:
        return moment
    after = datetime.fromisoformat(before) + timedelta(milliseconds=1)
    return after.strftime("%Y-%m-%dT%H:%M:%S.") + f"{after.microsecond // 1000:03d}Z"


def _unless_rollback_failed(original: Call) -> Call:
    """A stack whose roll-back has failed takes nothing but ContinueUpdateRollback and DeleteStack."""

    def call(params: dict[str, Any]) -> Any:
        stack = _handlers._resolve_stack(_handlers._p(params, "StackName"))
        if stack is not None and stack.get("StackStatus") == "UPDATE_ROLLBACK_FAILED":
            message = f"Stack:{stack['StackId']} is in UPDATE_ROLLBACK_FAILED state and can not be updated."
            return _handlers._error("ValidationError", message)
        return original(params)

    return call


def _without_empty_names(original: Call) -> Call:
    """An empty list of resources to skip, as some clients write it, names no resource."""

    def call(params: dict[str, Any]) -> Any:
        if params.get("ResourcesToSkip") in ("", [""]):
            params = {name: value for name, value in params.items() if name != "ResourcesToSkip"}
        return original(params)

    return call


def install() -> None:
    """Apply the corrections of this module."""
    replace(_operations, "_add_event", _in_order)
    handlers = _handlers._ACTION_HANDLERS
    for action in ("UpdateStack", "CreateChangeSet"):
        handlers[action] = _unless_rollback_failed(handlers[action])
    handlers["ContinueUpdateRollback"] = _without_empty_names(handlers["ContinueUpdateRollback"])
