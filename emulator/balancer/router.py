"""Which target a new connection gets, and which connections each target has."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from emulator.balancer.health import Health
from emulator.balancer.plan import Plan, Target, TargetGroup, TargetKey
from emulator.balancer.relay import Flow


@dataclass(frozen=True)
class Choice:
    """A target for a connection.

    :param preserves_client: whether it is to see the client's own address.
    """

    key: TargetKey
    target: Target
    preserves_client: bool


class Router:
    """Chooses among the targets of a plan.

    :param health: tells what is known of a target.
    """

    def __init__(self, health: Callable[[TargetKey], Health | None]) -> None:
        self._health = health
        self._groups: dict[str, TargetGroup] = {}
        self._turns: defaultdict[str, Iterator[int]] = defaultdict(itertools.count)
        self._flows: defaultdict[TargetKey, set[Flow]] = defaultdict(set)

    def apply(self, plan: Plan) -> None:
        """Choose among these targets from now on; connections that there are stay where they are."""
        self._groups = {group.arn: group for group in plan.groups}

    def choose(self, group_arn: str) -> Choice | None:
        """Return the target for the next connection, or None if the group has none.

        The healthy targets take turns; if none is healthy all do, for one of them may work after all.
        """
        group = self._groups.get(group_arn)
        targets = [target for target in group.targets if target.address] if group else []
        if group is None or not targets:
            return None
        healthy = [target for target in targets if self._is_healthy(group.key(target))]
        candidates = healthy or targets
        target = candidates[next(self._turns[group_arn]) % len(candidates)]
        return Choice(group.key(target), target, group.preserves_client)

    def add(self, key: TargetKey, flow: Flow) -> None:
        """Note a connection of a target, until it ends."""
        self._flows[key].add(flow)

    def remove(self, key: TargetKey, flow: Flow) -> None:
        """Note that a connection of a target has ended."""
        self._flows[key].discard(flow)
        if not self._flows[key]:
            del self._flows[key]

    def is_idle(self, key: TargetKey) -> bool:
        """Tell whether a target gets no new connections and has none; may be called from any thread."""
        group = self._groups.get(key[0])
        return key not in self._flows and not (group and any(group.key(target) == key for target in group.targets))

    def reset(self, key: TargetKey) -> None:
        """Reset all connections of a target."""
        for flow in list(self._flows.get(key, ())):
            flow.reset()

    def note_health(self, key: TargetKey, health: Health) -> None:
        """Do what follows from a change of a target's health."""
        group = self._groups.get(key[0])
        if health.state == "unhealthy" and group is not None and not group.keeps_unhealthy:
            self.reset(key)

    def _is_healthy(self, key: TargetKey) -> bool:
        health = self._health(key)
        return health is not None and health.state == "healthy"
