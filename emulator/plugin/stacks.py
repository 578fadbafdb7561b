"""CloudFormation stacks: those that are deleted before they are ready, or interrupted, and how they are described.

After a restart nothing works any more on a stack that was interrupted, so it must not stay IN_PROGRESS for ever: on AWS
the operation would have failed, and it can then be repeated or rolled back.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any

from emulator.plugin import custom_resources
from emulator.plugin.borrowed import borrow, replace

_stacks = borrow("services.cloudformation", "_stacks")
_handlers = borrow("services.cloudformation.handlers", "_ACTION_HANDLERS", "_delete_stack_async", "_deploy_stack_async")
_change_sets = borrow("services.cloudformation.changesets", "_deploy_stack_async")
_operations = borrow("services.cloudformation.stacks", "_provision_resource")
_provisioners = borrow("services.cloudformation.provisioners", "_provision_resource")
_signals = borrow("services.cloudformation.wait_conditions", "_waiting", "deliver_signal")
logger = logging.getLogger("slipway.emulator")

_AFTER_INTERRUPTION = {
    "CREATE_IN_PROGRESS": "ROLLBACK_FAILED",
    "ROLLBACK_IN_PROGRESS": "ROLLBACK_FAILED",
    "DELETE_IN_PROGRESS": "DELETE_FAILED",
    "REVIEW_IN_PROGRESS": "REVIEW_IN_PROGRESS",
    "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS": "UPDATE_COMPLETE",
    "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS": "UPDATE_ROLLBACK_COMPLETE",
}


_running: dict[str, asyncio.Event] = {}
"""The deployments that go on, by the id of their stack; each event tells of an end."""
_doomed: set[str] = set()
"""Ids of the stacks that are to be deleted before they are ready."""


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


def _cancelled(stack_id: str) -> bool:
    """Tell whether a stack, or one that it is nested in, is to be deleted before it is ready."""
    while stack_id:
        if stack_id in _doomed:
            return True
        record: dict[str, Any] = next((one for one in _stacks._stacks.values() if one["StackId"] == stack_id), {})
        stack_id = record.get("ParentId", "")
    return False


def _until_cancelled(original: Callable[..., Any]) -> Callable[..., Any]:
    """Make no more resources of a stack that is to be deleted."""

    def create(type_name: str, logical_id: str, properties: dict[str, Any], stack: str) -> Any:
        if _doomed and _cancelled(_stacks._stacks.get(stack, {}).get("StackId", "")):
            raise ValueError(custom_resources.CANCELLED)
        return original(type_name, logical_id, properties, stack)

    return create


def _noting(original: Callable[..., Coroutine[Any, Any, None]]) -> Callable[..., Coroutine[Any, Any, None]]:
    """Note the end of each deployment, so that a deletion can wait for it."""

    async def deploy(stack_name: str, stack_id: str, *rest: Any, **more: Any) -> None:
        _running[stack_id] = asyncio.Event()
        try:
            await original(stack_name, stack_id, *rest, **more)
        finally:
            _running.pop(stack_id).set()
            _doomed.discard(stack_id)

    return deploy


def _after_cancelling(original: Callable[..., Coroutine[Any, Any, None]]) -> Callable[..., Coroutine[Any, Any, None]]:
    """End a deployment before its stack is deleted: one that creates it at the next resource, another when it is done.

    Without this the emulator goes on with both at once, and the stack is there at the end.
    """

    async def delete(stack_name: str, stack_id: str, *rest: Any, **more: Any) -> None:
        end = _running.get(stack_id)
        if end is not None:
            if _stacks._stacks[stack_name]["StackStatus"] == "CREATE_IN_PROGRESS":
                _doomed.add(stack_id)
                _release(stack_id)
            await end.wait()
        await original(stack_name, stack_id, *rest, **more)

    return delete


def _release(stack_id: str) -> None:
    """End all waiting for answers and signals of a stack and of those nested in it."""
    within = {one["StackId"] for one in _stacks._stacks.values() if _cancelled(one["StackId"])} | {stack_id}
    for each in within:
        custom_resources.cancel(each)
    for (owner, _logical_id), waiter in list(_signals._waiting.items()):
        if owner in within:
            failure = {"Status": "FAILURE", "UniqueId": stack_id[-36:], "Reason": custom_resources.CANCELLED}
            _signals.deliver_signal(waiter["token"], failure)


def install() -> None:
    """Apply the corrections of this module."""
    replace(_operations, "_provision_resource", _until_cancelled)
    replace(_provisioners, "_provision_resource", _until_cancelled)
    for module in (_handlers, _change_sets):
        replace(module, "_deploy_stack_async", _noting)
    replace(_handlers, "_delete_stack_async", _after_cancelling)
    handlers = _handlers._ACTION_HANDLERS
    for action in ("DescribeStacks", "DescribeChangeSet"):
        handlers[action] = _without_empty_descriptions(handlers[action])
