"""CloudFormation exports: one that another stack imports can be neither changed nor removed by an update.

The emulator refuses to delete such a stack, but lets an update of it go through, which on AWS fails and is rolled back.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from emulator.plugin.borrowed import borrow, replace

_cloudformation = borrow("services.cloudformation", "_exports", "_stacks")
_handlers = borrow("services.cloudformation.handlers", "_imported_export_names")
_operations = borrow("services.cloudformation.stacks", "_resolve_stack_outputs")

Resolved = tuple[list[dict[str, Any]], dict[str, dict[str, str]]]
Resolve = Callable[..., Resolved]


def _keeping_imported_exports(original: Resolve) -> Resolve:
    def resolve(*arguments: Any) -> Resolved:
        outputs, exports = original(*arguments)
        stack_id = arguments[-1]
        for name, before in _cloudformation._exports.items():
            if before["StackId"] == stack_id:
                _refuse_change(name, before, exports)
        return outputs, exports

    return resolve


def _refuse_change(name: str, before: Mapping[str, str], exports: Mapping[str, Mapping[str, str]]) -> None:
    after = exports.get(name)
    if after is not None and after["Value"] == before["Value"]:
        return
    importers = _importers(name, before["StackId"])
    if importers:
        change = "deleted" if after is None else "updated"
        raise ValueError(f"Export {name} cannot be {change} as it is in use by {', '.join(importers)}")


def _importers(export: str, exporting_stack: str) -> list[str]:
    return sorted(
        name
        for name, stack in _cloudformation._stacks.items()
        if stack["StackId"] != exporting_stack
        and stack.get("StackStatus") != "DELETE_COMPLETE"
        and export in _handlers._imported_export_names(stack, name)
    )


def install() -> None:
    """Apply the corrections of this module."""
    replace(_operations, "_resolve_stack_outputs", _keeping_imported_exports)
