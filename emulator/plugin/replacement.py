"""CloudFormation: which changes replace a resource, for every type as its schema in the registry says.

The emulator has a list of its own for some types, and changes the others in place where AWS would replace them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal

from emulator.plugin.borrowed import borrow, replace
from emulator.plugin.resources import region
from emulator.strict.registry import Schema, installed

_cfn = borrow(
    "services.cloudformation.provisioners", "_property_recreation", "_REPLACING_PROPERTIES", "_replacing_change"
)
_stacks = borrow("services.cloudformation.stacks", "_property_recreation", "_replacing_change")

Recreation = Literal["Always", "Conditionally", "Never"]
Properties = Mapping[str, Any]


def recreation(schema: Schema, name: str) -> Recreation:
    """Tell whether a change of a property makes a new resource.

    :param name: of a property at the top of the schema.
    """
    if _holds(schema, "createOnlyProperties", name):
        return "Always"
    may = _holds(schema, "conditionalCreateOnlyProperties", name) or any(path[0] == name for path in _inner(schema))
    return "Conditionally" if may else "Never"


def _inner(schema: Schema) -> list[list[str]]:
    """Return where create-only properties lie inside of others; those of a list's items are left out."""
    paths = [path.removeprefix("/properties/").split("/") for path in schema.get("createOnlyProperties", [])]
    return [path for path in paths if len(path) > 1 and "*" not in path]


def inner_change(schema: Schema, old: Properties, new: Properties) -> bool:
    """Tell whether a create-only property inside of another one has changed."""
    return any(_value_at(old, path) != _value_at(new, path) for path in _inner(schema))


def _value_at(properties: Properties, path: list[str]) -> Any:
    value: Any = properties
    for step in path:
        value = value.get(step) if isinstance(value, dict) else None
    return value


def _holds(schema: Schema, keyword: str, name: str) -> bool:
    return f"/properties/{name}" in schema.get(keyword, [])


def _as_registered(original: Any) -> Any:
    def property_recreation(type_name: str, name: str) -> Recreation:
        if name in _cfn._REPLACING_PROPERTIES.get(type_name, ()):
            return "Always"
        schema = installed().schema(type_name, region())
        if schema is None:
            known: Recreation = original(type_name, name)
            return known
        return recreation(schema, name)

    return property_recreation


def _with_inner_changes(original: Callable[[str, Properties, Properties], bool]) -> Any:
    def replacing_change(type_name: str, old: Properties, new: Properties) -> bool:
        schema = installed().schema(type_name, region())
        return original(type_name, old, new) or (schema is not None and inner_change(schema, old, new))

    return replacing_change


def install() -> None:
    """Apply the corrections of this module."""
    for module in (_cfn, _stacks):
        replace(module, "_property_recreation", _as_registered)
        replace(module, "_replacing_change", _with_inner_changes)
