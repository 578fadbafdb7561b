"""What there is to balance, as values; whoever knows the load balancers hands it in anew when something changes."""

from __future__ import annotations

from dataclasses import dataclass

TargetKey = tuple[str, str, int]
"""ARN of the target group, id of the target (of an instance, or an IP address), port."""


@dataclass(frozen=True)
class Check:
    """How a target group checks its targets.

    :param port: TCP port on the target; None for the port on which the target serves.
    :param path: path of the HTTP request; None for a check that only connects.
    :param is_encrypted: whether the HTTP request goes over TLS; the certificate may be any, as on AWS.
    :param codes: HTTP statuses that count as healthy, for example `200` or `200-399` or `200,204`.
    :param interval_seconds: time from one check to the next.
    :param timeout_seconds: time for the answer.
    :param healthy_threshold: successes in a row that make an unhealthy target healthy.
    :param unhealthy_threshold: failures in a row that make a healthy target unhealthy.
    """

    port: int | None
    path: str | None
    is_encrypted: bool
    codes: str
    interval_seconds: float
    timeout_seconds: float
    healthy_threshold: int
    unhealthy_threshold: int


@dataclass(frozen=True)
class Target:
    """A registered target.

    :param identifier: id of an instance, or an IP address.
    :param port: TCP port on which it serves.
    :param address: where it can be reached on this machine; None if nowhere.
    """

    identifier: str
    port: int
    address: str | None


@dataclass(frozen=True)
class TargetGroup:
    """A target group that a load balancer uses; one that none uses is not checked and has no place in a plan.

    :param keeps_unhealthy: whether connections to a target that turns unhealthy go on.
    :param preserves_client: whether targets see a client's own address.
    """

    arn: str
    check: Check
    targets: tuple[Target, ...]
    keeps_unhealthy: bool = False
    preserves_client: bool = False

    def key(self, target: Target) -> TargetKey:
        """Return what tells a target from all others."""
        return self.arn, target.identifier, target.port


@dataclass(frozen=True)
class Listener:
    """A TCP listener.

    :param port: TCP port that clients connect to on AWS.
    :param group_arn: target group to which it forwards.
    :param idle_seconds: a connection on which nothing moves for so long is reset.
    """

    arn: str
    port: int
    group_arn: str
    idle_seconds: float


@dataclass(frozen=True)
class LoadBalancer:
    """A network load balancer.

    :param address: loopback address that it had before, to be used again if it is free.
    """

    arn: str
    listeners: tuple[Listener, ...]
    address: str | None = None


@dataclass(frozen=True)
class Plan:
    """Everything there is to balance."""

    groups: tuple[TargetGroup, ...] = ()
    balancers: tuple[LoadBalancer, ...] = ()
