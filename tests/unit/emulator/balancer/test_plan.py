"""What tells one target from another."""

from __future__ import annotations

from emulator.balancer.plan import Target, TargetGroup
from tests.unit.emulator.balancer.test_checks import CHECK


def test_targets_are_told_apart_by_group_and_port_and_not_by_where_they_stand():
    group = TargetGroup("arn", CHECK, ())
    target = Target("i-1", 8080, "127.0.0.1")

    assert group.key(target) == group.key(Target("i-1", 8080, None))
    assert group.key(target) != group.key(Target("i-1", 9090, "127.0.0.1"))
    assert group.key(target) != TargetGroup("other", CHECK, ()).key(target)
