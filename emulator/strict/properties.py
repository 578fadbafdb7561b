"""Hold properties against a registry schema, as leniently as CloudFormation does.

CloudFormation reads "1" as a number and 1 as a text where the schema wants one, and so on. The validation itself is
that of the library `jsonschema`; here stand the leniency, and what to do about values that are not known yet.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from jsonschema import Draft7Validator, ValidationError, validators  # type: ignore[import-untyped]

from emulator.strict.known import Unknown
from emulator.strict.registry import Schema

Path = tuple[str | int, ...]
_INTEGER = re.compile(r"[+-]?\d+")


@dataclass(frozen=True)
class Violation:
    """One way in which properties do not follow their schema.

    :param path: where, from the properties on.
    :param keyword: of JSON schema, for example `required`.
    :param value: the value at fault; for `required` and `additionalProperties` the name of the property.
    :param limit: what the schema says under that keyword.
    """

    path: Path
    keyword: str
    value: Any
    limit: Any = None


def violations(properties: dict[str, Any], schema: Schema) -> list[Violation]:
    """Return what is wrong with a resource's properties, each thing once."""
    body = {key: schema[key] for key in _CHECKED if key in schema}
    found: dict[str, Violation] = {}
    for error in _Validator(body).iter_errors(properties):
        for violation in _leaves(error):
            found.setdefault(repr(violation), violation)
    return list(found.values())


_CHECKED = (
    "properties", "patternProperties", "required", "additionalProperties", "definitions", "oneOf", "anyOf", "allOf",
    "dependencies",
)  # fmt: skip


def _leaves(error: Any) -> Iterator[Violation]:
    """Yield the violations behind one error: where no alternative holds, those of each alternative."""
    if error.validator in ("oneOf", "anyOf", "allOf") and error.context:
        for cause in error.context:
            yield from _leaves(cause)
        return
    value = error.message if error.validator in ("required", "additionalProperties") else error.instance
    yield Violation(tuple(error.absolute_path), error.validator, value, error.validator_value)


def text(value: Any) -> str:
    """Return how CloudFormation writes a single value as text."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _is_string(_checker: Any, value: Any) -> bool:
    return isinstance(value, str | bool | int | float | Unknown)


def _is_integer(_checker: Any, value: Any) -> bool:
    if isinstance(value, str):
        return _INTEGER.fullmatch(value) is not None
    return isinstance(value, Unknown) or (isinstance(value, int | float) and float(value).is_integer())


def _is_number(_checker: Any, value: Any) -> bool:
    return isinstance(value, Unknown) or _number(value) is not None


def _is_boolean(_checker: Any, value: Any) -> bool:
    return isinstance(value, bool | Unknown) or (isinstance(value, str) and value.lower() in ("true", "false"))


def _number(value: Any) -> float | None:
    try:
        return float(value)
    except (TypeError, ValueError):
        return None


def _holds_unknown(value: Any) -> bool:
    match value:
        case dict():
            return any(map(_holds_unknown, value.values()))
        case list():
            return any(map(_holds_unknown, value))
        case _:
            return isinstance(value, Unknown)


Keyword = Callable[[Any, Any, Any, Any], Iterator[Any] | None]


def _on_known(check: Keyword) -> Keyword:
    """Let a value pass that is not known yet."""
    return lambda validator, limit, value, schema: (
        None if isinstance(value, Unknown) else check(validator, limit, value, schema)
    )


def _on_wholly_known(check: Keyword) -> Keyword:
    """Let a value pass of which some part is not known yet: the part decides."""
    return lambda validator, limit, value, schema: (
        None if _holds_unknown(value) else check(validator, limit, value, schema)
    )


def _on_text(check: Keyword) -> Keyword:
    def lenient(validator: Any, limit: Any, value: Any, schema: Any) -> Any:
        return None if isinstance(value, dict | list) else check(validator, limit, text(value), schema)

    return lenient


def _on_number(check: Keyword) -> Keyword:
    def lenient(validator: Any, limit: Any, value: Any, schema: Any) -> Any:
        number = None if isinstance(value, bool) else _number(value)
        return None if number is None else check(validator, limit, number, schema)

    return lenient


def _required(_validator: Any, names: list[str], value: Any, _schema: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        yield from (ValidationError(name) for name in names if name not in value)


def _additional(validator: Any, allowed: Any, value: Any, schema: Any) -> Iterator[Any]:
    if not isinstance(value, dict):
        return
    patterns = schema.get("patternProperties", {})
    extra = [key for key in value if key not in schema.get("properties", {}) and not _matches_any(patterns, key)]
    if allowed is False:
        yield from (ValidationError(key) for key in extra)
    elif isinstance(allowed, dict):
        for key in extra:
            yield from validator.descend(value[key], allowed, path=key)


def _matches_any(patterns: dict[str, Any], key: str) -> bool:
    return any(_matches(pattern, key) for pattern in patterns)


def _matches(pattern: str, value: str) -> bool:
    try:
        return re.search(pattern, value) is not None
    except re.error:
        # Written for the regular expressions of Java, which have more than ours.
        return True


def _pattern(_validator: Any, pattern: str, value: str, _schema: Any) -> Iterator[Any]:
    if not _matches(pattern, value):
        yield ValidationError(pattern)


def _pattern_properties(validator: Any, patterns: dict[str, Any], value: Any, _schema: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        for pattern, schema in patterns.items():
            for key, member in value.items():
                if _matches(pattern, key):
                    yield from validator.descend(member, schema, path=key, schema_path=pattern)


def _enum(_validator: Any, allowed: list[Any], value: Any, _schema: Any) -> Iterator[Any]:
    if not isinstance(value, dict | list) and text(value) not in map(text, allowed):
        yield ValidationError(text(value))


def _enum_of_any_case(_validator: Any, allowed: list[Any], value: Any, _schema: Any) -> Iterator[Any]:
    if isinstance(value, str) and value.lower() not in {text(one).lower() for one in allowed}:
        yield ValidationError(value)


def _one_of(validator: Any, alternatives: list[Any], value: Any, schema: Any) -> Any:
    # A text that may be read as a number fits both; only between objects can exactly one be asked for.
    is_exact = isinstance(value, dict) and not _holds_unknown(value)
    check = Draft7Validator.VALIDATORS["oneOf" if is_exact else "anyOf"]
    yield from check(validator, alternatives, value, schema)


_ON_TEXT = {"minLength", "maxLength"}
_ON_NUMBERS = {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"}
_ON_ALL = {"not", "if", "uniqueItems", "const", "contains"}


def _lenient(name: str, check: Keyword) -> Keyword:
    if name in _ON_TEXT:
        return _on_known(_on_text(check))
    if name in _ON_NUMBERS:
        return _on_known(_on_number(check))
    return _on_wholly_known(check) if name in _ON_ALL else _on_known(check)


_OWN: dict[str, Keyword] = {
    "required": _required,
    "additionalProperties": _additional,
    "pattern": _on_text(_pattern),
    "patternProperties": _pattern_properties,
    "enum": _enum,
    "enumCaseInsensitive": _enum_of_any_case,
    "oneOf": _one_of,
}
_KEYWORDS = {name: _lenient(name, check) for name, check in Draft7Validator.VALIDATORS.items() if name not in _OWN} | {
    name: _on_known(check) for name, check in _OWN.items()
}
_TYPES = Draft7Validator.TYPE_CHECKER.redefine_many(
    {"string": _is_string, "integer": _is_integer, "number": _is_number, "boolean": _is_boolean}
)
_Validator = validators.extend(Draft7Validator, validators=_KEYWORDS, type_checker=_TYPES)
