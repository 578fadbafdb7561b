"""CloudFormation: which changes replace a resource, for every type as its schema in the registry says.

The emulator has a list of its own for some types, and changes the others in place where AWS would replace them.
"""

from __future__ import annotations

from typing import Any, Literal

from emulator.plugin.borrowed import borrow, replace
from emulator.plugin.resources import region
from emulator.strict.registry import Schema, installed

_cfn = borrow("services.cloudformation.provisioners", "_property_recreation", "_REPLACING_PROPERTIES")
_stacks = borrow("services.cloudformation.stacks", "_property_recreation")

Recreation = Literal["Always", "Conditionally", "Never"]


def recreation(schema: Schema, name: str) -> Recreation:
    """Tell whether a change of a property makes a new resource.

    :param name: of a property at the top of the schema.
    """
    if _holds(schema, "createOnlyProperties", name):
        return "Always"
    return "Conditionally" if _holds(schema, "conditionalCreateOnlyProperties", name) else "Never"


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


def install() -> None:
    """Apply the corrections of this module."""
    for module in (_cfn, _stacks):
        replace(module, "_property_recreation", _as_registered)
