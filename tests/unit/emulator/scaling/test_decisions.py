"""What a group does with its instances, without any AWS."""

from __future__ import annotations

from dataclasses import replace

import pytest

from emulator.scaling import causes
from emulator.scaling.decisions import decide
from emulator.scaling.group import Group, Member, WarmPool
from emulator.scaling.replacements import RefreshPreferences, RollingUpdate, of_refresh, of_update
from emulator.scaling.steps import Destroy, End, Launch, Leave, Move, Report, Stop, Take


def member(number: int, state: str = "InService", machine: str = "running", **changes) -> Member:
    return Member(f"i-{number}", state, since=float(number), template="lt 1", machine=machine, **changes)


def group(*members: Member, desired: int = 1, **changes) -> Group:
    made = Group(template="lt 1", desired=desired, maximum=4, members=members)
    return replace(made, **changes)


def test_group_launches_what_is_missing():
    steps = decide(group(member(1), desired=3), 0)

    assert steps == [Launch(causes.growth(1, 2)), Launch(causes.growth(2, 3))]


def test_full_group_does_nothing():
    assert decide(group(member(1), member(2, "Pending", "pending"), desired=2), 0) == []


@pytest.mark.parametrize("machine", ["terminated", "stopped", "shutting-down", "stopping", ""])
def test_instance_whose_machine_ended_is_replaced(machine):
    steps = decide(group(member(1, machine=machine)), 100.0)

    assert steps == [End("i-1", causes.EC2_HEALTH, is_unhealthy=True), Launch(causes.REPLACEMENT)]


def test_suspended_processes_do_nothing():
    assert decide(group(suspended=frozenset({"Launch"})), 0) == []
    assert decide(group(member(1), desired=0, suspended=frozenset({"Terminate"})), 0) == []
    sick = member(1, machine="stopped")
    assert decide(group(sick, suspended=frozenset({"ReplaceUnhealthy"})), 0) == [Report("i-1")]


def test_group_shrinks_in_the_fullest_zone_and_spares_the_protected():
    members = (member(1, zone="a", is_protected=True), member(2, zone="b"), member(3, zone="b"), member(4, zone="a"))

    steps = decide(group(*members, desired=3), 100.0)

    assert steps == [End("i-2", causes.shrinking(4, 3, "i-2"))]


def test_termination_policy_chooses():
    members = (member(1), member(2))

    (step,) = decide(group(*members, policies=("NewestInstance",)), 100.0)

    assert step.instance_id == "i-2"


def test_instance_about_to_be_interrupted_is_replaced_before_it_ends():
    doomed = member(1, is_interrupted=True)

    assert decide(group(doomed, rebalances=True), 100.0) == [Launch(causes.growth(0, 1))]
    assert decide(group(doomed, member(2), rebalances=True), 100.0) == [End("i-1", causes.REBALANCE)]
    assert decide(group(doomed, rebalances=False), 100.0) == []


def run(made: Group, ticks: int = 20) -> list[int]:
    """Let a group work with machines that start and end at once; return how many served after each tick."""
    served = []
    number = 10
    for tick in range(ticks):
        members = {each.instance_id: each for each in made.members}
        for step in decide(made, 1000.0 + tick):
            match step:
                case Launch():
                    number += 1
                    members[f"i-{number}"] = replace(member(number, "Pending"), template=made.template)
                case Move(name, state):
                    members[name] = replace(members[name], state=state)
                case End(name):
                    members[name] = replace(members[name], state="Terminating")
                case Destroy(name):
                    members[name] = replace(members[name], machine="terminated")
                case Leave(name):
                    del members[name]
        left = frozenset(members) & made.replacement.outdated if made.replacement else frozenset()
        replacement = replace(made.replacement, outdated=left) if made.replacement else None
        made = replace(made, members=tuple(members.values()), replacement=replacement)
        served.append(sum(each.state == "InService" for each in made.members))
    assert {each.state for each in made.members} == {"InService"}
    assert not made.replacement or not made.replacement.outdated
    return served


def test_update_keeps_the_minimum_in_service_by_launching_first():
    outdated = frozenset({"i-1", "i-2"})
    made = of_update(RollingUpdate(minimum=2, batch=1), 2, 3, outdated, surge=True)

    served = run(group(member(1), member(2), desired=2, replacement=made))

    assert (min(served), max(served), served[-1]) == (2, 3, 2)


def test_update_with_room_below_ends_first():
    made = of_update(RollingUpdate(minimum=1, batch=1), 2, 2, frozenset({"i-1", "i-2"}), surge=True)

    served = run(group(member(1), member(2), desired=2, replacement=made))

    assert (min(served), max(served), served[-1]) == (1, 2, 2)


def test_refresh_replaces_all():
    outdated = frozenset({"i-1", "i-2", "i-3"})
    made = of_refresh(RefreshPreferences(minimum_percent=50), 3, outdated, surge=True)

    served = run(group(member(1), member(2), member(3), desired=3, replacement=made))

    assert (min(served), served[-1]) == (2, 3)


def test_old_instances_stay_while_the_new_ones_do_not_serve():
    made = of_update(RollingUpdate(minimum=1, pause=300.0), 1, 2, frozenset({"i-1"}), surge=True)
    new = replace(member(2, balancer="initial"), since=900.0)

    assert decide(group(member(1), new, replacement=made), 1000.0) == []
    assert isinstance(decide(group(member(1), new, replacement=made), 1300.0)[0], End)


def test_what_does_not_serve_goes_at_once_when_all_have_to_serve():
    preferences = RefreshPreferences(minimum_percent=100, maximum_percent=200)
    made = of_refresh(preferences, 1, frozenset({"i-2"}), surge=True)
    sick = replace(member(2, balancer="unhealthy"), since=900.0)

    assert decide(group(member(1), sick, replacement=made), 901.0) == [End("i-2", causes.REFRESH)]


def warm(**changes) -> WarmPool:
    return replace(WarmPool(minimum=0, prepared=2, state="Stopped"), **changes)


def test_warm_pool_is_launched_ahead_and_stopped():
    assert decide(group(member(1), warm_pool=warm()), 0) == [Launch(causes.WARM, is_warm=True)]
    ahead = member(2, "Warmed:Pending")
    assert decide(group(member(1), ahead, warm_pool=warm()), 0) == [Stop("i-2")]
    stopped = member(2, "Warmed:Pending", "stopped")
    assert decide(group(member(1), stopped, warm_pool=warm()), 0) == [Move("i-2", "Warmed:Stopped")]


def test_group_grows_from_its_warm_pool_first():
    ready = member(2, "Warmed:Stopped", "stopped")

    steps = decide(group(member(1), ready, desired=2, warm_pool=warm()), 0)

    assert steps[0] == Take("i-2", causes.growth(1, 2))


def test_warm_pool_that_is_too_large_shrinks():
    ready = member(2, "Warmed:Stopped", "stopped")

    assert decide(group(member(1), ready), 0) == [End("i-2", causes.WARM_SHRINKS)]
    leaving = member(2, "Warmed:Terminating", "stopped")
    assert decide(group(member(1), leaving), 0) == [Destroy("i-2")]
