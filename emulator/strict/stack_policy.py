"""Stack policies: which updates of a stack's resources are allowed.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/protect-stack-resources.html
"""

from __future__ import annotations

import fnmatch
import json
from collections.abc import Mapping
from typing import Any, Literal

Action = Literal["Update:Modify", "Update:Replace", "Update:Delete"]


def refusal(policy: str, action: Action, logical_id: str, type_name: str) -> str | None:
    """Return why a policy does not let a resource be changed, in the words of AWS; None if it does.

    :param policy: JSON text; empty for a stack without policy, whose resources may all be changed.
    """
    if not policy:
        return None
    statements = json.loads(policy).get("Statement", [])
    resource = f"LogicalResourceId/{logical_id}"
    is_allowed = False
    for number, statement in enumerate(_list(statements), 1):
        if not _applies(statement, action, resource, type_name):
            continue
        if statement.get("Effect") == "Deny":
            statement_and_action = f"Statement [#{number}] does not allow [{action}]"
            return f"Action denied by stack policy: {statement_and_action} for resource [{resource}];"
        is_allowed = True
    return None if is_allowed else "Action not allowed by stack policy"


def _applies(statement: Mapping[str, Any], action: Action, resource: str, type_name: str) -> bool:
    return (
        _covers(statement, "Action", action)
        and _covers(statement, "Resource", resource)
        and all(
            _meets(operator, pattern, type_name)
            for operator, keys in statement.get("Condition", {}).items()
            for pattern in _list(keys.get("ResourceType", "*"))
        )
    )


def _covers(statement: Mapping[str, Any], element: str, value: str) -> bool:
    """Tell whether an element of a statement, or else its `Not...`, covers a value."""
    if f"Not{element}" in statement:
        return not any(_matches(pattern, value) for pattern in _list(statement[f"Not{element}"]))
    return any(_matches(pattern, value) for pattern in _list(statement.get(element, [])))


def _meets(operator: str, pattern: str, type_name: str) -> bool:
    return pattern == type_name if operator == "StringEquals" else _matches(pattern, type_name)


def _matches(pattern: str, value: str) -> bool:
    return fnmatch.fnmatchcase(value, pattern)


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
