"""Metric math."""

from __future__ import annotations

import pytest

from emulator.alarms.expressions import ExpressionError, Scope, Value, evaluate, names

SCOPE = Scope(
    series={"e": {0: 1.0, 60: 0.0, 180: 3.0}, "i": {0: 4.0, 60: 0.0, 120: 5.0, 180: 6.0}, "share": {0: 1.0}},
    metrics=("e", "i"),
    times=(0, 60, 120, 180),
)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1 + 2 * 3", 7.0),
        ("2 ^ 3", 8.0),
        ("-e", {0: -1.0, 60: 0.0, 180: -3.0}),
        ("e + 1", {0: 2.0, 60: 1.0, 180: 4.0}),
        ("100 * e / i", {0: 25.0, 180: 50.0}),
        ("e > 0 AND i > 5", {0: 0.0, 60: 0.0, 180: 1.0}),
        ("e == 0 || i >= 6", {0: 0.0, 60: 1.0, 180: 1.0}),
        ("SUM(METRICS())", {0: 5.0, 60: 0.0, 120: 5.0, 180: 9.0}),
        ("AVG([e, i])", {0: 2.5, 60: 0.0, 120: 5.0, 180: 4.5}),
        ('MAX(METRICS("e"))', {0: 1.0, 60: 0.0, 180: 3.0}),
        ("SUM(e)", 4.0),
        ("MIN(i)", 0.0),
        ("i / MAX(i)", {0: 4 / 6, 60: 0.0, 120: 5 / 6, 180: 1.0}),
        ("FILL(e, 0)", {0: 1.0, 60: 0.0, 120: 0.0, 180: 3.0}),
        ("FILL(e, REPEAT)", {0: 1.0, 60: 0.0, 120: 0.0, 180: 3.0}),
        ("FILL(e, i)", {0: 1.0, 60: 0.0, 120: 5.0, 180: 3.0}),
        ("IF(i > 4, 100 * e / i, 0)", {0: 0.0, 60: 0.0, 180: 50.0}),
        ("IF(i > 4, 1)", {120: 1.0, 180: 1.0}),
        ("IF(i > 4, e, i)", {0: 4.0, 60: 0.0, 180: 3.0}),
        ("SUM(METRICS() * 2)", {0: 10.0, 60: 0.0, 120: 10.0, 180: 18.0}),
    ],
)
def test_expressions(text: str, value: Value):
    assert evaluate(text, SCOPE) == value


def test_a_period_in_which_it_would_divide_by_zero_has_no_value():
    assert 60 not in evaluate("e / i", SCOPE)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("ANOMALY_DETECTION_BAND(e, 2)", "ANOMALY_DETECTION_BAND is not emulated in metric math; there are AVG, FILL"),
        ("__import__('os').system('true')", "is not emulated in metric math"),
        ("e +", "no metric math expression"),
        ("unknown * 2", "'unknown', which is no id"),
        ("FILL(e)", "FILL cannot be called with these arguments"),
        ("'text'", "is not emulated in metric math"),
        ("e if i else 0", "is not emulated in metric math"),
    ],
)
def test_what_cannot_be_computed_is_refused_with_the_reason(text: str, why: str):
    with pytest.raises(ExpressionError, match=why.replace("(", r"\(").replace("[", r"\[")):
        evaluate(text, SCOPE)


def test_ids_that_an_expression_refers_to():
    assert names("IF(FILL(m1, REPEAT) > 2 && e1 < 3, SUM(METRICS()), m1)") == {"m1", "e1"}
