"""CloudFormation stacks: those that the end of the emulator interrupted, and how they are described.

After a restart nothing works any more on a stack that was interrupted, so it must not stay IN_PROGRESS for ever: on AWS
the operation would have failed, and it can then be repeated or rolled back.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from emulator.plugin.borrowed import borrow

_stacks = borrow("services.cloudformation", "_stacks")
_handlers = borrow("services.cloudformation.handlers", "_ACTION_HANDLERS")
logger = logging.getLogger("slipway.emulator")

_AFTER_INTERRUPTION = {
    "CREATE_IN_PROGRESS": "ROLLBACK_FAILED",
    "ROLLBACK_IN_PROGRESS": "ROLLBACK_FAILED",
    "DELETE_IN_PROGRESS": "DELETE_FAILED",
    "REVIEW_IN_PROGRESS": "REVIEW_IN_PROGRESS",
    "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS": "UPDATE_COMPLETE",
    "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS": "UPDATE_ROLLBACK_COMPLETE",
}


def settled_status(status: str) -> str:
    """Return the status that an interrupted operation leaves behind; others stay as they are."""
    if not status.endswith("_IN_PROGRESS"):
        return status
    # An update may be tried again from UPDATE_ROLLBACK_COMPLETE; resources that it had changed are changed again.
    return _AFTER_INTERRUPTION.get(status, "UPDATE_ROLLBACK_COMPLETE")


def settle_interrupted_stacks() -> None:
    """Give every stack that was in progress when the emulator ended a final status."""
    for _key, stack in _stacks._stacks.all_items():
        before = stack.get("StackStatus", "")
        after = settled_status(before)
        if after != before:
            stack["StackStatus"] = after
            stack["StackStatusReason"] = "the emulator was stopped during the operation"
            logger.warning("stack %s was %s when the emulator ended; it is %s now", stack["StackName"], before, after)


def _without_empty_descriptions(original: Callable[[dict[str, Any]], Any]) -> Callable[[dict[str, Any]], Any]:
    """A stack, an output or a change set that has no description is shown without one, and not with an empty one."""

    def describe(params: dict[str, Any]) -> Any:
        status, headers, body = original(params)
        return status, headers, body.replace(b"<Description></Description>", b"")

    return describe


def install() -> None:
    """Apply the corrections of this module."""
    handlers = _handlers._ACTION_HANDLERS
    for action in ("DescribeStacks", "DescribeChangeSet"):
        handlers[action] = _without_empty_descriptions(handlers[action])
