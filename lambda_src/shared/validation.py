"""Typed reading of requests: a pydantic model, or an error that says which value is wrong and what is allowed.

Powertools' own `enable_validation` is not used: it adds a third to the cold import (its OpenAPI machinery) and its
errors carry neither the bad value nor what is allowed, nor can they take the shape that all our services share.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from lambda_src.shared.errors import Detail, InvalidInputError, JsonScalar

LONGEST_VALUE = 100
"""Characters of a bad value that are sent back; the caller knows the rest."""

MOST_DETAILS = 20
"""A list of thousands of wrong texts needs no thousand messages."""

_ALLOWED_KEYS = ("expected", "pattern", "max_length", "min_length", "le", "ge", "lt", "gt")
"""Keys of pydantic's error context that tell what would have been accepted."""

_NAME = re.compile(r"(?!\.\.?$)[A-Za-z0-9._-]{1,128}")


def parse_json[Model: BaseModel](model: type[Model], body: bytes) -> Model:
    """Read a JSON body.

    :raises InvalidInputError: if it is no JSON or does not fit the model.
    """
    try:
        return model.model_validate_json(body)
    except ValidationError as error:
        raise _invalid(error, "body") from error


def parse_query[Model: BaseModel](model: type[Model], query: Mapping[str, str]) -> Model:
    """Read the query string.

    :raises InvalidInputError: if it does not fit the model.
    """
    try:
        return model.model_validate_strings(dict(query))
    except ValidationError as error:
        raise _invalid(error, "query") from error


def check_name(path: str, value: str, pattern: re.Pattern[str] = _NAME) -> str:
    """Return a part of the request's path that becomes part of an object's name, if it is safe for that.

    :param path: where the value stands, for the message, for example `path.key`.
    :raises InvalidInputError: if it does not match the pattern.
    """
    if pattern.fullmatch(value):
        return value
    name = path.rpartition(".")[2]
    detail = Detail(path, "the value has characters or a length that are not allowed", shorten(value), pattern.pattern)
    raise InvalidInputError("invalid-name", f"the {name} in the path cannot be used; see details", [detail])


def shorten(value: object) -> JsonScalar:
    """Return a value as it may be shown in a reply: scalars as they are, everything else as a short text."""
    if value is None or isinstance(value, bool | int | float):
        return value
    text = value if isinstance(value, str) else repr(value)
    return text if len(text) <= LONGEST_VALUE else f"{text[:LONGEST_VALUE]}…"


def _invalid(error: ValidationError, place: str) -> InvalidInputError:
    problems = error.errors(include_url=False)
    details = [_detail(problem, place) for problem in problems[:MOST_DETAILS]]
    if problems[0]["type"] == "json_invalid":
        return InvalidInputError("invalid-json", "the body is not JSON; see details", details)
    count = f"{len(problems)} value{'s' if len(problems) > 1 else ''}"
    return InvalidInputError("invalid-input", f"the {place} has {count} that cannot be accepted; see details", details)


def _detail(problem: ErrorDetails, place: str) -> Detail:
    path = ".".join([place, *(str(part) for part in problem["loc"])])
    message = problem["msg"].removeprefix("Value error, ")
    context = problem.get("ctx", {})
    # Never shortened: it is ours, and half a list of what is allowed would help nobody.
    allowed = next((context[key] for key in _ALLOWED_KEYS if key in context), None)
    # Of a missing or malformed value, pydantic names the whole surrounding object: no help, and possibly a page.
    value = None if problem["type"] in ("missing", "json_invalid") else shorten(problem["input"])
    return Detail(path, message[:1].lower() + message[1:], value, allowed)
