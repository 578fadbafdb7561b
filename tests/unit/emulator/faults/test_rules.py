"""Rules: which calls they strike at, how often, and what they remember."""

from __future__ import annotations

import pytest

from emulator.faults.catalogue import BY_NAME, Moment
from emulator.faults.rules import REMEMBERED_HITS, Call, Effect, Rule, RuleBook, Target, When

CREATE_FUNCTION = Call(
    Moment.REQUEST,
    (("lambda", "CreateFunction"),),
    frozenset({"arn:aws:lambda:us-east-1:000000000000:function:render", "render"}),
)
FUNCTION_OF_STACK = Call(
    Moment.CREATE,
    (("lambda", "CreateFunction"), ("lambda", "TagResource")),
    frozenset({"Render"}),
    stack="web",
    type="AWS::Lambda::Function",
)


def book(*rules: Rule) -> RuleBook:
    made = RuleBook()
    for rule in rules:
        made.add(rule, now=100.0)
    return made


def hits(rule: Rule, calls: int, call: Call = CREATE_FUNCTION, now: float = 100.0) -> list[bool]:
    made = book(rule)
    return [bool(made.take(call, now)) for _ in range(calls)]


@pytest.mark.parametrize(
    ("target", "call", "strikes"),
    [
        (Target(), CREATE_FUNCTION, True),
        (Target(service="lambda"), CREATE_FUNCTION, True),
        (Target(service="s3"), CREATE_FUNCTION, False),
        (Target(service="lambda", action="Create*"), CREATE_FUNCTION, True),
        (Target(service="lambda", action="Delete*"), CREATE_FUNCTION, False),
        (Target(resource="render"), CREATE_FUNCTION, True),
        (Target(resource="arn:aws:lambda:*:function:ren*"), CREATE_FUNCTION, True),
        (Target(resource="other"), CREATE_FUNCTION, False),
        (Target(stack="web"), CREATE_FUNCTION, False),
        (Target(stack="we*", resource="Render"), FUNCTION_OF_STACK, True),
        (Target(type="AWS::Lambda::*"), FUNCTION_OF_STACK, True),
        (Target(type="AWS::S3::*"), FUNCTION_OF_STACK, False),
        (Target(service="lambda", action="TagResource"), FUNCTION_OF_STACK, True),
    ],
)
def test_a_rule_strikes_at_what_it_is_about(target: Target, call: Call, strikes: bool) -> None:
    assert hits(Rule(BY_NAME["throttle"], target), 1, call) == [strikes]


@pytest.mark.parametrize(
    ("fault", "call", "strikes"),
    [
        ("timeout", CREATE_FUNCTION, True),
        ("timeout", FUNCTION_OF_STACK, False),
        ("fail-create", FUNCTION_OF_STACK, True),
        ("fail-delete", FUNCTION_OF_STACK, False),
        ("function-crash", CREATE_FUNCTION, False),
        ("vanish", CREATE_FUNCTION, False),
    ],
)
def test_a_fault_strikes_only_where_it_can(fault: str, call: Call, strikes: bool) -> None:
    assert hits(Rule(BY_NAME[fault]), 1, call) == [strikes]


def test_it_strikes_as_often_as_asked() -> None:
    assert hits(Rule(BY_NAME["throttle"], when=When(times=2)), 4) == [True, True, False, False]


def test_it_begins_with_the_nth_call() -> None:
    assert hits(Rule(BY_NAME["throttle"], when=When(nth=3, times=1)), 4) == [False, False, True, False]


def test_chance_is_repeatable_and_about_as_large_as_asked() -> None:
    rule = Rule(BY_NAME["throttle"], when=When(probability=0.3, seed=7))

    first, second = hits(rule, 1000), hits(rule, 1000)

    assert first == second
    assert 250 < sum(first) < 350


@pytest.mark.parametrize(("now", "strikes"), [(104.9, False), (105.0, True), (115.0, True), (115.1, False)])
def test_it_strikes_in_its_time(now: float, strikes: bool) -> None:
    assert hits(Rule(BY_NAME["throttle"], when=When(after=5, lasting=10)), 1, now=now) == [strikes]


def test_a_call_has_one_answer_and_the_other_rule_is_not_used_up() -> None:
    made = book(
        Rule(BY_NAME["throttle"], when=When(times=1)),
        Rule(BY_NAME["delay"], effect=Effect(seconds=1)),
        Rule(BY_NAME["deny"], when=When(times=1)),
    )

    names = [[rule.fault.name for rule in made.take(CREATE_FUNCTION, 100.0)] for _ in range(3)]

    assert names == [["throttle", "delay"], ["delay", "deny"], ["delay"]]


def test_the_book_tells_what_was_struck() -> None:
    made = book(Rule(BY_NAME["throttle"], Target(service="lambda"), When(times=50)))
    for second in range(30):
        made.take(CREATE_FUNCTION, 100.0 + second)

    (told,) = made.describe()

    assert {key: value for key, value in told.items() if key != "recent"} == {
        "id": "f1", "fault": "throttle", "service": "lambda", "times": 50, "hits": 30, "matching_calls": 30,
    }  # fmt: skip
    recent = told["recent"]
    assert isinstance(recent, list)
    assert len(recent) == REMEMBERED_HITS
    assert recent[-1] == {
        "at": 129.0,
        "call": "lambda:CreateFunction",
        "on": "arn:aws:lambda:us-east-1:000000000000:function:render",
        "stack": "",
    }


def test_rules_are_taken_away_by_their_ids() -> None:
    made = book(Rule(BY_NAME["deny"]), Rule(BY_NAME["delay"]))

    assert made.identifiers() == ["f1", "f2"]
    assert made.remove("f1")
    assert not made.remove("f1")
    assert made.clear() == 1
    assert made.is_empty


def test_ids_are_never_used_again() -> None:
    made = book(Rule(BY_NAME["deny"]))
    made.clear()

    assert made.add(Rule(BY_NAME["deny"]), now=0.0) == "f2"
