"""When an instance counts as serving."""

from __future__ import annotations

from dataclasses import replace

from emulator.scaling.group import Action, Member, is_ready
from emulator.scaling.replacements import RefreshPreferences, RollingUpdate, of_refresh, of_update

NEW = Member("i-2", "InService", since=900.0, template="lt 2", machine="running")
UPDATE = of_update(RollingUpdate(minimum=1, pause=60.0), 1, 2, frozenset({"i-1"}), surge=True)


def test_instance_that_no_balancer_knows_is_ready_in_service():
    assert is_ready(NEW, None, 900.0)
    assert not is_ready(replace(NEW, state="Pending"), None, 900.0)


def test_new_instance_is_ready_when_its_balancer_says_so_or_after_the_pause():
    checked = replace(NEW, balancer="initial")

    assert not is_ready(checked, UPDATE, 959.0)
    assert is_ready(checked, UPDATE, 960.0)
    assert is_ready(replace(NEW, balancer="healthy"), UPDATE, 900.0)


def test_new_instance_has_to_signal_where_signals_are_awaited():
    awaited = replace(UPDATE, needs_signal=True)

    assert not is_ready(NEW, awaited, 1000.0)
    assert is_ready(replace(NEW, has_signalled=True), awaited, 1000.0)


def test_warm_up_that_was_asked_for_is_waited_for():
    warming = of_refresh(RefreshPreferences(warmup=30), 1, frozenset({"i-1"}), surge=True)

    assert not is_ready(NEW, warming, 929.0)
    assert is_ready(NEW, warming, 930.0)


def test_without_a_warm_up_the_grace_period_is_the_longest_wait():
    waiting = of_refresh(RefreshPreferences(grace=60.0), 1, frozenset({"i-1"}), surge=True)
    checked = replace(NEW, balancer="initial")

    assert not is_ready(checked, waiting, 959.0)
    assert is_ready(checked, waiting, 960.0)


def test_lifecycle_action_gets_its_default_result_when_its_time_is_over():
    action = Action("hook", "token", deadline=10.0, default="ABANDON")

    assert [action.outcome(9.0), action.outcome(10.0)] == ["", "ABANDON"]
    assert replace(action, result="CONTINUE").outcome(99.0) == "CONTINUE"
