"""CloudFormation exports: a name belongs to one stack, and what another imports can be neither changed nor removed.

The emulator lets a second stack take a name, lets updates change and remove what is imported, and keeps the names that
an update has dropped.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from emulator.plugin.borrowed import borrow, replace

_cloudformation = borrow("services.cloudformation", "_exports", "_stacks")
_handlers = borrow(
    "services.cloudformation.handlers", "_ACTION_HANDLERS", "_imported_export_names", "_p", "_resolve_stack", "_xml"
)
_operations = borrow("services.cloudformation.stacks", "_add_event", "_resolve_stack_outputs")

Resolved = tuple[list[dict[str, Any]], dict[str, dict[str, str]]]
Resolve = Callable[..., Resolved]
Call = Callable[[dict[str, Any]], Any]


def _keeping_imported_exports(original: Resolve) -> Resolve:
    def resolve(*arguments: Any) -> Resolved:
        outputs, exports = original(*arguments)
        stack_name, stack_id = arguments[-2:]
        _refuse_taken(outputs, stack_name, stack_id)
        own = {name: one for name, one in _cloudformation._exports.items() if one["StackId"] == stack_id}
        for name, before in own.items():
            _refuse_change(name, before, exports)
        for name in own.keys() - exports.keys():
            _cloudformation._exports.pop(name)
        return outputs, exports

    return resolve


def _refuse_taken(outputs: list[dict[str, Any]], stack_name: str, stack_id: str) -> None:
    names = Counter(output["ExportName"] for output in outputs if "ExportName" in output)
    for name, times in names.items():
        holder = _cloudformation._exports.get(name)
        is_foreign = holder is not None and holder["StackId"] != stack_id
        if is_foreign or times > 1:
            owner = holder["StackId"].split("/")[1] if is_foreign else stack_name
            raise ValueError(f"Export with name {name} is already exported by stack {owner}")


def _refuse_change(name: str, before: Mapping[str, str], exports: Mapping[str, Mapping[str, str]]) -> None:
    after = exports.get(name)
    importers = ", ".join(importers_of(name, before["StackId"]))
    if not importers or (after is not None and after["Value"] == before["Value"]):
        return
    if after is None:
        raise ValueError(_no_deletion(name, importers))
    raise ValueError(f"Export {name} cannot be updated as it is in use by {importers}")


def _no_deletion(name: str, importers: str) -> str:
    return f"Delete canceled. Cannot delete export {name} as it is in use by {importers}."


def importers_of(export: str, exporting_stack: str) -> list[str]:
    """Return the names of the stacks that import an export, in order.

    :param exporting_stack: its id.
    """
    return sorted(
        name
        for name, stack in _cloudformation._stacks.items()
        if stack["StackId"] != exporting_stack
        and stack.get("StackStatus") != "DELETE_COMPLETE"
        and export in _handlers._imported_export_names(stack, name)
    )


def _cancelling(original: Call) -> Call:
    """Leave a stack as it is that others import from; the request succeeds, and an event tells why nothing happens."""

    def delete(params: dict[str, Any]) -> Any:
        stack = _handlers._resolve_stack(_handlers._p(params, "StackName"))
        reason = _in_use(stack) if stack else None
        if stack is None or reason is None or stack.get("EnableTerminationProtection"):
            return original(params)
        stack["StackStatusReason"] = reason
        identifier, name = stack["StackId"], stack["StackName"]
        _operations._add_event(
            identifier, name, name, "AWS::CloudFormation::Stack", stack["StackStatus"], reason, identifier
        )
        return _handlers._xml(200, "DeleteStackResponse", "")

    return delete


def _in_use(stack: dict[str, Any]) -> str | None:
    for output in stack.get("Outputs", []):
        name = output.get("ExportName")
        importers = importers_of(name, stack["StackId"]) if name else []
        if importers:
            return _no_deletion(name, ", ".join(importers))
    return None


def install() -> None:
    """Apply the corrections of this module."""
    replace(_operations, "_resolve_stack_outputs", _keeping_imported_exports)
    actions = _handlers._ACTION_HANDLERS
    actions["DeleteStack"] = _cancelling(actions["DeleteStack"])
