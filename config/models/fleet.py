"""Settings of the fleet stack: load balancer, instances and how their number follows the load."""

from enum import StrEnum
from typing import Self

from pydantic import Field, model_validator

from config.models.base import InstanceType, Model, Port


class Scheme(StrEnum):
    """Who can reach the load balancer."""

    INTERNAL = "internal"
    INTERNET_FACING = "internet-facing"


class HealthCheck(Model):
    """How the load balancer finds out whether an instance works."""

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
                f"timeout_seconds {self.timeout_seconds} is more than interval_seconds {self.interval_seconds}"
            )
        return self


class Fleet(Model):
    """The instances of the proxy behind their load balancer."""

    scheme: Scheme = Scheme.INTERNAL
    """Whether the load balancer has addresses on the internet; that needs `proxy.allowed_client_networks`."""

    listener_port: Port = 8080
    """TCP port of the load balancer."""

    instance_type: InstanceType = "t4g.small"
    """EC2 instance type; its architecture is that of `image.architecture`."""

    minimum: int = Field(default=1, ge=0, le=1000)
    """Least number of instances."""

    desired: int = Field(default=2, ge=0, le=1000)
    """Number of instances to start with."""

    maximum: int = Field(default=10, ge=1, le=1000)
    """Greatest number of instances."""

    cpu_target_percent: int = Field(default=55, ge=10, le=90)
    """Mean CPU use, in percent, that scaling aims at."""

    health_check: HealthCheck = HealthCheck()
    """The load balancer's health check."""

    health_check_grace_seconds: int = Field(default=300, ge=0, le=7200)
    """Time, in seconds, that a new instance has before its health counts."""

    deregistration_delay_seconds: int = Field(default=150, ge=0, le=3600)
    """Time, in seconds, that running connections have to end when an instance leaves."""

    deletion_protection: bool = False
    """Whether the load balancer refuses to be deleted."""

    volume_gib: int = Field(default=12, ge=8, le=100)
    """Size of each instance's encrypted root volume, in GiB; not less than `image.volume_gib`."""

    @model_validator(mode="after")
    def check(self) -> Self:
        if not self.minimum <= self.desired <= self.maximum:
            raise ValueError(
                f"minimum {self.minimum}, desired {self.desired}, maximum {self.maximum}: "
                "they have to be in ascending order"
            )
        return self
