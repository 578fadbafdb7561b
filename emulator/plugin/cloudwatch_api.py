"""How operations of CloudWatch's API are put in place of the emulator's: once, for both protocols that clients speak.

Newer clients send JSON, older ones forms with names such as `MetricData.member.1.MetricName`; they want XML back.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from xml.sax.saxutils import escape

from emulator.plugin.borrowed import borrow, replace

_cw = borrow("services.cloudwatch", "_cbor_ok", "_error", "_json_ok", "_xml")

Body = dict[str, Any]
Response = tuple[int, dict[str, str], bytes]


class ApiError(Exception):
    """An operation is refused.

    :param code: the error's name in the API.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def serve(operation: str, name: str, answer: Callable[[Body], Body]) -> None:
    """Have an operation answered by a function of ours.

    :param operation: for example `PutMetricData`.
    :param name: of the emulator's function for it, which the caller borrows.
    :param answer: gets the request, returns the answer with times in seconds since 1970; may raise :class:`ApiError`.
    """

    def handle(form: dict[str, Any], body: Body, is_cbor: bool, is_json: bool = False) -> Response:
        try:
            content = answer(body if is_cbor or is_json else from_form(form))
        except ApiError as error:
            refusal: Response = _cw._error(error.code, str(error), 400, use_json=is_json, use_cbor=is_cbor)
            return refusal
        encode = _cw._cbor_ok if is_cbor else _cw._json_ok
        reply: Response = encode(content) if is_cbor or is_json else _as_xml(operation, content)
        return reply

    replace(_cw, name, lambda _original: handle)


def from_form(form: dict[str, Any]) -> Body:
    """Return the request that a form stands for; its values stay text."""
    request: Body = {}
    for key, value in form.items():
        place: Any = request
        *path, last = key.split(".")
        for part in path:
            place = place.setdefault(part, {})
        place[last] = value[0] if isinstance(value, list) else value
    return {key: _lists(value) for key, value in request.items() if key not in ("Action", "Version")}


def _lists(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    if set(value) == {"member"}:
        members = value["member"]
        return [_lists(members[number]) for number in sorted(members, key=int)]
    return {key: _lists(inner) for key, inner in value.items()}


def _as_xml(operation: str, content: Body) -> Response:
    result = "".join(_element(name, value) for name, value in content.items())
    reply: Response = _cw._xml(200, f"{operation}Response", f"<{operation}Result>{result}</{operation}Result>")
    return reply


def _element(name: str, value: Any) -> str:
    match value:
        case None:
            return ""
        case dict():
            inner = "".join(_element(key, item) for key, item in value.items())
        case list():
            kind = "Timestamp" if name.endswith("Timestamps") else "member"
            inner = "".join(f"<member>{_inner(kind, item)}</member>" for item in value)
        case _:
            inner = _inner(name, value)
    return f"<{name}>{inner}</{name}>"


def _inner(name: str, value: Any) -> str:
    match value:
        case dict():
            return "".join(_element(key, item) for key, item in value.items())
        case bool():
            return str(value).lower()
        case int() | float() if name.endswith("Timestamp"):
            return datetime.fromtimestamp(value, UTC).isoformat()
        case _:
            return escape(str(value))
