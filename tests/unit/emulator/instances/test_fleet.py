"""What the fleet does with groups and instances, without any AWS."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest

from emulator.balancer.health import HEALTHY, Health
from emulator.instances.addresses import NoAddressError
from emulator.instances.fleet import Fleet, Group, Member, Scope, TargetGroup

SCOPE = Scope("000000000000", "us-east-1")
UNKNOWN = Health("unused", "Target.NotRegistered", "Target is not registered to the target group")
UNHEALTHY = Health("unhealthy", "Target.FailedHealthChecks", "Health checks failed")


class Instance:
    def __init__(self) -> None:
        self.alive = True
        self.ended = False

    def is_alive(self) -> bool:
        return self.alive

    def ask_to_end(self) -> None:
        self.alive = False

    def terminate(self) -> None:
        self.alive = False
        self.ended = True


class FakeCloud:
    """Groups and instances without any AWS."""

    def __init__(self) -> None:
        self.wanted: list[Group] = []
        self.launched: list[Member] = []
        self.forgotten: list[str] = []
        self.targets: dict[str, set[str]] = {}
        self.health_of: dict[str, Health] = {}
        self.shown: dict[str, list[str]] = {}
        self.ended: set[str] = set()
        self.room = 100
        self.clock = 0.0
        self._numbers = itertools.count(1)

    def groups(self) -> list[Group]:
        return self.wanted

    def launch(self, group: Group) -> Member:
        if len(self.launched) - len(self.forgotten) >= self.room:
            raise NoAddressError("no room")
        member = Member(
            f"i-{next(self._numbers)}", "127.0.0.1", group.name, group.scope, group.template, self.clock, Instance()
        )
        self.launched.append(member)
        return member

    def register(self, group: Group, members: list[Member]) -> None:
        for target in group.target_groups:
            self.targets.setdefault(target.arn, set()).update(member.instance_id for member in members)

    def health(self, group: Group, member: Member) -> list[Health]:
        return [
            self.health_of.get(target.arn, HEALTHY) if member.instance_id in self.targets[target.arn] else UNKNOWN
            for target in group.target_groups
        ]

    def publish(self, group: Group, members: list[Member]) -> None:
        self.shown[group.name] = [member.instance_id for member in members]

    def forget(self, member: Member) -> None:
        self.forgotten.append(member.instance_id)

    def ended_by_user(self, member: Member) -> bool:
        return member.instance_id in self.ended


@pytest.fixture
def cloud():
    return FakeCloud()


@pytest.fixture
def fleet(cloud):
    return Fleet(cloud, surge=True, clock=lambda: cloud.clock)


def group(**changes) -> Group:
    made = Group(SCOPE, "proxy", "lt-1 1", desired=2, target_groups=(), grace_seconds=None)
    return replace(made, **changes)


TARGETS = (TargetGroup("targets", 8080),)


def test_group_gets_as_many_as_it_wants_and_no_more(fleet, cloud):
    cloud.wanted = [group()]

    fleet.reconcile()
    fleet.reconcile()

    assert cloud.shown["proxy"] == ["i-1", "i-2"]
    assert len(cloud.launched) == 2


def test_group_grows_and_shrinks(fleet, cloud):
    cloud.wanted = [group()]
    fleet.reconcile()

    cloud.wanted = [group(desired=3)]
    fleet.reconcile()
    assert cloud.shown["proxy"] == ["i-1", "i-2", "i-3"]
    cloud.wanted = [group(desired=1)]
    fleet.reconcile()
    assert cloud.shown["proxy"] == ["i-1"]
    assert cloud.forgotten == ["i-2", "i-3"]


def test_instances_go_with_their_group(fleet, cloud):
    cloud.wanted = [group()]
    fleet.reconcile()
    assert fleet.has_members(SCOPE, "proxy")

    cloud.wanted = []
    fleet.reconcile()

    assert not fleet.has_members(SCOPE, "proxy")
    assert all(member.running.ended for member in cloud.launched)


def test_groups_of_the_same_name_elsewhere_are_others(fleet, cloud):
    elsewhere = Scope("000000000000", "eu-central-1")
    cloud.wanted = [group(desired=1), group(desired=1, scope=elsewhere)]
    fleet.reconcile()

    cloud.wanted = [group(desired=1)]
    fleet.reconcile()

    assert cloud.forgotten == ["i-2"]


def test_dead_machine_is_replaced(fleet, cloud):
    cloud.wanted = [group()]
    fleet.reconcile()
    cloud.launched[0].running.alive = False

    fleet.reconcile()

    assert cloud.shown["proxy"] == ["i-2", "i-3"]
    assert cloud.forgotten == ["i-1"]


def test_instance_terminated_through_ec2_is_ended_and_replaced(fleet, cloud):
    cloud.wanted = [group(desired=1)]
    fleet.reconcile()
    cloud.ended.add("i-1")

    fleet.reconcile()

    assert cloud.launched[0].running.ended
    assert cloud.shown["proxy"] == ["i-2"]


def test_new_template_replaces_one_after_another_once_the_new_ones_serve(fleet, cloud):
    cloud.wanted = [group()]
    fleet.reconcile()
    cloud.wanted = [group(template="lt-1 2")]

    fleet.reconcile()
    assert cloud.shown["proxy"] == ["i-1", "i-2", "i-3", "i-4"]
    fleet.reconcile()
    assert cloud.shown["proxy"] == ["i-2", "i-3", "i-4"]
    fleet.reconcile()
    assert cloud.shown["proxy"] == ["i-3", "i-4"]


def test_old_instances_stay_while_the_new_ones_do_not_serve(fleet, cloud):
    cloud.health_of["targets"] = UNHEALTHY
    cloud.wanted = [group(desired=1)]
    fleet.reconcile()
    cloud.wanted = [group(desired=1, template="lt-1 2", target_groups=TARGETS)]

    for _ in range(5):
        fleet.reconcile()

    assert cloud.shown["proxy"] == ["i-1", "i-2"]


def test_where_there_is_one_address_the_old_instance_makes_room_first(cloud):
    fleet = Fleet(cloud, surge=False, clock=lambda: cloud.clock)
    cloud.room = 1
    cloud.wanted = [group(desired=1)]
    fleet.reconcile()
    cloud.wanted = [group(desired=1, template="lt-1 2")]

    fleet.reconcile()
    fleet.reconcile()

    assert cloud.shown["proxy"] == ["i-2"]


def test_unhealthy_instance_is_replaced_after_the_grace_period_and_not_before(fleet, cloud):
    cloud.health_of["targets"] = UNHEALTHY
    cloud.wanted = [group(desired=1, grace_seconds=60.0, target_groups=TARGETS)]
    fleet.reconcile()

    cloud.clock = 60.0
    fleet.reconcile()
    assert cloud.shown["proxy"] == ["i-1"]
    cloud.clock = 60.1
    fleet.reconcile()
    assert cloud.shown["proxy"] == ["i-2"]


def test_without_balancer_checks_health_ends_nobody(fleet, cloud):
    cloud.health_of["targets"] = UNHEALTHY
    cloud.wanted = [group(desired=1, grace_seconds=None, target_groups=TARGETS)]
    fleet.reconcile()
    cloud.clock = 10_000.0
    fleet.reconcile()

    assert cloud.shown["proxy"] == ["i-1"]
    assert not cloud.launched[0].in_service


def test_no_room_is_no_crash_and_is_tried_again(fleet, cloud):
    cloud.room = 1
    cloud.wanted = [group()]

    fleet.reconcile()
    assert cloud.shown["proxy"] == ["i-1"]
    cloud.room = 2
    fleet.reconcile()
    assert cloud.shown["proxy"] == ["i-1", "i-2"]


def test_end_of_all(fleet, cloud):
    cloud.wanted = [group()]
    fleet.reconcile()

    fleet.end_all()

    assert all(member.running.ended for member in cloud.launched)
    assert cloud.forgotten == ["i-1", "i-2"]


def test_settled_is_a_fleet_that_has_what_is_wanted_in_service_and_nothing_else(fleet, cloud):
    cloud.wanted = [group(desired=1)]
    fleet.reconcile()
    assert fleet.settled

    cloud.wanted = [group(desired=1, template="lt-1 2")]
    fleet.reconcile()
    assert not fleet.settled, "the old instance is still there"
    fleet.reconcile()
    assert fleet.settled


def test_a_fleet_whose_instance_does_not_serve_is_not_settled(fleet, cloud):
    cloud.health_of["targets"] = UNHEALTHY
    cloud.wanted = [group(desired=1, target_groups=TARGETS)]
    fleet.reconcile()
    assert not fleet.settled


def test_instance_of_a_target_group_that_no_load_balancer_uses_is_in_service(fleet, cloud):
    cloud.health_of["targets"] = Health("unused", "Target.NotInUse", "Target group is not configured")
    cloud.wanted = [group(desired=1, target_groups=TARGETS)]

    fleet.reconcile()

    assert fleet.settled
