"""Nested stacks: checked, rolled back and deleted as other stacks are.

The emulator leaves behind what a nested stack had made before it failed; and when it deletes one, it does so whatever
the deletion policies say, and forgets what it could not delete. All of this runs on threads of its own, so may wait.
"""

from __future__ import annotations

import asyncio
from typing import Any

from emulator.plugin.borrowed import borrow
from emulator.plugin.resources import Create, Created, Delete, Properties, amend
from emulator.plugin.templates import check_nested

_cloudformation = borrow("services.cloudformation", "_stacks")
_operations = borrow("services.cloudformation.stacks", "_delete_stack_async")
_provisioners = borrow("services.cloudformation.provisioners", "_nested_stack_lookup_name")

TYPE = "AWS::CloudFormation::Stack"


def _create_or_nothing(original: Create) -> Create:
    def create(logical_id: str, properties: Properties, stack: str) -> Created:
        check_nested(properties)
        before = set(_children(stack))
        try:
            return original(logical_id, properties, stack)
        except Exception as error:
            for name in set(_children(stack)) - before:
                _delete(name)
            raise ValueError(f"Embedded stack was not successfully created: {error}") from error

    return create


def _children(stack: str) -> list[str]:
    return [name for name, one in _cloudformation._stacks.items() if one.get("_parent_stack_name") == stack]


def _checked_update(original: Any) -> Any:
    def update(identifier: str, before: Properties, after: Properties, *rest: Any) -> Created:
        check_nested(after)
        created: Created = original(identifier, before, after, *rest)
        return created

    return update


def _delete_as_a_stack(_original: Delete) -> Delete:
    def delete(identifier: str, _properties: Properties) -> None:
        stack = _delete(_provisioners._nested_stack_lookup_name(identifier))
        if stack.get("StackStatus", "DELETE_COMPLETE") != "DELETE_COMPLETE":
            reason = stack.get("StackStatusReason", "")
            raise ValueError(f"Embedded stack {stack['StackId']} was not successfully deleted: {reason}")

    return delete


def _delete(name: str) -> dict[str, Any]:
    """Delete a nested stack, as far as it goes, and return its record."""
    stack: dict[str, Any] = _cloudformation._stacks.get(name) or {}
    if stack.get("StackStatus", "DELETE_COMPLETE") != "DELETE_COMPLETE":
        asyncio.run(_operations._delete_stack_async(name, stack["StackId"]))
    return stack


def install() -> None:
    """Apply the corrections of this module."""
    amend(TYPE, create=_create_or_nothing, update=_checked_update, delete=_delete_as_a_stack)
