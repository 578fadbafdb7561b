"""CloudFormation resource types as they stand when everything is installed: which there are, and how they change."""

from __future__ import annotations

from typing import Any

from emulator.plugin.borrowed import borrow

_cfn = borrow(
    "services.cloudformation.provisioners", "_REPLACING_PROPERTIES", "_RESOURCE_HANDLERS", "_STACK_TAG_PROPERTY"
)
_drift = borrow("services.cloudformation.drift", "supports_drift")


def describe(_arguments: dict[str, Any]) -> dict[str, Any]:
    """Return each type with the properties that replace it, its property of tags, and whether drift is seen.

    A command of the control API.
    """
    return {
        name: {
            "replacing": sorted(_cfn._REPLACING_PROPERTIES.get(name, ())),
            "tags": (_cfn._STACK_TAG_PROPERTY.get(name) or (None,))[0],
            "drift": bool(_drift.supports_drift(name)),
        }
        for name in sorted(_cfn._RESOURCE_HANDLERS)
    }
