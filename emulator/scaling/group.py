"""An Auto Scaling group and its instances at one moment, as far as decisions need them. Values only."""

from __future__ import annotations

from dataclasses import dataclass

LAUNCHING = "autoscaling:EC2_INSTANCE_LAUNCHING"
TERMINATING = "autoscaling:EC2_INSTANCE_TERMINATING"
ENDED = frozenset({"shutting-down", "terminated", ""})
"""EC2 states of an instance that nothing brings back; empty where EC2 has forgotten it."""


@dataclass(frozen=True)
class Action:
    """What one lifecycle hook waits for, for one instance.

    :param hook: the hook's name.
    :param token: names this action to those who complete it.
    :param deadline: when the hook's default result takes effect, in seconds since the epoch; a heartbeat moves it.
    :param default: `CONTINUE` or `ABANDON`.
    :param result: the same, or empty while nobody has completed it.
    """

    hook: str
    token: str
    deadline: float
    default: str
    result: str = ""

    def outcome(self, now: float) -> str:
        """Return the result, or nothing while the action is open."""
        return self.result or (self.default if now >= self.deadline else "")


@dataclass(frozen=True)
class Member:
    """An instance of a group.

    :param state: lifecycle state, as `Pending:Wait` or `Warmed:Stopped`.
    :param since: when it came into service, in seconds since the epoch.
    :param template: launch template and version that it was launched from.
    :param machine: EC2's state of it.
    :param zone: availability zone.
    :param complaint: why a user reported it unhealthy; empty while nobody has.
    :param balancer: what the worst of its target groups says of it; empty without any.
    :param is_drained: whether no target group sends it anything any more.
    :param is_protected: whether it is safe from scaling in.
    :param is_interrupted: whether EC2 is about to take it back.
    :param has_signalled: whether it has sent CloudFormation its signal.
    :param actions: lifecycle actions under way.
    """

    instance_id: str
    state: str
    since: float
    template: str
    machine: str
    zone: str = ""
    complaint: str = ""
    balancer: str = ""
    is_drained: bool = True
    is_protected: bool = False
    is_interrupted: bool = False
    has_signalled: bool = False
    actions: tuple[Action, ...] = ()

    @property
    def is_warm(self) -> bool:
        """Whether it belongs to the warm pool."""
        return self.state.startswith("Warmed:")

    @property
    def is_leaving(self) -> bool:
        """Whether it is being terminated."""
        return self.state.removeprefix("Warmed:").startswith("Terminat")

    @property
    def counts(self) -> bool:
        """Whether it counts towards the group's capacity."""
        return not self.is_warm and not self.is_leaving


@dataclass(frozen=True)
class WarmPool:
    """Instances that are launched ahead.

    :param minimum: least number of them.
    :param prepared: number of them and of the instances in service together; the group's maximum if None.
    :param state: `Stopped` or `Running`.
    """

    minimum: int
    prepared: int | None
    state: str


@dataclass(frozen=True)
class Replacement:
    """Instances that are replaced a few at a time: by an instance refresh, or by an update of a stack.

    :param outdated: ids of those that have to go.
    :param minimum: number of instances that have to serve meanwhile.
    :param maximum: greatest number of instances meanwhile.
    :param batch: greatest number of instances that are replaced at the same time.
    :param settling: time, in seconds, after which a new instance counts as serving whatever its health.
    :param warmup: time, in seconds, that it has to be in service at least.
    :param needs_signal: whether it has to signal CloudFormation first.
    :param cause: why they go, in AWS's words.
    """

    outdated: frozenset[str]
    minimum: int
    maximum: int
    batch: int
    settling: float
    warmup: float
    needs_signal: bool
    cause: str


@dataclass(frozen=True)
class Group:
    """An Auto Scaling group.

    :param template: launch template and version that new instances are launched from.
    :param hooks: lifecycle transitions for which it has hooks.
    :param grace: time in service, in seconds, in which the load balancer's opinion of an instance does not count; None
        if it never does.
    :param suspended: names of the processes that do not run, as `Launch`.
    :param policies: termination policies, first come first.
    :param rebalances: whether it replaces instances that are about to be interrupted.
    """

    template: str
    desired: int
    maximum: int
    members: tuple[Member, ...] = ()
    hooks: frozenset[str] = frozenset()
    grace: float | None = None
    suspended: frozenset[str] = frozenset()
    policies: tuple[str, ...] = ("Default",)
    rebalances: bool = False
    warm_pool: WarmPool | None = None
    replacement: Replacement | None = None

    def runs(self, process: str) -> bool:
        """Tell whether a process is not suspended."""
        return process not in self.suspended


def is_ready(member: Member, replacement: Replacement | None, now: float) -> bool:
    """Tell whether an instance serves: whether the next one may be replaced.

    AWS waits a fixed time (pause time, warm-up) where nothing signals; here an instance that its load balancer finds
    healthy is ready at once, and that time is only the longest that we wait for it.
    """
    if member.state != "InService" or member.machine != "running" or member.complaint:
        return False
    age = now - member.since
    if replacement is None or member.instance_id in replacement.outdated:
        return member.balancer in ("", "healthy", "unused")
    if replacement.needs_signal and not member.has_signalled:
        return False
    if age < replacement.warmup:
        return False
    return member.balancer in ("", "healthy", "unused") or age >= replacement.settling
