"""The choice of cfn-lint's rules."""

from __future__ import annotations

from collections import Counter

from emulator.strict.rules import CHOICES, Choice, Moment, enabled, moments


def test_each_rule_is_chosen_once_and_with_a_reason() -> None:
    counted = Counter(rule for choice in CHOICES for rule in choice.ids())

    assert [rule for rule, times in counted.items() if times > 1] == []
    assert all(choice.reason for choice in CHOICES)


def test_spans_are_written_out() -> None:
    assert Choice(Moment.NEVER, "E0001-E0003 E3010", "x").ids() == {"E0001", "E0002", "E0003", "E3010"}


def test_what_is_off_is_not_run() -> None:
    assert "E1029" not in enabled()
    assert moments()["E3510"] is Moment.DEPLOYMENT
    assert set(enabled()) == {rule for rule, moment in moments().items() if moment is not Moment.NEVER}
