"""Conditions on the fields of log events."""

from __future__ import annotations

import pytest

from emulator.logs.conditions import ABSENT, PatternError, Reader, as_text, number, tokens

EVENT = {"level": "ERROR", "code": 404, "ms": 1.5, "ok": True, "none": None, "name": "my own name", "zip": "1000"}


def holds(condition: str) -> bool:
    return Reader(tokens(condition)).read()(lambda field: EVENT.get(field, ABSENT))


@pytest.mark.parametrize(
    "condition",
    [
        'level = "ERROR"',
        "level = ERROR",
        "level = ERR*",
        "level != WARN",
        "code = 404",
        "code = 4*",
        "code = 404.0",
        "code >= 404 && code < 405",
        "ms > 1e0",
        "ok IS TRUE",
        "none IS NULL",
        "level EXISTS",
        "other NOT EXISTS",
        'name = "my * name"',
        "level = %^ERR%",
        "zip > 999",
        "(level = WARN || code = 404) && ms = 1.5",
        "level = WARN || code = 404 && ms = 1.5",
    ],
)
def test_conditions_that_hold(condition: str):
    assert holds(condition)


@pytest.mark.parametrize(
    "condition",
    [
        "level = error",
        "level = ERR",
        "code != 404",
        "other = 1",
        "other != 1",
        "ok IS FALSE",
        "level IS NULL",
        "level > 5",
        "(level = ERROR || code = 404) && ms = 2",
    ],
)
def test_conditions_that_do_not_hold(condition: str):
    assert not holds(condition)


@pytest.mark.parametrize(
    ("condition", "why"),
    [
        ("level =", "a value is missing at the end"),
        ("level IS 5", "NULL, TRUE or FALSE"),
        ("(level = 1", "a bracket is not closed"),
        ("level = 1 code = 2", "'code' is not expected here"),
        ("level ~ 1", "'~' is no comparison"),
        ("ms > fast", "compares numbers, and 'fast' is none"),
        ("level = %[%", "no regular expression"),
        ("level NOT THERE", "only EXISTS may follow NOT"),
        ('level = "open', "Invalid character"),
    ],
)
def test_conditions_that_are_none(condition: str, why: str):
    with pytest.raises(PatternError, match=why):
        holds(condition)


def test_values_as_numbers_and_as_text():
    assert [number(value) for value in ("1.5", 2, True, "x", None)] == [1.5, 2.0, None, None, None]
    assert [as_text(value) for value in ("a", 2, 2.0, 2.5, True, None)] == ["a", "2", "2", "2.5", "true", ""]
