"""Settings of the fleet stack: load balancer and instances, how many there are, and how they are replaced."""

from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, model_validator

from config.models.base import CertificateArn, Days, InstanceType, Model, Port
from config.models.forms import Form
from contract import routes
from contract.lifecycle import HEARTBEAT_SECONDS

AlarmName = Annotated[str, Form("the name of an alarm, 1 to 255 characters", r"[ -~]{1,255}", "backend-errors")]
UrlPath = Annotated[str, Form("a path that begins with a slash", r"/[!-~]{0,1023}", "/info/health")]

LONGEST_SPREAD_PERCENT = 100
"""Greatest difference between the two shares of a rollout, as Amazon EC2 Auto Scaling allows it."""


class Scheme(StrEnum):
    """Who can reach the load balancer."""

    INTERNAL = "internal"
    INTERNET_FACING = "internet-facing"


class Protocol(StrEnum):
    """What a listener of the load balancer speaks."""

    TCP = "tcp"
    TLS = "tls"
    UDP = "udp"
    TCP_UDP = "tcp_udp"


class Listener(Model):
    """A port on which the load balancer listens."""

    port: Port = 8080
    """Port of the load balancer."""

    protocol: Protocol = Protocol.TCP
    """`tcp` passes connections on as they are; `tls` ends TLS with `certificate_arn`, for browsers that speak HTTPS to
    their proxy; `udp` and `tcp_udp` are for what an image of your own serves beside the proxy, which speaks TCP."""


class HealthCheck(Model):
    """How the load balancer finds out whether an instance works."""

    path: UrlPath = routes.HEALTH
    """Path of a page at `proxy.health_port` that answers 200 where the instance works; starts with a slash."""

    interval_seconds: int = Field(default=30, ge=5, le=300)
    """Time between two checks, in seconds."""

    timeout_seconds: int = Field(default=6, ge=2, le=120)
    """Time, in seconds, after which a check counts as failed."""

    healthy_threshold: int = Field(default=3, ge=2, le=10)
    """Passed checks in a row that make an instance healthy."""

    unhealthy_threshold: int = Field(default=3, ge=2, le=10)
    """Failed checks in a row that make an instance unhealthy."""

    @model_validator(mode="after")
    def check(self) -> Self:
        if self.timeout_seconds > self.interval_seconds:
            raise ValueError(
                f"timeout_seconds {self.timeout_seconds} is more than interval_seconds {self.interval_seconds}, and a "
                f"check has to end before the next one begins; write {self.interval_seconds} or less"
            )
        return self


class Scaling(Model):
    """How the number of instances follows the load, up and down."""

    cpu_target_percent: int = Field(default=55, ge=10, le=90)
    """Mean CPU use of the instances, in percent, that scaling aims at."""

    surge_cpu_percent: int | None = Field(default=85, ge=20, le=100)
    """Mean CPU use, in percent, at which half as many instances again are added at once, and twice as many near 100
    percent; none to leave sudden load to `cpu_target_percent` alone."""

    network_mib_per_second: float | None = Field(default=None, gt=0, le=25_000)
    """Mean traffic out of an instance, in MiB per second, that scaling aims at, too; none not to look at it."""

    warmup_seconds: int = Field(default=180, ge=0, le=3600)
    """Time, in seconds, until a new instance takes its share of the load and counts in these means."""

    @model_validator(mode="after")
    def check(self) -> Self:
        if self.surge_cpu_percent is not None and self.surge_cpu_percent <= self.cpu_target_percent:
            raise ValueError(
                f"surge_cpu_percent {self.surge_cpu_percent} is not above cpu_target_percent {self.cpu_target_percent};"
                " raise it, or write null"
            )
        return self


class Rollout(Model):
    """How instances are replaced when their image, settings or types change, and what undoes it."""

    minimum_healthy_percent: int = Field(default=100, ge=0, le=100)
    """Share of the instances, in percent, that serves all the time; 100 launches new ones before old ones go."""

    maximum_healthy_percent: int = Field(default=150, ge=100, le=200)
    """Share, in percent, that may run at the same time; what lies between the shares is replaced at once."""

    bake_minutes: int = Field(default=5, ge=0, le=2880)
    """Time, in minutes, for which the new instances are watched before the deployment is complete."""

    undo_on_alarm: bool = True
    """Whether the alarm on unhealthy instances, and `alarms`, undo the replacement; `false` for one deployment that
    repairs a fleet whose alarm rings already, since no replacement begins then."""

    alarms: tuple[AlarmName, ...] = Field(default=(), max_length=9)
    """Names of alarms of your own, in each region, that undo the replacement, too."""

    unhealthy_minutes: int = Field(default=3, ge=1, le=60)
    """Minutes of the last `unhealthy_minutes` + 2 in which some instance is unhealthy that make the alarm ring; longer
    than an instance takes to start, and not longer than one that never serves is left alone, which is
    `health_check_grace_seconds` less the time of the checks that have to fail."""

    @model_validator(mode="after")
    def check(self) -> Self:
        minimum, maximum = self.minimum_healthy_percent, self.maximum_healthy_percent
        if not 0 < maximum - minimum <= LONGEST_SPREAD_PERCENT:
            raise ValueError(
                f"minimum_healthy_percent {minimum} and maximum_healthy_percent {maximum}: the second has to be "
                f"greater, by {LONGEST_SPREAD_PERCENT} at most; 100 and 150 keep all instances, 50 and 100 cost less"
            )
        return self


class Fleet(Model):
    """The instances of the proxy behind their load balancer."""

    scheme: Scheme = Scheme.INTERNAL
    """Whether the load balancer has addresses on the internet; that needs `proxy.allowed_client_networks` or
    `proxy.authentication`. A change makes another load balancer, with another address, and needs `deletion_protection`
    to be off since a deployment before."""

    listeners: tuple[Listener, ...] = Field(default=(Listener(),), min_length=1, max_length=50)
    """Ports of the load balancer."""

    certificate_arn: CertificateArn | None = None
    """Certificate of the `tls` listeners, of the region that they are in."""

    cross_zone: bool = True
    """Whether each address of the load balancer uses the instances of all zones; else those of its own."""

    instance_types: tuple[InstanceType, ...] = Field(default=("t4g.small",), min_length=1, max_length=40)
    """EC2 instance types, the preferred one first; their architecture is that of `image.architecture`. With several,
    instances are launched where there is capacity."""

    spot_percent: int = Field(default=0, ge=0, le=100)
    """Share of the instances above `on_demand_base`, in percent, that are spot instances: cheaper, and taken back with
    two minutes' notice. They are replaced when AWS expects that."""

    on_demand_base: int = Field(default=0, ge=0, le=1000)
    """Number of instances that are never spot instances."""

    minimum: int = Field(default=1, ge=0, le=1000)
    """Least number of instances, and the one to start with."""

    desired: int | None = Field(default=None, ge=0, le=1000)
    """Number of instances to set with this deployment; none to leave it to scaling. Where it is given, each deployment
    that changes the group sets it again, whatever the load."""

    maximum: int = Field(default=10, ge=1, le=1000)
    """Greatest number of instances, apart from those that a rollout adds for its time."""

    scaling: Scaling = Scaling()
    """How the number of instances follows the load."""

    rollout: Rollout = Rollout()
    """How instances are replaced."""

    health_check: HealthCheck = HealthCheck()
    """The load balancer's health check."""

    health_check_grace_seconds: int = Field(default=300, ge=0, le=7200)
    """Time, in seconds, that a new instance has before its health counts; a rollout waits as long for each batch."""

    deregistration_delay_seconds: int = Field(default=150, ge=0, le=3600)
    """Time, in seconds, that running connections have to end when an instance leaves; the load balancer may send new
    ones for up to 120 seconds of it. It runs at the same time as `proxy.drain_seconds`, and the instance goes when both
    are over."""

    start_timeout_seconds: int = Field(default=180, gt=3 * HEARTBEAT_SECONDS, le=7200)
    """Time, in seconds, without a word of an instance that starts after which it is given up and another one launched.
    One that boots but does not serve gives itself up after five minutes."""

    drain_timeout_seconds: int = Field(default=120, gt=3 * HEARTBEAT_SECONDS, le=7200)
    """Time, in seconds, without a word of an instance that drains after which it is terminated all the same."""

    deletion_protection: bool = False
    """Whether the load balancer refuses to be deleted."""

    volume_gib: int = Field(default=12, ge=8, le=100)
    """Size of each instance's encrypted root volume, in GiB; not less than `image.volume_gib`."""

    log_retention_days: Days = 30
    """Age, in days, at which logs of instances may be deleted; CloudWatch Logs rounds it up to what it offers."""

    @property
    def tcp_ports(self) -> tuple[int, ...]:
        """Ports of the load balancer that take TCP connections."""
        return tuple(listener.port for listener in self.listeners if listener.protocol is not Protocol.UDP)

    @model_validator(mode="after")
    def check_sizes(self) -> Self:
        desired = self.minimum if self.desired is None else self.desired
        if not self.minimum <= desired <= self.maximum:
            middle = "" if self.desired is None else f", desired {self.desired}"
            raise ValueError(
                f"minimum {self.minimum}{middle}, maximum {self.maximum}: "
                "they have to be in ascending order; raise the later ones or lower the earlier ones"
            )
        return self

    @model_validator(mode="after")
    def check_instances(self) -> Self:
        if self.on_demand_base and not self.spot_percent:
            raise ValueError(
                f"on_demand_base {self.on_demand_base}: without spot_percent no instance is a spot instance; "
                "set spot_percent, or take on_demand_base out"
            )
        if self.on_demand_base > self.maximum:
            raise ValueError(
                f"on_demand_base {self.on_demand_base} is more than maximum {self.maximum}, so that no instance would "
                "be a spot instance; lower it, or raise maximum"
            )
        return self

    @model_validator(mode="after")
    def check_listeners(self) -> Self:
        ports = [listener.port for listener in self.listeners]
        twice = sorted({port for port in ports if ports.count(port) > 1})
        if twice:
            raise ValueError(
                f"listeners have port {twice[0]} more than once; name each port once, with protocol tcp_udp if it is "
                "for both"
            )
        protocols = {listener.protocol for listener in self.listeners}
        if protocols == {Protocol.UDP}:
            raise ValueError(
                "listeners have protocol udp only; the proxy speaks TCP, so add one of tcp, tls or tcp_udp"
            )
        if (Protocol.TLS in protocols) != (self.certificate_arn is not None):
            raise ValueError(
                f"certificate_arn {self.certificate_arn or 'null'} and listeners of {', '.join(sorted(protocols))}: "
                "a listener of protocol tls, and no other, needs a certificate; give both or neither"
            )
        return self
