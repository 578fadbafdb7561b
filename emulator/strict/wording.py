"""The words in which CloudFormation says what is wrong with a resource's properties.

There are two sets: of the validation before a deployment (`DescribeEvents`), and of the resource that fails during one.
Those of the latter are the words of the library that CloudFormation validates with, everit-org/json-schema. The
examples in the tests are from reports of users, those of the former from the CDK's and from ministack's notes on what
AWS answered.
"""

from __future__ import annotations

from typing import Any

from emulator.strict.properties import Violation, text

_TYPES = {
    "string": "String", "integer": "Integer", "number": "Number", "boolean": "Boolean", "array": "JSONArray",
    "object": "JSONObject", "null": "Null",
}  # fmt: skip
_COMPARISONS = {
    "minimum": "is not higher or equal to",
    "maximum": "is not less or equal to",
    "exclusiveMinimum": "is not higher than",
    "exclusiveMaximum": "is not less than",
    "multipleOf": "is not a multiple of",
}


def type_of(value: Any) -> str:
    """Return the name of a value's type."""
    match value:
        case None:
            return "Null"
        case bool():
            return "Boolean"
        case int():
            return "Integer"
        case float():
            return "Double"
        case dict():
            return "JSONObject"
        case list():
            return "JSONArray"
        case _:
            return "String"


def _expected(types: str | list[str]) -> str:
    names = [_TYPES.get(name, name) for name in ([types] if isinstance(types, str) else types)]
    return names[0] if len(names) == 1 else f"one of the following types: {', '.join(names)}"


def before_deployment(violation: Violation) -> str:
    """Return the reason that the event of the validation before a deployment gives."""
    match violation.keyword:
        case "required":
            return f"Required property [{violation.value}] not found"
        case "additionalProperties":
            return f"Unsupported property [{violation.value}]"
        case "type":
            name = violation.path[-1] if violation.path else "Properties"
            return f"Property [{name}] expected type: {_expected(violation.limit)}, found: {type_of(violation.value)}"
        case "enum" | "enumCaseInsensitive":
            allowed = ", ".join(map(text, violation.limit))
            return f"{text(violation.value)} is not a valid enum value. Supported values: [{allowed}]"
        case _:
            return _while_deploying(violation)


def while_deploying(logical_id: str, violations: list[Violation]) -> str:
    """Return the reason that a resource fails with."""
    lines = "\n".join(map(_while_deploying, violations))
    return f"Properties validation failed for resource {logical_id} with message:\n{lines}"


def _while_deploying(violation: Violation) -> str:
    return f"{'/'.join(('#', *map(str, violation.path)))}: {_fault(violation)}"


def _fault(violation: Violation) -> str:
    value, limit = violation.value, violation.limit
    match violation.keyword:
        case "required":
            return f"required key [{value}] not found"
        case "additionalProperties":
            return f"extraneous key [{value}] is not permitted"
        case "type":
            return f"expected type: {_expected(limit)}, found: {type_of(value)}"
        case "enum" | "enumCaseInsensitive":
            return f"{text(value)} is not a valid enum value"
        case "minLength" | "maxLength" as keyword:
            return f"expected {keyword}: {limit}, actual: {len(text(value))}"
        case "minItems" | "maxItems" as keyword:
            return f"expected {keyword[:3]}imum item count: {limit}, found: {len(value)}"
        case "uniqueItems":
            return "array items are not unique"
        case "oneOf":
            return "2 subschemas matched instead of one"
        case keyword if keyword in _COMPARISONS:
            return f"{text(value)} {_COMPARISONS[keyword]} {limit}"
        case keyword:
            return f"failed validation constraint for keyword [{keyword}]"
