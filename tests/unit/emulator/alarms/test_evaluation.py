"""What state an alarm is in: the tables of AWS's own page on missing data, and what it says beside them."""

from __future__ import annotations

import pytest

from emulator.alarms.evaluation import Missing, Point, Rule, State, is_final, judge

KEEP = "retain current state"
OK, ALARM, UNKNOWN = State.OK, State.ALARM, State.INSUFFICIENT_DATA
TREATMENTS = (Missing.MISSING, Missing.IGNORE, Missing.BREACHING, Missing.NOT_BREACHING)


def rule(needed: int | None = None, missing: Missing = Missing.MISSING, periods: int = 3) -> Rule:
    return Rule(300, periods, needed, 0.5, "GreaterThanThreshold", missing)


def points(drawn: str) -> list[Point]:
    """Return values as AWS draws them: 0 is fine, X breaches, - is missing; the newest stands last."""
    values = {"0": 0.0, "X": 1.0, "-": None}
    return [Point(300 * index, values[mark]) for index, mark in enumerate(drawn.split())]


@pytest.mark.parametrize("current", list(State))
@pytest.mark.parametrize(
    ("drawn", "needed", "states"),
    [
        ("0 - X - X", 3, (OK, OK, OK, OK)),
        ("0 - - - -", 3, (OK, OK, OK, OK)),
        ("- - - - -", 3, (UNKNOWN, KEEP, ALARM, OK)),
        ("0 X X - X", 3, (ALARM, ALARM, ALARM, ALARM)),
        ("- - X - -", 3, (ALARM, KEEP, ALARM, OK)),
        ("0 - X - X", 2, (ALARM, ALARM, ALARM, ALARM)),
        ("0 0 X 0 X", 2, (ALARM, ALARM, ALARM, ALARM)),
        ("0 - X - -", 2, (OK, OK, ALARM, OK)),
        ("- - - - 0", 2, (OK, OK, ALARM, OK)),
        ("- - - X -", 2, (ALARM, KEEP, ALARM, OK)),
    ],
)
def test_tables_of_the_documentation(drawn: str, needed: int, states: tuple[State, ...], current: State):
    found = tuple(judge(rule(needed, missing), points(drawn), current).state for missing in TREATMENTS)

    assert found == tuple(current if state == KEEP else state for state in states)


@pytest.mark.parametrize("drawn", ["- - - - X", "- - - X -"])
def test_a_young_breach_alone_is_no_alarm_yet(drawn: str):
    assert judge(rule(3), points(drawn), State.OK).state == State.OK


def test_all_periods_have_to_breach_if_nothing_else_is_said():
    assert judge(rule(None), points("0 0 0 X X"), State.OK).state == State.OK
    assert judge(rule(None), points("0 0 X X X"), State.OK).state == State.ALARM


def test_one_breach_of_five_is_enough_if_it_is_said_so_and_goes_when_it_is_out_of_range():
    one_of_five = rule(1, Missing.NOT_BREACHING, periods=5)

    assert judge(one_of_five, points("- - - - - - X"), State.OK).state == State.ALARM
    assert judge(one_of_five, points("X - - - - - -"), State.ALARM).state == State.ALARM
    assert judge(one_of_five, points("- - - - - - -"), State.ALARM).state == State.OK


def test_verdict_says_what_it_follows_from():
    verdict = judge(rule(2), points("0 - X - -"), State.OK)

    assert [point.value for point in verdict.used] == [0.0, 1.0]
    assert verdict.filled == 1


@pytest.mark.parametrize(
    ("comparison", "value", "breaches"),
    [
        ("GreaterThanThreshold", 1.0, False),
        ("GreaterThanOrEqualToThreshold", 1.0, True),
        ("LessThanThreshold", 1.0, False),
        ("LessThanOrEqualToThreshold", 1.0, True),
    ],
)
def test_comparisons_at_the_threshold(comparison: str, value: float, breaches: bool):
    assert Rule(60, 1, None, 1.0, comparison).breaches(value) is breaches


@pytest.mark.parametrize(
    ("comparison", "statistic", "value", "final"),
    [
        ("GreaterThanThreshold", "Sum", 2.0, True),
        ("GreaterThanThreshold", "Sum", 1.0, False),
        ("GreaterThanThreshold", "Average", 2.0, False),
        ("LessThanThreshold", "Sum", 0.0, False),
        ("LessThanThreshold", "Minimum", 0.0, True),
    ],
)
def test_a_running_period_counts_only_if_more_data_cannot_change_its_verdict(
    comparison: str, statistic: str, value: float, final: bool
):
    assert is_final(Rule(60, 1, None, 1.0, comparison), statistic, value) is final
