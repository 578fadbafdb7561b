"""The life of one instance in its group."""

from __future__ import annotations

from dataclasses import replace

from emulator.scaling import causes, lifecycle
from emulator.scaling.group import LAUNCHING, TERMINATING, Action, Group, Member
from emulator.scaling.steps import Destroy, End, Leave, Move


def member(number: int, state: str = "InService", machine: str = "running", **changes) -> Member:
    return Member(f"i-{number}", state, since=float(number), template="lt 1", machine=machine, **changes)


def next_step(one: Member, now: float = 100.0, **changes):
    made = replace(Group(template="lt 1", desired=1, maximum=4, members=(one,)), **changes)
    return lifecycle.next_step(made, one, now)


def test_running_machine_comes_into_service():
    assert next_step(member(1, "Pending", "pending")) is None
    assert next_step(member(1, "Pending")) == Move("i-1", "InService")


def test_hook_holds_a_launch_until_it_is_complete():
    waiting = member(1, "Pending:Wait", actions=(Action("hook", "token", deadline=200.0, default="CONTINUE"),))

    assert next_step(member(1, "Pending"), hooks=frozenset({LAUNCHING})) == Move("i-1", "Pending:Wait")
    assert next_step(waiting) is None
    assert next_step(waiting, now=200.0) == Move("i-1", "Pending:Proceed")
    assert next_step(member(1, "Pending:Proceed")) == Move("i-1", "InService")


def test_hook_that_abandons_a_launch_ends_the_instance():
    actions = (Action("a", "t", 200.0, "CONTINUE"), Action("b", "u", 200.0, "CONTINUE", result="ABANDON"))

    assert next_step(member(1, "Pending:Wait", actions=actions)) == End("i-1", causes.ABANDONED)


def test_instance_leaves_drained_then_after_its_hooks_then_with_its_machine():
    hooks = frozenset({TERMINATING})
    done = (Action("hook", "token", 200.0, "ABANDON", result="ABANDON"),)

    assert next_step(member(1, "Terminating", is_drained=False), desired=0, hooks=hooks) is None
    assert next_step(member(1, "Terminating"), desired=0, hooks=hooks) == Move("i-1", "Terminating:Wait")
    assert next_step(member(1, "Terminating:Wait", actions=done), desired=0) == Move("i-1", "Terminating:Proceed")
    assert next_step(member(1, "Terminating:Proceed"), desired=0) == Destroy("i-1")
    assert next_step(member(1, "Terminating:Proceed", "terminated"), desired=0) == Leave("i-1")


def test_without_hooks_a_drained_instance_is_destroyed():
    assert next_step(member(1, "Terminating"), desired=0) == Destroy("i-1")
    assert next_step(member(1, "Terminating", "shutting-down"), desired=0) == Destroy("i-1")
    assert next_step(member(1, "Terminating", "terminated"), desired=0) == Leave("i-1")


def test_balancer_counts_after_the_grace_period_only():
    sick = member(1, balancer="unhealthy")

    assert next_step(sick, now=61.0, grace=60.0) is None
    assert next_step(sick, now=61.1, grace=60.0) == End("i-1", causes.BALANCER_HEALTH, is_unhealthy=True)
    assert next_step(sick, now=1000.0, grace=None) is None


def test_instance_that_a_user_reports_is_replaced():
    assert next_step(member(1, complaint=causes.USER_HEALTH)) == End("i-1", causes.USER_HEALTH, is_unhealthy=True)
