"""Settings of the proxy that each instance reads when it boots."""

from typing import Self

from pydantic import Field, model_validator

from config.models.base import (
    MOST_SECURITY_RULES,
    HostPattern,
    Model,
    Network,
    Port,
    SecretArn,
    UnprivilegedPort,
    check_disjoint,
)
from contract.cache import LONGEST_TTL, SHORTEST_TTL
from contract.modes import Engine, Mode

LONGEST_LISTS = 2_500
"""Characters of all lists together: the settings travel in one SSM parameter, and a standard one holds 4,096."""

MOST_DESTINATION_PORTS = MOST_SECURITY_RULES - 1
"""The instances' security group has a rule for each, and one for AWS itself."""


class Authentication(Model):
    """Who may use the proxy, by name and password (HTTP Basic authentication, RFC 7617)."""

    required: bool = False
    """Whether a client must give a user's name and password."""

    secret_arn: SecretArn | None = None
    """Existing secret with the users; none for one that the identity stack creates, empty, so that nobody is let in
    until users are added. A secret stands in one region, so with several regions each has one of its own."""

    failures_per_minute: int = Field(default=10, ge=1, le=1000)
    """Wrong passwords that one client address may send in a minute, to each process, before it has to wait."""

    @model_validator(mode="after")
    def check(self) -> Self:
        if self.secret_arn is not None and not self.required:
            raise ValueError(
                f"secret_arn {self.secret_arn}: nobody would look at it; set required to true, or take secret_arn out"
            )
        return self


class Proxy(Model):
    """What the proxy does and whom it serves."""

    default_mode: Mode = Mode.XXX
    """Mode where a request chooses none."""

    semantic_engine: Engine = Engine.EMBEDDED
    """Engine that rates texts where a request chooses none, in the modes that ask how a text feels: `embedded` inside
    the function, English and free of charge, or `comprehend`, which AWS charges by the text. With `comprehend` a
    request may choose either; with `embedded` no other, so that nobody makes costs that you have not chosen."""

    port: UnprivilegedPort = 8080
    """TCP port of the proxy on the instance, where nothing runs as root. With a change the proxy is away until all
    instances are replaced."""

    health_port: UnprivilegedPort = 8081
    """TCP port of the health application on the instance. A change needs the fleet stack to be removed first."""

    admin_port: UnprivilegedPort = 8082
    """TCP port of the dashboard and admin pages, on the instance's loopback interface only."""

    processes: int = Field(default=0, ge=0, le=64)
    """Processes of the proxy on an instance, each of which uses one core at most; 0 for one per core, and two on a
    machine with a single one. Of one alone nothing is left while it is started again, so it is never replaced for its
    memory."""

    memory_percent: int = Field(default=60, ge=20, le=75)
    """Share of an instance's memory, in percent, that all processes together may have. One that has more than its part
    takes no new clients, finishes what it does and is replaced; with 30 percent more the kernel ends it."""

    drain_seconds: int = Field(default=150, ge=0, le=3600)
    """Time, in seconds, that an instance goes on serving after it has told the load balancer to send no new
    connections, which takes up to 120 seconds to work, before it ends."""

    function_timeout_seconds: float = Field(default=2.0, gt=0, le=60)
    """Time, in seconds, that the functions together have for one page before it comes back untouched."""

    fail_closed: bool = False
    """Whether to answer 502 instead of the untouched page when the functions fail."""

    max_page_bytes: int = Field(default=2_000_000, ge=1_000, le=2_400_000)
    """Size, in bytes, over which a page passes through untouched; a Lambda request carries at most 6 MB, and the page
    travels in base64 beside its texts."""

    cache_ttl_seconds: int = Field(default=3600, ge=SHORTEST_TTL, le=LONGEST_TTL)
    """Time, in seconds, that a transformed page stays in the cache; not more than `storage.cache_expiration_days`."""

    statistics_interval_seconds: float = Field(default=5.0, ge=0.1, le=3600)
    """Time, in seconds, between two reports of a process of the proxy. Settings that are changed in the dashboard reach
    it with the next one, and a process that dies takes with it what it counted since the last."""

    allowed_client_networks: tuple[Network, ...] = ()
    """CIDR blocks whose clients are served; empty means everyone who reaches the load balancer. Each takes a rule for
    each listener, of 60 that a security group holds for IPv4 and for IPv6."""

    authentication: Authentication = Authentication()
    """Users and their passwords."""

    client_requests_per_second: int = Field(default=200, ge=0, le=100_000)
    """Requests that one client address may make in a second, lasting, to each process; 0 for any number."""

    allowed_destination_networks: tuple[Network, ...] = ()
    """CIDR blocks that may be reached though they are private or loopback; empty means none."""

    allowed_destination_ports: tuple[Port, ...] = Field(
        default=(80, 443), min_length=1, max_length=MOST_DESTINATION_PORTS
    )
    """TCP ports that may be reached."""

    allowed_destination_hosts: tuple[HostPattern, ...] = ()
    """Host names that may be reached, each exact or with `*.` for all names below; empty means all."""

    blocked_destination_hosts: tuple[HostPattern, ...] = ()
    """Host names that may not be reached, though they are allowed. Where hosts are allowed or blocked, destinations
    have to be named: no URL with a bare address gets through."""

    @property
    def semantic_engines(self) -> tuple[Engine, ...]:
        """The engines that may rate texts, the default first."""
        return tuple(dict.fromkeys((self.semantic_engine, Engine.EMBEDDED)))

    @model_validator(mode="after")
    def check(self) -> Self:
        ports = (self.port, self.health_port, self.admin_port)
        if len(set(ports)) != len(ports):
            raise ValueError(
                f"port {self.port}, health_port {self.health_port}, admin_port {self.admin_port}: "
                "each is listened on by another program; choose three different ones"
            )
        return self

    @model_validator(mode="after")
    def check_networks(self) -> Self:
        check_disjoint("allowed_client_networks", self.allowed_client_networks)
        check_disjoint("allowed_destination_networks", self.allowed_destination_networks)
        return self

    @model_validator(mode="after")
    def check_lists(self) -> Self:
        lists = {
            name: getattr(self, name)
            for name in (
                "allowed_client_networks",
                "allowed_destination_networks",
                "allowed_destination_hosts",
                "blocked_destination_hosts",
            )
        }
        size = sum(len(entry) + 4 for entries in lists.values() for entry in entries)
        if size > LONGEST_LISTS:
            raise ValueError(
                f"{', '.join(lists)} have {size} characters together, {LONGEST_LISTS} are allowed; "
                "join networks, or write *.example.org for many hosts"
            )
        return self
