"""Check a cron expression as EC2 Image Builder and EventBridge read it; it never asks when it is due.

Source: https://docs.aws.amazon.com/imagebuilder/latest/userguide/cron-expressions.html
"""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")


@dataclass(frozen=True)
class _Field:
    """One of the six fields.

    :param name: as the documentation calls it.
    :param names: words for numbers, the first for `least`.
    :param special: what stands in for single values, beside numbers, ranges, steps and lists.
    """

    name: str
    least: int
    most: int
    names: tuple[str, ...] = ()
    special: str = r"(?!)"

    @property
    def allowed(self) -> str:
        """The single values in words."""
        words = f" or {self.names[0]} to {self.names[-1]}" if self.names else ""
        return f"{self.least} to {self.most}{words}"


_FIELDS = (
    _Field("minute", 0, 59),
    _Field("hour", 0, 23),
    _Field("day of the month", 1, 31, special=r"\?|L|LW|([1-9]|[12]\d|3[01])W"),
    _Field("month", 1, 12, _MONTHS),
    _Field("day of the week", 1, 7, _DAYS, special=rf"\?|L|([1-7]|{'|'.join(_DAYS)})(L|#[1-5])"),
    _Field("year", 1970, 2199),
)


def check_cron(text: str) -> None:
    """Check an expression of the form `cron(minute hour day month weekday year)`.

    :raises ValueError: if a field is missing, out of range, or both days are chosen at once.
    """
    fields = text.removeprefix("cron(").removesuffix(")").split()
    if len(fields) != len(_FIELDS):
        names = ", ".join(field.name for field in _FIELDS)
        raise ValueError(f"has {len(fields)} fields where six are needed; write {names}")
    for field, written in zip(_FIELDS, fields, strict=True):
        if not _is_known(field, written):
            raise ValueError(
                f"has {written!r} as its {field.name}; write {field.allowed}, a range, a list, a step or *"
            )
    if (fields[2] == "?") == (fields[4] == "?"):
        raise ValueError(
            f"has {fields[2]!r} as its day of the month and {fields[4]!r} as its day of the week, and "
            "one of them follows from the other; write ? for exactly one"
        )
    _check_days(fields[2], fields[3], fields[5])


def last_year(text: str) -> int:
    """Return the last year in which an expression is due.

    :param text: as :func:`check_cron` takes it.
    """
    return max(_values(_FIELDS[-1], text.removesuffix(")").split()[-1]))


def _check_days(days: str, months: str, years: str) -> None:
    """Check that some month has one of the days; `?` and `L` are in every month.

    :raises ValueError: if none has.
    """
    if not days[0].isdecimal():
        return
    first = min(_values(_FIELDS[2], days.rstrip("Ww")))
    lengths = (
        calendar.monthrange(year, month)[1]
        for year in _values(_FIELDS[-1], years)
        for month in _values(_FIELDS[3], months)
    )
    if all(length < first for length in lengths):
        raise ValueError(
            f"has {days!r} as its day of the month, and no month {months} of year {years} has that day, so that it is "
            "never due; write L for the last day of a month"
        )


def _is_known(field: _Field, written: str) -> bool:
    if re.fullmatch(field.special, written, re.IGNORECASE):
        return True
    return all(_is_part(field, part) for part in written.split(","))


def _is_part(field: _Field, part: str) -> bool:
    """Tell whether a part of a list is a value, a range, or one of them (or all) with a step."""
    values, slash, step = part.partition("/")
    if slash and not (step.isdecimal() and 1 <= int(step) <= field.most):
        return False
    if values == "*":
        return True
    numbers = [_number(field, value) for value in values.split("-")]
    return len(numbers) <= 2 and all(number is not None for number in numbers)


def _values(field: _Field, written: str) -> set[int]:
    """Return the numbers that a field without special signs stands for; a range goes on at the other end."""
    found: set[int] = set()
    for part in written.split(","):
        values, slash, step = part.partition("/")
        ends = [_number(field, value) for value in values.split("-")]
        numbers = [number for number in ends if number is not None] or [field.least, field.most]
        first, last = numbers[0], field.most if slash and len(numbers) == 1 else numbers[-1]
        every = range(field.least, field.most + 1)
        inside = [n for n in every if first <= n <= last] or [n for n in every if n >= first or n <= last]
        found.update(inside[:: int(step or 1)])
    return found


def _number(field: _Field, value: str) -> int | None:
    if value.lower() in field.names:
        return field.least + field.names.index(value.lower())
    if value.isdecimal() and value.isascii() and field.least <= int(value) <= field.most:
        return int(value)
    return None
