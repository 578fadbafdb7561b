"""Settings of the proxy that each instance reads when it boots."""

from typing import Self

from pydantic import Field, model_validator

from config.models.base import Model, Network, Port, UnprivilegedPort
from contract.cache import LONGEST_TTL, SHORTEST_TTL
from contract.modes import Mode


class Proxy(Model):
    """What the proxy does and whom it serves."""

    default_mode: Mode = Mode.XXX
    """Mode where a request chooses none."""

    port: UnprivilegedPort = 8080
    """TCP port of the proxy on the instance, where nothing runs as root."""

    health_port: UnprivilegedPort = 8081
    """TCP port of the health application on the instance."""

    admin_port: UnprivilegedPort = 8082
    """TCP port of the dashboard and admin pages, on the instance's loopback interface only."""

    function_timeout_seconds: float = Field(default=2.0, gt=0, le=60)
    """Time, in seconds, that the functions together have for one page before it comes back untouched."""

    fail_closed: bool = False
    """Whether to answer 502 instead of the untouched page when the functions fail."""

    max_page_bytes: int = Field(default=2_000_000, ge=1_000, le=2_400_000)
    """Size, in bytes, over which a page passes through untouched; a Lambda request carries at most 6 MB, and the page
    travels in base64 beside its texts."""

    cache_ttl_seconds: int = Field(default=3600, ge=SHORTEST_TTL, le=LONGEST_TTL)
    """Time, in seconds, that a transformed page stays in the cache; not more than `storage.cache_expiration_days`."""

    statistics_interval_seconds: float = Field(default=10.0, ge=0.1, le=3600)
    """Time, in seconds, between two reports of the counters."""

    allowed_client_networks: tuple[Network, ...] = ()
    """CIDR blocks whose clients are served; empty means everyone who reaches the load balancer."""

    allowed_destination_networks: tuple[Network, ...] = ()
    """CIDR blocks that may be reached though they are private or loopback; empty means none."""

    allowed_destination_ports: tuple[Port, ...] = Field(default=(80, 443), min_length=1)
    """TCP ports that may be reached."""

    @model_validator(mode="after")
    def check(self) -> Self:
        ports = (self.port, self.health_port, self.admin_port)
        if len(set(ports)) != len(ports):
            raise ValueError(
                f"port {self.port}, health_port {self.health_port}, admin_port {self.admin_port}: choose three"
            )
        return self
