"""The conditions within filter patterns: comparisons of fields, joined by `&&` and `||`.

Sources: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/matching-terms-json-log-events.html,
https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/matching-terms-spacedelimited-log-events.html
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

Field = str | float | bool | None | list["Field"] | dict[str, "Field"]
"""A value within a log event."""


class Absent:
    """There is no such field."""


ABSENT = Absent()
Lookup = Callable[[str], Field | Absent]
"""Gives the value of a field by its selector, such as `$.latency`, or by its name."""

Test = Callable[[Lookup], bool]

_TOKEN = re.compile(
    r'\s*(?:(?P<quoted>"(?:[^"\\]|\\.)*")|(?P<regex>%[^%]+%)|(?P<sign>&&|\|\||!=|<=|>=|[=<>()])'
    r"|(?P<selector>\$(?:\.?\[[^\]]+\]|\.?[\w\-@:]+)+)|(?P<word>[^\s=<>!()&|\"]+))"
)
_ORDER: Mapping[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


class PatternError(Exception):
    """A filter pattern is not valid; the message says where."""


@dataclass(frozen=True)
class Token:
    """A part of a pattern.

    :param kind: `quoted`, `regex`, `sign`, `selector` or `word`.
    :param text: without quotes or percent signs.
    """

    kind: str
    text: str


def tokens(text: str) -> list[Token]:
    """Split a condition into its parts.

    :raises PatternError: if it cannot be.
    """
    return list(_tokens(text.strip()))


def _tokens(text: str) -> Iterator[Token]:
    position = 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None or match.lastgroup is None:
            raise PatternError(f"Invalid character(s) in term {text[position:]!r}")
        kind, found = match.lastgroup, match[match.lastgroup]
        position = match.end()
        if kind in ("quoted", "regex"):
            found = re.sub(r"\\(.)", r"\1", found[1:-1]) if kind == "quoted" else found[1:-1]
        yield Token(kind, found)


class Reader:
    """Reads a condition from its parts, from the first to the last."""

    def __init__(self, parts: list[Token], default_field: str | None = None) -> None:
        self._parts = parts
        self._at = 0
        self._default_field = default_field

    def read(self) -> Test:
        """Return the test for the whole.

        :raises PatternError: if the parts make no condition.
        """
        test = self._either()
        if self._at < len(self._parts):
            raise PatternError(f"{self._parts[self._at].text!r} is not expected here")
        return test

    def _either(self) -> Test:
        tests = [self._both()]
        while self._take("||"):
            tests.append(self._both())
        return tests[0] if len(tests) == 1 else lambda lookup: any(test(lookup) for test in tests)

    def _both(self) -> Test:
        tests = [self._one()]
        while self._take("&&"):
            tests.append(self._one())
        return tests[0] if len(tests) == 1 else lambda lookup: all(test(lookup) for test in tests)

    def _one(self) -> Test:
        if self._take("("):
            test = self._either()
            if not self._take(")"):
                raise PatternError("a bracket is not closed")
            return test
        field = self._next("a field").text
        return self._comparison(field)

    def _comparison(self, field: str) -> Test:
        sign = self._next("a comparison")
        match sign.text.upper():
            case "IS":
                return _is(field, self._next("NULL, TRUE or FALSE").text.upper())
            case "EXISTS":
                return lambda lookup: lookup(field) is not ABSENT
            case "NOT":
                if self._next("EXISTS").text.upper() != "EXISTS":
                    raise PatternError("only EXISTS may follow NOT")
                return lambda lookup: lookup(field) is ABSENT
            case "=" | "!=" | "<" | "<=" | ">" | ">=":
                return comparison(field, sign.text, self._next("a value"))
        raise PatternError(f"{sign.text!r} is no comparison")

    def _next(self, expected: str) -> Token:
        if self._at == len(self._parts):
            raise PatternError(f"{expected} is missing at the end")
        self._at += 1
        return self._parts[self._at - 1]

    def _take(self, sign: str) -> bool:
        is_next = self._at < len(self._parts) and self._parts[self._at] == Token("sign", sign)
        self._at += is_next
        return is_next


def _is(field: str, what: str) -> Test:
    wanted: dict[str, bool | None] = {"NULL": None, "TRUE": True, "FALSE": False}
    if what not in wanted:
        raise PatternError(f"IS must be followed by NULL, TRUE or FALSE, not by {what!r}")
    return lambda lookup: lookup(field) is wanted[what]


def comparison(field: str, sign: str, value: Token) -> Test:
    """Return the test that compares a field with a value.

    :raises PatternError: if they cannot be compared so.
    """
    if sign in _ORDER:
        limit = number(value.text)
        if limit is None:
            raise PatternError(f"{sign} compares numbers, and {value.text!r} is none")
        return lambda lookup: _is_in_order(lookup(field), _ORDER[sign], limit)
    equals = _equals(value)
    if sign == "=":
        return lambda lookup: _is_scalar(lookup(field)) and equals(lookup(field))
    return lambda lookup: _is_scalar(lookup(field)) and not equals(lookup(field))


def _is_scalar(value: Field | Absent) -> bool:
    return isinstance(value, str | int | float) or value is None


def _is_in_order(value: Field | Absent, order: Callable[[float, float], bool], limit: float) -> bool:
    found = number(value)
    return found is not None and order(found, limit)


def _equals(value: Token) -> Callable[[Field | Absent], bool]:
    wanted = number(value.text) if value.kind == "word" else None
    if value.kind == "regex":
        try:
            expression = re.compile(value.text)
        except re.error as error:
            raise PatternError(f"%{value.text}% is no regular expression: {error}") from error
    else:
        expression = re.compile(".*".join(re.escape(part) for part in value.text.split("*")) + r"\Z", re.DOTALL)
    find = expression.search if value.kind == "regex" else expression.match

    def equals(found: Field | Absent) -> bool:
        if wanted is not None and number(found) == wanted:
            return True
        return found is not None and find(as_text(found)) is not None

    return equals


def number(value: Field | Absent) -> float | None:
    """Return a value as a number, or None if it is none."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        return float(value)
    except ValueError:
        return None


def as_text(value: Field | Absent) -> str:
    """Return a value as it stands in the log event."""
    match value:
        case bool():
            return str(value).lower()
        case float() if value.is_integer():
            return str(int(value))
        case None | Absent():
            return ""
        case _:
            return str(value)
