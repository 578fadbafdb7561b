"""Keep what only ever grows in the emulator within bounds, so that it can run for days; AWS has time limits for most.

Logs and metrics have bounds of their own (:mod:`emulator.plugin.logs`, :mod:`emulator.plugin.metrics`), idle functions
too (:mod:`emulator.plugin.execution`). Contents of S3 objects are not bounded: they are what the user put there.
"""

from __future__ import annotations

import asyncio
from typing import Any

from emulator.plugin import instances
from emulator.plugin.borrowed import borrow

_stacks = borrow("services.cloudformation", "_change_sets", "_stack_events", "_stacks")
_events = borrow("services.eventbridge", "_events_log")
_ssm = borrow("services.ssm", "_parameter_history")
_sts = borrow("services.sts", "_sessions")

INTERVAL_SECONDS = 2.0
DELETED_STACKS = 100
"""Deleted stacks that can still be described; AWS keeps them for 90 days."""

EVENTS_PER_STACK = 2000
CHANGE_SETS = 100
"""Change sets that are through; AWS removes them with the next one."""

EVENTS = 1000
"""Events that went over EventBridge; only the emulator itself looks at them."""

PARAMETER_VERSIONS = 100
"""As on AWS ("Maximum number of parameter versions" in the Systems Manager quotas)."""

SESSIONS = 10_000
"""Temporary credentials that have not expired; those that have go by themselves."""

_THROUGH = frozenset({"EXECUTE_COMPLETE", "EXECUTE_FAILED", "OBSOLETE"})


async def keep() -> None:
    """Trim all stores again and again, for ever."""
    while True:
        await asyncio.sleep(INTERVAL_SECONDS)
        trim()


def trim() -> None:
    """Remove the oldest of everything that has grown beyond its bound."""
    deleted = [key for key, stack in _items(_stacks._stacks) if stack.get("StackStatus") == "DELETE_COMPLETE"]
    for key in deleted[:-DELETED_STACKS]:
        _stacks._stacks._data.pop(key, None)
    # Events stand under the id of their stack; a stack of the same name has another one.
    known = {stack.get("StackId") for _key, stack in _items(_stacks._stacks)}
    orphaned = [key for key, _each in _items(_stacks._stack_events) if key[-1] not in known]
    for key in orphaned[:-DELETED_STACKS]:
        _stacks._stack_events._data.pop(key, None)
    through = [key for key, each in _items(_stacks._change_sets) if each.get("ExecutionStatus") in _THROUGH]
    for key in through[:-CHANGE_SETS]:
        _stacks._change_sets._data.pop(key, None)
    for key in list(_sts._sessions)[:-SESSIONS]:
        _sts._sessions.pop(key, None)
    instances.forget_old()
    _shorten(_stacks._stack_events, EVENTS_PER_STACK)
    _shorten(_events._events_log, EVENTS)
    _shorten(_ssm._parameter_history, PARAMETER_VERSIONS)


def _items(store: Any) -> list[tuple[tuple[str, ...], dict[str, Any]]]:
    """Return all entries, oldest first, whatever account and region they belong to."""
    return list(store._data.items())


def _shorten(store: Any, length: int) -> None:
    for _key, entries in _items(store):
        if isinstance(entries, list) and len(entries) > length:
            del entries[:-length]
