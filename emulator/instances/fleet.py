"""Keep as many local instances as the Auto Scaling groups want, and tell AWS's APIs the truth about them.

Knows nothing of the emulator: it sees groups through the :class:`Cloud` port and starts instances through a function.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from emulator.balancer.health import Health
from emulator.instances.addresses import NoAddressError

logger = logging.getLogger("slipway.instances")


@dataclass(frozen=True)
class Scope:
    """Account and region of a group."""

    account: str
    region: str


@dataclass(frozen=True)
class TargetGroup:
    """A target group in which a group registers its instances.

    :param port: port on which targets serve.
    """

    arn: str
    port: int


@dataclass(frozen=True)
class Group:
    """What an Auto Scaling group wants.

    :param template: launch template and version, resolved; instances of another are out of date.
    :param desired: number of instances.
    :param grace_seconds: time after launch in which an unhealthy instance is left alone; None if the group does not ask
        its load balancer.
    """

    scope: Scope
    name: str
    template: str
    desired: int
    target_groups: tuple[TargetGroup, ...]
    grace_seconds: float | None


class Running(Protocol):
    """A local instance, as far as the fleet needs it."""

    def is_alive(self) -> bool:
        """Tell whether it runs."""

    def ask_to_end(self) -> None:
        """Begin to end it; do not wait."""

    def terminate(self) -> None:
        """End it and return when it is gone."""


@dataclass
class Member:
    """An instance of a group.

    :param launched: when, on the fleet's clock.
    :param health: what the load balancers say about it, one per target group.
    """

    instance_id: str
    address: str
    group: str
    scope: Scope
    template: str
    launched: float
    running: Running
    health: list[Health] = field(default_factory=list)
    in_service: bool = False

    def is_unhealthy(self) -> bool:
        """Tell whether a load balancer that is there would not send it traffic."""
        return any(health.state not in ("healthy", "unused") for health in self.health)


class Cloud(Protocol):
    """What the fleet reads from AWS and tells it."""

    def groups(self) -> list[Group]:
        """Return all groups of all accounts and regions."""

    def launch(self, group: Group) -> Member:
        """Start an instance of a group and make it known to EC2.

        :raises NoAddressError: if this machine has no room for it.
        """

    def register(self, group: Group, members: list[Member]) -> None:
        """Have the instances of a group in its target groups; those that are there already stay as they are."""

    def health(self, group: Group, member: Member) -> list[Health]:
        """Return what the load balancers say about an instance, one for each target group."""

    def publish(self, group: Group, members: list[Member]) -> None:
        """Make the instances of a group known, with their health."""

    def forget(self, member: Member) -> None:
        """Make known that an instance is gone."""

    def ended_by_user(self, member: Member) -> bool:
        """Tell whether someone terminated the instance through EC2."""


class Fleet:
    """All local instances of one emulator.

    :param cloud: AWS.
    :param surge: whether a new instance may run beside the one that it replaces.
    :param clock: seconds since whenever.
    """

    def __init__(self, cloud: Cloud, *, surge: bool, clock: Callable[[], float] = time.monotonic) -> None:
        self._cloud = cloud
        self._surge = surge
        self._clock = clock
        self._members: dict[str, Member] = {}
        self.settled = False
        """Whether every group had, at the last look, just the instances that it wants, all in service."""

    def reconcile(self) -> None:
        """Look at everything once and do what is needed."""
        groups = self._cloud.groups()
        self._end_orphans(groups)
        for group in groups:
            self._end_broken(group)
            self._resize(group)
            self._cloud.register(group, self._of(group))
            self._look_at_health(group)
            self._cloud.publish(group, self._of(group))
        self.settled = all(self._is_settled(group) for group in groups)

    def end_all(self) -> None:
        """End every instance."""
        for member in self._members.values():
            member.running.ask_to_end()
        for member in list(self._members.values()):
            self._end(member, "the emulator stops")

    def has_members(self, scope: Scope, group: str) -> bool:
        """Tell whether instances of a group are still there."""
        return any((member.scope, member.group) == (scope, group) for member in self._members.values())

    def _is_settled(self, group: Group) -> bool:
        members = self._of(group)
        current = [member for member in members if member.template == group.template and member.in_service]
        return len(members) == len(current) == group.desired

    def _of(self, group: Group) -> list[Member]:
        return [
            member for member in self._members.values() if (member.scope, member.group) == (group.scope, group.name)
        ]

    def _end_orphans(self, groups: list[Group]) -> None:
        known = {(group.scope, group.name) for group in groups}
        for member in list(self._members.values()):
            if (member.scope, member.group) not in known:
                self._end(member, "its group is gone")

    def _end_broken(self, group: Group) -> None:
        for member in self._of(group):
            if not member.running.is_alive():
                self._end(member, "its machine ended")
            elif self._cloud.ended_by_user(member):
                self._end(member, "it was terminated through EC2")
            elif self._is_beyond_hope(group, member):
                self._end(member, "it failed its health checks")

    def _is_beyond_hope(self, group: Group, member: Member) -> bool:
        if group.grace_seconds is None or not member.is_unhealthy():
            return False
        return self._clock() - member.launched > group.grace_seconds

    def _resize(self, group: Group) -> None:
        """Bring a group to its size; instances of an old template go when enough new ones serve."""
        members = self._of(group)
        current = [member for member in members if member.template == group.template]
        outdated = [member for member in members if member.template != group.template]
        for member in current[group.desired :]:
            self._end(member, "the group shrinks")
        if outdated and not self._surge:
            self._end(outdated.pop(0), "its launch template changed")
        if outdated and sum(member.in_service for member in current) >= group.desired:
            self._end(outdated[0], "its launch template changed")
        wanted = group.desired if self._surge else group.desired - len(outdated)
        for _ in range(wanted - len(current)):
            self._launch(group)

    def _launch(self, group: Group) -> None:
        try:
            member = self._cloud.launch(group)
        except (NoAddressError, OSError) as error:
            logger.warning("group %s cannot launch an instance: %s", group.name, error)
            return
        self._members[member.instance_id] = member
        logger.info("group %s: launched %s at %s", group.name, member.instance_id, member.address)

    def _look_at_health(self, group: Group) -> None:
        for member in self._of(group):
            member.health = self._cloud.health(group, member)
            member.in_service = not member.is_unhealthy()

    def _end(self, member: Member, why: str) -> None:
        logger.info("group %s: terminating %s: %s", member.group, member.instance_id, why)
        member.running.terminate()
        self._members.pop(member.instance_id, None)
        self._cloud.forget(member)
