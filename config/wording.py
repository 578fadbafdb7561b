"""Words of our own for what pydantic finds wrong with a single value: what it must be, and how to mend it.

Pydantic's English is for programmers who call functions; people who write YAML get this instead. It knows no paths and
no values.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Words:
    """What to say about one kind of error.

    :param must: what follows "must", for example "be a whole number".
    :param mend: what to do.
    :param inline: what to do where there is one line only, as on the command line; empty for the same.
    """

    must: str
    mend: str
    inline: str = ""


_TEXT = Words("be text", "write text, in quotes where YAML would read something else")
_WHOLE_NUMBER = Words("be a whole number", "write digits only, without a unit, a fraction or quotes")
_NUMBER = Words("be a number", "write a number like 2 or 0.5, without a unit or quotes")
_TRUTH = Words("be true or false", "write true or false")
_LIST = Words("be a list", "write [a, b], or one line that begins with - for each item", "write [a, b]")
_MAPPING = Words(
    "be a mapping of keys to values",
    'write lines of the form "key: value", indented below it',
    "give its keys one by one, or write {key: value}",
)
_DATE = Words("be a date like 2026-11-21", "write year, month and day with dashes between")
_TIME = Words("be a time like 2026-11-21T10:00:00Z", "write date, T, time of day, and Z for UTC or the offset")

_BY_FAMILY = {
    "string": _TEXT,
    "int": _WHOLE_NUMBER,
    "float": _NUMBER,
    "finite": Words("be a finite number", "write an ordinary number"),
    "bool": _TRUTH,
    "list": _LIST,
    "tuple": _LIST,
    "set": _LIST,
    "frozen": _LIST,
    "iterable": _LIST,
    "dict": _MAPPING,
    "mapping": _MAPPING,
    "model": _MAPPING,
    "date": _DATE,
    "datetime": _TIME,
    "timezone": _TIME,
    "none": Words("be null", "write null, or take it out"),
}
"""By the first word of the error's type, as `int_parsing` and `int_from_float` come to the same."""

_BY_TYPE = {
    "greater_than": Words("be more than {gt}", "write more than {gt}"),
    "greater_than_equal": Words("be at least {ge}", "write {ge} or more"),
    "less_than": Words("be less than {lt}", "write less than {lt}"),
    "less_than_equal": Words("be at most {le}", "write {le} or less"),
    "multiple_of": Words("be a multiple of {multiple_of}", "write a multiple of {multiple_of}"),
    "too_short": Words("hold at least {min_length} items", "add what is missing"),
    "too_long": Words("hold at most {max_length} items", "take out what is too much"),
    "string_too_short": Words("have at least {min_length} characters", "write more"),
    "string_too_long": Words("have at most {max_length} characters", "shorten it"),
    "string_pattern_mismatch": Words("match `{pattern}`", "write text that matches"),
    "enum": Words("be {expected}", "choose one of them"),
    "literal_error": Words("be {expected}", "choose one of them"),
    "form": Words("be {what}", "write one like {example}"),
}

_OTHER = Words("be of another kind", "write one of the allowed values")


def words(kind: str, context: Mapping[str, object]) -> Words:
    """Return what to say.

    :param kind: type of pydantic's error, for example `int_parsing`.
    :param context: what pydantic tells beside it, such as the limit that was passed.
    """
    found = _BY_TYPE.get(kind) or _BY_FAMILY.get(kind.partition("_")[0]) or _OTHER
    known = _Known({key: _plain(value) for key, value in context.items()})
    return Words(found.must.format_map(known), found.mend.format_map(known), found.inline)


def _plain(value: object) -> object:
    """Return a whole number without the fraction that pydantic gives it where fractions are allowed."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


class _Known(dict[str, object]):
    """What is known of an error; what is not is left open in the sentence instead of failing."""

    def __missing__(self, key: str) -> str:
        return "…"
