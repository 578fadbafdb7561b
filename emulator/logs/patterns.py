"""Filter patterns: which log events match, and which values they hold.

Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Callable, Mapping

from emulator.logs.conditions import ABSENT, Absent, Field, PatternError, Reader, Test, Token, as_text, tokens

Values = Mapping[str, str]
"""Values of an event by the selector that means them: `$.latency`, `$status`, `$1`."""

Pattern = Callable[[str], Values | None]
"""Gets the message of an event; returns None if it does not match."""

_TERM = re.compile(r'([?-]?)(?:"((?:[^"\\]|\\.)*)"|%([^%]+)%|([^\s"%]+))(?:\s+|$)')
_PLAIN = re.compile(r"\w+")
_STEP = re.compile(r"\.?\[(?:\"([^\"]+)\"|'([^']+)'|(\d+))\]|\.?([\w\-@:]+)")
_COLUMN = re.compile(r'"([^"]*)"|\[([^\]]*)\]|(\S+)')
_ELLIPSIS = "..."


@functools.lru_cache(maxsize=256)
def compile_pattern(text: str) -> Pattern:
    """Read a filter pattern.

    :raises PatternError: if it is not valid.
    """
    stripped = text.strip()
    if stripped.startswith("{"):
        return _json_pattern(stripped)
    if stripped.startswith("["):
        return _columns_pattern(stripped)
    return _terms_pattern(stripped)


def _terms_pattern(text: str) -> Pattern:
    required: list[Callable[[str], bool]] = []
    optional: list[Callable[[str], bool]] = []
    excluded: list[Callable[[str], bool]] = []
    position = 0
    while position < len(text):
        match = _TERM.match(text, position)
        if match is None:
            raise PatternError(f"Invalid character(s) in term {text[position:]!r}")
        position = match.end()
        {"": required, "?": optional, "-": excluded}[match[1]].append(_term(match))

    def find(message: str) -> Values | None:
        if not all(term(message) for term in required) or any(term(message) for term in excluded):
            return None
        # As on AWS, optional terms say nothing beside required ones.
        return {} if required or not optional or any(term(message) for term in optional) else None

    return find


def _term(match: re.Match[str]) -> Callable[[str], bool]:
    _sign, quoted, regex, plain = match.groups()
    if regex is not None:
        expression = _regex(regex)
        return lambda message: expression.search(message) is not None
    if plain is not None and not _PLAIN.fullmatch(plain):
        raise PatternError(f"Invalid character(s) in term {plain!r}; put it into double quotes")
    wanted = plain if plain is not None else re.sub(r"\\(.)", r"\1", quoted)
    return lambda message: wanted in message


def _regex(text: str) -> re.Pattern[str]:
    try:
        return re.compile(text)
    except re.error as error:
        raise PatternError(f"%{text}% is no regular expression: {error}") from error


def _json_pattern(text: str) -> Pattern:
    if not text.endswith("}"):
        raise PatternError("Invalid filter pattern: the closing } is missing")
    parts = tokens(text[1:-1])
    selectors = [part.text for part in parts if part.kind == "selector"]
    test = Reader(parts).read()

    def find(message: str) -> Values | None:
        event = _parsed(message)
        if event is None or not test(lambda selector: select(event, selector)):
            return None
        found = {selector: select(event, selector) for selector in selectors}
        return {selector: as_text(value) for selector, value in found.items() if value is not ABSENT}

    return find


def _parsed(message: str) -> dict[str, Field] | None:
    if not message.lstrip().startswith("{"):
        return None
    try:
        parsed = json.loads(message)
    except ValueError:
        return None
    return parsed if isinstance(parsed, dict) else None


def select(event: Field, selector: str) -> Field | Absent:
    """Return the value that a selector such as `$.a.b[0]` means."""
    value = event
    for quoted, single, index, name in _STEP.findall(selector.removeprefix("$")):
        key = quoted or single or name
        if index and isinstance(value, list) and int(index) < len(value):
            value = value[int(index)]
        elif not index and isinstance(value, dict) and key in value:
            value = value[key]
        else:
            return ABSENT
    return value


def value_in(message: str, matched: Values, selector: str) -> str | None:
    """Return the value of a matching event that a metric filter names, such as `$.latency` or `$bytes`."""
    if selector.startswith("$."):
        found = select(_parsed(message), selector)
        return None if found is ABSENT or isinstance(found, list | dict) else as_text(found)
    return matched.get(selector)


def _columns_pattern(text: str) -> Pattern:
    if not text.endswith("]"):
        raise PatternError("Invalid filter pattern: the closing ] is missing")
    columns = [_column(part.strip()) for part in text[1:-1].split(",")]
    names = [name for name, _test in columns]
    if names.count(_ELLIPSIS) > 1:
        raise PatternError("Invalid filter pattern: ... may stand there once")

    def find(message: str) -> Values | None:
        fields = [quoted or bracketed or plain for quoted, bracketed, plain in _COLUMN.findall(message)]
        aligned = _aligned(names, fields)
        if aligned is None:
            return None
        values = {name: value for name, value in zip(names, aligned, strict=True) if name != _ELLIPSIS}
        if not all(test(lambda name: values.get(name, ABSENT)) for _name, test in columns if test):
            return None
        return {f"${name}": value for name, value in values.items()}

    return find


def _column(text: str) -> tuple[str, Test | None]:
    if text == _ELLIPSIS:
        return text, None
    parts = tokens(text)
    if not parts or parts[0].kind != "word":
        raise PatternError(f"Invalid filter pattern: a field has no name in {text!r}")
    name = parts[0].text
    return name, Reader(parts).read() if len(parts) > 1 else None


def _aligned(names: list[str], fields: list[str]) -> list[str] | None:
    """Return the field for each name, or None if there are not as many."""
    if _ELLIPSIS not in names:
        return fields if len(fields) == len(names) else None
    before = names.index(_ELLIPSIS)
    after = len(names) - before - 1
    if len(fields) < before + after:
        return None
    return [*fields[:before], "", *fields[len(fields) - after :]]


__all__ = ["Pattern", "PatternError", "Token", "Values", "compile_pattern", "select", "value_in"]
