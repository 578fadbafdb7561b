"""Settings of the network stack."""

import ipaddress
from enum import StrEnum
from typing import Self

from pydantic import Field, field_validator, model_validator

from config.models.base import Days, Model, Reason, SubnetId, VpcBlock, VpcId, Zone, check_disjoint


class Egress(StrEnum):
    """How instances reach the internet. A proxy without a way out has no use, so no choice is without one."""

    PUBLIC = "public"
    """They stand in public subnets and have public addresses of their own."""

    NAT = "nat"
    """They stand in private subnets of a network of ours, behind its NAT gateways."""

    ROUTED = "routed"
    """They stand in private subnets of an existing network, whose own routes lead out."""


class Endpoint(StrEnum):
    """AWS's services that the platform uses and that can be had as interface endpoints.

    Lambda's is for its API; function URLs have none and are always called through the way out.
    Source: https://docs.aws.amazon.com/vpc/latest/privatelink/aws-services-privatelink-support.html
    """

    AUTOSCALING = "autoscaling"
    EC2 = "ec2"
    EC2_MESSAGES = "ec2messages"
    IMAGE_BUILDER = "imagebuilder"
    KMS = "kms"
    LAMBDA = "lambda"
    LOGS = "logs"
    MONITORING = "monitoring"
    SECRETS_MANAGER = "secretsmanager"
    SSM = "ssm"
    SSM_MESSAGES = "ssmmessages"
    STS = "sts"
    XRAY = "xray"


class ExistingNetwork(Model):
    """A VPC that exists already, and where in it the platform may stand. Nothing of it is changed."""

    vpc_id: VpcId
    """Id of the VPC."""

    cidr: VpcBlock
    """IPv4 address block of the VPC, the first one that it got."""

    secondary_cidrs: tuple[VpcBlock, ...] = Field(default=(), max_length=49)
    """Further IPv4 address blocks of the VPC; clients in one that is not named cannot connect, unless
    `proxy.allowed_client_networks` names it."""

    public_subnets: dict[Zone, SubnetId] = {}
    """Ids of public subnets by availability zone; an internet-facing load balancer stands in them."""

    private_subnets: dict[Zone, SubnetId] = {}
    """Ids of private subnets by availability zone, with a route to the internet through whatever that network has."""

    @property
    def address_blocks(self) -> tuple[str, ...]:
        """All address blocks of the VPC."""
        return self.cidr, *self.secondary_cidrs

    @field_validator("cidr", "secondary_cidrs")
    @classmethod
    def check_sizes(cls, blocks: str | tuple[str, ...]) -> str | tuple[str, ...]:
        for block in (blocks,) if isinstance(blocks, str) else blocks:
            if not 16 <= ipaddress.ip_network(block).prefixlen <= 28:
                raise ValueError(f"{block}: the blocks of a VPC are a /16 to /28; write the one that AWS shows of it")
        return blocks

    @model_validator(mode="after")
    def check(self) -> Self:
        if self.cidr in self.secondary_cidrs:
            raise ValueError(f"secondary_cidrs {self.cidr}: is cidr already; name it once")
        check_disjoint("secondary_cidrs", self.address_blocks)
        ids = [*self.public_subnets.values(), *self.private_subnets.values()]
        if twice := sorted({subnet for subnet in ids if ids.count(subnet) > 1}):
            raise ValueError(
                f"subnets {', '.join(twice)}: named more than once, and a subnet stands in one zone, public or "
                "private; name each once"
            )
        for name in ("public_subnets", "private_subnets"):
            zones = getattr(self, name)
            if len(zones) == 1:
                raise ValueError(f"{name} {', '.join(zones)}: one zone is too few, as it may fail; name two or three")
        if not ids:
            raise ValueError("no subnets; name some of two zones in public_subnets, private_subnets or both")
        return self


class NetworkSettings(Model):
    """The VPC and its subnets."""

    cidr: VpcBlock = "10.77.0.0/16"
    """Address block of the VPC, a /16 to /24. A change needs the fleet stack to be removed first."""

    zones: tuple[Zone, ...] = Field(default=("us-east-1a", "us-east-1b"), min_length=2)
    """Availability zones to use, two or three of each region, named so that synthesis need not ask AWS; add one behind
    those that are there, since each keeps the addresses of its place in the list."""

    existing: ExistingNetwork | None = None
    """A VPC that exists already, to stand in; none for one of the platform's own. `zones` has to be those of its
    subnets."""

    egress: Egress = Egress.PUBLIC
    """How instances reach the internet: `public` addresses of their own, through `nat` gateways, or `routed` by what an
    existing network has. A change from `nat` to `public` needs the fleet stack to be removed first."""

    nat_gateways: int | None = Field(default=None, ge=1, le=3)
    """Number of NAT gateways with egress `nat`, none meaning one: that is cheap, one per zone survives the loss of a
    zone."""

    interface_endpoints: tuple[Endpoint, ...] = ()
    """AWS's services to have at addresses within the network, each for a price per zone and hour; they then take only
    calls with credentials of this account, from everybody in the network."""

    flow_log_retention_days: Days = 30
    """Age, in days, at which flow logs may be deleted; CloudWatch Logs rounds it up to what it offers."""

    no_flow_logs_reason: Reason | None = None
    """Why flows are not logged, 10 to 300 characters; none to log them, in a network of the platform's own."""

    @property
    def address_blocks(self) -> tuple[str, ...]:
        """Address blocks of the network in use."""
        return self.existing.address_blocks if self.existing else (self.cidr,)

    @property
    def logs_flows(self) -> bool:
        """Whether the platform logs the flows of its network."""
        return self.existing is None and self.no_flow_logs_reason is None

    @property
    def nat_gateway_count(self) -> int:
        """Number of NAT gateways to make."""
        return (self.nat_gateways or 1) if self.egress is Egress.NAT else 0

    @model_validator(mode="after")
    def check_zones(self) -> Self:
        if not 16 <= ipaddress.ip_network(self.cidr).prefixlen <= 24:
            raise ValueError(
                f"cidr {self.cidr}: AWS and the division into subnets allow /16 to /24; choose a block of that size"
            )
        return self

    @model_validator(mode="after")
    def check_egress(self) -> Self:
        if self.nat_gateways is not None and self.egress is not Egress.NAT:
            raise ValueError(
                f"nat_gateways {self.nat_gateways}: with egress {self.egress} there are no private subnets of ours "
                "that would use them; leave it out, or set egress to nat"
            )
        return self

    def check_place(self) -> None:
        """Check what holds for the network of one region, once that region's own values are in place.

        :raises ValueError: if egress or zones do not go with the existing network, or with there being none.
        """
        if self.existing is None:
            if self.egress is Egress.ROUTED:
                raise ValueError(
                    "egress routed: a network of our own has no way out but its gateways; use public or nat, or name "
                    "an existing network"
                )
            if self.nat_gateway_count > len(self.zones):
                raise ValueError(
                    f"nat_gateways {self.nat_gateways}: there are only {len(self.zones)} zones, and a second one in a "
                    f"zone has no use; write {len(self.zones)} or less"
                )
            return
        if self.egress is Egress.NAT:
            raise ValueError(
                "egress nat: NAT gateways are made in a network of our own only; in an existing one use routed or "
                "public"
            )
        kind = "public_subnets" if self.egress is Egress.PUBLIC else "private_subnets"
        if not getattr(self.existing, kind):
            raise ValueError(f"egress {self.egress}: instances stand in existing.{kind}, which names none; name some")
        self._check_zones_of(self.existing)

    def _check_zones_of(self, existing: ExistingNetwork) -> None:
        for kind in ("public_subnets", "private_subnets"):
            used = set(getattr(existing, kind))
            if used and used != set(self.zones):
                raise ValueError(
                    f"existing.{kind} stands in {', '.join(sorted(used))}, and zones are {', '.join(self.zones)}; "
                    "name one subnet for each zone"
                )
