"""Settings of the network stack."""

import ipaddress
from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator

from config.models.base import Days, Model, Network

Zone = Annotated[str, StringConstraints(pattern=r"^[a-z]{2}(-[a-z]+)+-\d[a-z]$")]


class NetworkSettings(Model):
    """The VPC and its subnets."""

    cidr: Network = "10.77.0.0/16"
    """Address block of the VPC, a /16 to /24."""

    zones: tuple[Zone, ...] = Field(default=("us-east-1a", "us-east-1b"), min_length=2, max_length=3)
    """Availability zones to use, two or three, named so that synthesis need not ask AWS."""

    private_instances: bool = False
    """Whether instances stand in private subnets and reach the internet through NAT gateways; else in public ones."""

    nat_gateways: int = Field(default=1, ge=1, le=3)
    """Number of NAT gateways where instances are private; one is cheap, one per zone survives the loss of a zone."""

    flow_log_retention_days: Days = 30
    """Age, in days, at which flow logs may be deleted; CloudWatch Logs rounds it up to what it offers."""

    @model_validator(mode="after")
    def check(self) -> Self:
        if not 16 <= ipaddress.ip_network(self.cidr).prefixlen <= 24:
            raise ValueError(f"cidr {self.cidr}: AWS and the division into subnets allow /16 to /24")
        if len(set(self.zones)) != len(self.zones):
            raise ValueError(f"zones {', '.join(self.zones)}: each zone may be named once")
        if self.private_instances and self.nat_gateways > len(self.zones):
            raise ValueError(f"nat_gateways {self.nat_gateways}: there are only {len(self.zones)} zones")
        return self
