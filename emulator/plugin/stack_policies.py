"""Stack policies: an update changes only what its stack's policy allows. The emulator stores the policy, no more.

What a policy means stands in :mod:`emulator.strict.stack_policy`.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

from emulator.plugin.borrowed import borrow, replace
from emulator.plugin.resources import Properties
from emulator.strict.stack_policy import Action, refusal

_cloudformation = borrow("services.cloudformation", "_stacks")
_handlers = borrow("services.cloudformation.handlers", "_ACTION_HANDLERS")
_helpers = borrow("services.cloudformation.helpers", "_error", "_resolve_document")
_operations = borrow("services.cloudformation.stacks", "_add_event", "_resolve_stack_outputs", "_update_resource")
_provisioners = borrow("services.cloudformation.provisioners", "_replacing_change")

_during_update: ContextVar[str] = ContextVar("slipway_policy_during_update", default="")
"""The policy for one update alone; its background task inherits it."""

Call = Callable[[dict[str, Any]], Any]


def _with_policies(original: Call) -> Call:
    """Refuse a policy that is none, and note the one for this update."""

    def handle(params: dict[str, Any]) -> Any:
        texts = []
        for name in ("StackPolicy", "StackPolicyDuringUpdate"):
            text, problem = _helpers._resolve_document(params, f"{name}Body", f"{name}URL", "Stack policy")
            if problem is not None:
                return problem
            if text and not _is_policy(text):
                return _helpers._error("ValidationError", "Error validating stack policy: Invalid stack policy")
            texts.append(text or "")
        token = _during_update.set(texts[1])
        try:
            return original(params)
        finally:
            _during_update.reset(token)

    return handle


def _is_policy(text: str) -> bool:
    try:
        policy = json.loads(text)
    except ValueError:
        return False
    return isinstance(policy, dict) and "Statement" in policy


def _refusal(stack: dict[str, Any], action: Action, logical_id: str, type_name: str) -> str | None:
    if stack.get("StackStatus") != "UPDATE_IN_PROGRESS":
        # What an update changed, its rollback may change back.
        return None
    return refusal(_during_update.get() or stack.get("_stack_policy", ""), action, logical_id, type_name)


def _keeping(original: Callable[..., Any]) -> Callable[..., Any]:
    def update(
        type_name: str, identifier: str, before: Properties, after: Properties, stack: str, logical_id: str, *rest: Any
    ) -> Any:
        record = _cloudformation._stacks.get(stack)
        if before != after and record is not None:
            is_replaced = bool(_provisioners._replacing_change(type_name, before, after))
            reason = _refusal(record, "Update:Replace" if is_replaced else "Update:Modify", logical_id, type_name)
            if reason:
                raise ValueError(reason)
        return original(type_name, identifier, before, after, stack, logical_id, *rest)

    return update


def _keeping_removed(original: Callable[..., Any]) -> Callable[..., Any]:
    """Refuse to remove resources at the last moment before the emulator does."""

    def resolve(outputs: Any, conditions: Any, remaining: dict[str, Any], *rest: Any) -> Any:
        stack_name, stack_id = rest[-2:]
        stack = _cloudformation._stacks.get(stack_name) or {}
        for logical_id, record in stack.get("_resources", {}).items():
            reason = logical_id not in remaining and _refusal(
                stack, "Update:Delete", logical_id, record["ResourceType"]
            )
            if reason:
                _operations._add_event(
                    stack_id, stack_name, logical_id, record["ResourceType"], "UPDATE_FAILED", reason,
                    record["PhysicalResourceId"],
                )  # fmt: skip
                raise ValueError(reason)
        return original(outputs, conditions, remaining, *rest)

    return resolve


def install() -> None:
    """Apply the corrections of this module."""
    actions = _handlers._ACTION_HANDLERS
    for name in ("CreateStack", "UpdateStack"):
        actions[name] = _with_policies(actions[name])
    replace(_operations, "_update_resource", _keeping)
    replace(_operations, "_resolve_stack_outputs", _keeping_removed)
