"""What a request's body has to be to be kept as what it is said to be, and with which type it is kept."""

from __future__ import annotations

import re
from typing import Literal

from pydantic_core import from_json

from lambda_src.shared.errors import Detail, InvalidInputError

type Kind = Literal["string", "json", "binary"]

TEXT = "text/plain; charset=utf-8"
JSON = "application/json"
ANY_BYTES = "application/octet-stream"

_CONTENT_TYPE = re.compile(r"[\x21-\x7e][\x20-\x7e]{0,255}")


def check_body(kind: Kind, body: bytes, content_type: str) -> str:
    """Return the type with which a body is kept.

    :param content_type: what the request calls it; counts for bytes only, and only if it is harmless in a header.
    :raises InvalidInputError: if it is no UTF-8 or no JSON, as far as it should be.
    """
    match kind:
        case "string":
            _check_text(body)
            return TEXT
        case "json":
            _check_json(body)
            return JSON
        case "binary":
            return content_type if _CONTENT_TYPE.fullmatch(content_type) else ANY_BYTES


def _check_text(body: bytes) -> None:
    try:
        body.decode()
    except UnicodeDecodeError as error:
        problem = f"the body is no text in UTF-8: byte {error.start} cannot be read; send it as binary"
        raise InvalidInputError("invalid-text", problem, [Detail("body", problem)]) from None


def _check_json(body: bytes) -> None:
    """Refuse what is no JSON, has numbers that JSON does not know, or is nested deeper than readers take."""
    try:
        # Nothing is kept of what was read; texts need not be remembered for their next occurrence.
        from_json(body, allow_inf_nan=False, cache_strings=False)
    except ValueError as error:
        problem = f"the body is not JSON that can be read: {error}"
        raise InvalidInputError("invalid-json", problem, [Detail("body", problem)]) from None
