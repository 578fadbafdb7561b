"""CloudFormation conditions: the functions that a comparison may use.

The emulator compares parameters only; the CDK's bootstrap template compares what `Fn::Join` makes of one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any

from emulator.plugin.borrowed import borrow, replace

_engine = borrow("services.cloudformation.engine", "_evaluate_conditions", "_resolve_refs")
_importers: tuple[ModuleType, ...] = (
    borrow("services.cloudformation.changesets", "_evaluate_conditions"),
    borrow("services.cloudformation.handlers", "_evaluate_conditions"),
    borrow("services.cloudformation.stacks", "_evaluate_conditions"),
    borrow("services.cloudformation.provisioners"),
    _engine,
)
_FUNCTIONS = frozenset({"Fn::FindInMap", "Fn::Join", "Fn::Split", "Fn::Sub"})

Evaluate = Callable[[dict[str, Any], dict[str, Any]], dict[str, bool]]


def _with_functions(original: Evaluate) -> Evaluate:
    def evaluate(template: dict[str, Any], params: dict[str, Any]) -> dict[str, bool]:
        conditions = template.get("Conditions")
        if not conditions:
            return original(template, params)
        return original({**template, "Conditions": _resolved(conditions, params, template.get("Mappings", {}))}, params)

    return evaluate


def _resolved(value: Any, params: Mapping[str, Any], mappings: Mapping[str, Any]) -> Any:
    """Return a condition in which each function and each pseudo parameter is replaced by its value."""
    match value:
        case list():
            return [_resolved(each, params, mappings) for each in value]
        case {"Ref": str(name)} if name.startswith("AWS::"):
            return _engine._resolve_refs(value, {}, params, {}, mappings, "", "")
        case dict() if _FUNCTIONS & value.keys():
            return _engine._resolve_refs(value, {}, params, {}, mappings, "", "")
        case dict():
            return {key: _resolved(each, params, mappings) for key, each in value.items()}
    return value


def install() -> None:
    """Apply the corrections of this module wherever the function is known by its own name."""
    for module in _importers:
        if hasattr(module, "_evaluate_conditions"):
            replace(module, "_evaluate_conditions", _with_functions)
