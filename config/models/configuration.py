"""The root of the configuration tree, and the rules that concern more than one part of it."""

from datetime import date
from ipaddress import ip_network
from itertools import combinations
from typing import Annotated, Self

from pydantic import Field, StringConstraints, field_validator, model_validator

from config.models.base import Architecture, Environment, Model, Removal
from config.models.cache import Cache
from config.models.dns import Dns, Records, check_endpoint, check_names, check_routing, check_zone
from config.models.fleet import Fleet, Scheme
from config.models.functions import Functions
from config.models.identity import Identity
from config.models.image import Image
from config.models.locality import check_locality, check_way_out
from config.models.network import NetworkSettings
from config.models.observability import Budget, Cost, Observability
from config.models.proxy import Proxy
from config.models.regional import Region, RegionalSettings, Regions
from config.models.storage import Storage

LOCAL_ACCOUNT = "000000000000"
"""The emulator's account; no account of AWS has this number."""

SECONDS_PER_DAY = 86_400


class Configuration(Model):
    """One deployment of the proxy platform."""

    environment: Environment
    """Name of the environment; that of the file."""

    project: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,11}[a-z0-9]$")] = "slipway"
    """First part of every name; 2 to 13 characters, so that every name fits what AWS allows."""

    account: Annotated[str, StringConstraints(pattern=r"^\d{12}$")] | None = None
    """AWS account to deploy to, 12 digits in quotes; none for the one of the credentials in use."""

    regions: Regions = ("us-east-1",)
    """AWS regions to deploy to, each with stacks of its own; what exists once, such as the hosted zone, stands in the
    first."""

    version: Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z][0-9A-Za-z.+-]{0,63}$")] = "0.1.0"
    """Version of the deployment; part of every cache key, so that a new one shows at once."""

    created_at: date = date(2026, 11, 21)
    """Day on which the deployment was first made, for its tags; given, so that synthesis never asks the clock."""

    removal: Removal = Removal.RETAIN
    """What becomes of buckets, logs and the secret when their stack goes."""

    termination_protection: bool = False
    """Whether CloudFormation refuses to delete the stacks."""

    tags: dict[Annotated[str, Field(min_length=1, max_length=128)], Annotated[str, Field(max_length=256)]] = {}
    """Tags of your own for every resource."""

    regional: dict[Region, RegionalSettings] = {}
    """Values of single regions, by region, that go over those of the sections of the same name."""

    identity: Identity = Identity()
    """Roles and the secret of the certificate authority."""

    storage: Storage = Storage()
    """Buckets."""

    network: NetworkSettings = NetworkSettings()
    """VPC and subnets."""

    image: Image = Image()
    """Instance image."""

    functions: Functions = Functions()
    """Lambda functions."""

    cache: Cache = Cache()
    """What the cache of transformed pages is kept in."""

    dns: Dns = Dns()
    """Hosted zone."""

    fleet: Fleet = Fleet()
    """Load balancer and instances."""

    records: Records = Records()
    """Names in the zone."""

    observability: Observability = Observability()
    """Alarms and dashboard."""

    budget: Budget = Budget()
    """What the deployment may cost."""

    cost: Cost = Cost()
    """What the cost estimate assumes."""

    proxy: Proxy = Proxy()
    """The proxy's own settings."""

    @field_validator("tags")
    @classmethod
    def check_tags(cls, tags: dict[str, str]) -> dict[str, str]:
        for key in tags:
            if key.lower().startswith(("aws:", "slipway:")):
                raise ValueError(f"tag {key!r}: keys that start with 'aws:' or 'slipway:' are reserved; choose another")
        return tags

    @model_validator(mode="after")
    def check_account(self) -> Self:
        is_local = self.environment is Environment.LOCAL
        if is_local != (self.account == LOCAL_ACCOUNT):
            raise ValueError(
                f"account {self.account}: environment local, and no other, has the emulator's account '{LOCAL_ACCOUNT}'"
            )
        return self

    @model_validator(mode="after")
    def check_regions(self) -> Self:
        if len(set(self.regions)) != len(self.regions):
            raise ValueError(f"regions {', '.join(self.regions)}: each region may be named once")
        strangers = [region for region in self.regional if region not in self.regions]
        if strangers:
            raise ValueError(
                f"regional {', '.join(strangers)}: not among the regions {', '.join(self.regions)}; "
                "add it there, or take its values out"
            )
        return self

    @model_validator(mode="after")
    def check_zones(self) -> Self:
        regions = ", ".join(self.regions)
        strangers = [zone for zone in self.network.zones if zone[:-1] not in self.regions]
        if strangers:
            raise ValueError(f"network.zones {', '.join(strangers)}: not in {regions}; name them like {self.region}a")
        for region in self.regions:
            if not 2 <= len(zones_of(region, self.network.zones)) <= 3:
                raise ValueError(
                    f"network.zones {', '.join(self.network.zones)}: two or three are needed in region {region}, "
                    f"for example {region}a and {region}b"
                )
        return self

    @model_validator(mode="after")
    def check_places(self) -> Self:
        for region in self.regions:
            network = self.in_region(region).network
            try:
                network.check_place()
            except ValueError as error:
                raise ValueError(f"network.{error} (in region {region})") from error
            is_public = self.fleet.scheme is Scheme.INTERNET_FACING
            if is_public and network.existing and not network.existing.public_subnets:
                raise ValueError(
                    f"fleet.scheme internet-facing: network.existing.public_subnets of region {region} names none that "
                    "the load balancer could stand in; name one for each zone, or make the scheme internal"
                )
        return self

    @model_validator(mode="after")
    def check_address_blocks(self) -> Self:
        blocks = {region: ip_network(self.in_region(region).network.address_block) for region in self.regions}
        for one, other in combinations(self.regions, 2):
            if blocks[one].overlaps(blocks[other]):
                raise ValueError(
                    f"regions {one} and {other} have the address blocks {blocks[one]} and {blocks[other]}, which "
                    f"overlap, so that they could never be connected; give regional.{other}.network.cidr another one"
                )
        return self

    @model_validator(mode="after")
    def check_clients(self) -> Self:
        if self.fleet.scheme is Scheme.INTERNET_FACING and not self.proxy.allowed_client_networks:
            raise ValueError(
                "fleet.scheme internet-facing: a proxy that serves everyone is abused within hours; "
                "name its clients in proxy.allowed_client_networks, or make the scheme internal"
            )
        return self

    @model_validator(mode="after")
    def check_zone(self) -> Self:
        check_zone(self.dns, self.regions)
        return self

    @model_validator(mode="after")
    def check_names(self) -> Self:
        check_names(self.dns, self.records, self.regions)
        return self

    @model_validator(mode="after")
    def check_routing(self) -> Self:
        check_routing(self.records, self.regions)
        return self

    @model_validator(mode="after")
    def check_endpoint(self) -> Self:
        on_internet = self.fleet.scheme is Scheme.INTERNET_FACING
        check_endpoint(self.records, on_internet=on_internet, client_networks=self.proxy.allowed_client_networks)
        return self

    @model_validator(mode="after")
    def check_architecture(self) -> Self:
        types = [("fleet.instance_types", instance_type) for instance_type in self.fleet.instance_types]
        for path, instance_type in [*types, ("image.build_instance_type", self.image.build_instance_type)]:
            if architecture_of(instance_type) is not self.image.architecture:
                raise ValueError(
                    f"{path} {instance_type} is no {self.image.architecture.value} machine as image.architecture asks; "
                    "for example t4g is arm64, t3 is x86_64"
                )
        return self

    @model_validator(mode="after")
    def check_certificates(self) -> Self:
        for region in self.regions:
            certificate = self.in_region(region).fleet.certificate_arn
            if certificate is not None and certificate.split(":")[3] != region:
                raise ValueError(
                    f"fleet.certificate_arn {certificate}: not of region {region}, where the load balancer is; "
                    f"give that region one of its own in regional.{region}.fleet.certificate_arn"
                )
        return self

    @model_validator(mode="after")
    def check_volume(self) -> Self:
        if self.fleet.volume_gib < self.image.volume_gib:
            raise ValueError(
                f"fleet.volume_gib {self.fleet.volume_gib} is less than image.volume_gib {self.image.volume_gib}; "
                "an instance's disk cannot be smaller than its image"
            )
        return self

    @model_validator(mode="after")
    def check_cache(self) -> Self:
        days = self.storage.pages_expire_after_days
        if self.proxy.cache_ttl_seconds > days * SECONDS_PER_DAY:
            setting = "storage.cache_expiration_days"
            if days < self.storage.cache_expiration_days:
                setting = "expire_after_days of a rule in storage.cache.lifecycle,"
            raise ValueError(
                f"proxy.cache_ttl_seconds {self.proxy.cache_ttl_seconds} is more than {setting} "
                f"{days}; the bucket deletes a page before its time is over"
            )
        return self

    @model_validator(mode="after")
    def check_locality(self) -> Self:
        check_locality(self.storage, self.functions, self.cache, self.regions)
        return self

    @model_validator(mode="after")
    def check_way_out(self) -> Self:
        for region in self.regions:
            check_way_out(self.functions, self.cache, self.in_region(region).network)
        return self

    @property
    def region(self) -> str:
        """The first region, where what exists once stands; in the view of one region, that one."""
        return self.regions[0]

    def in_region(self, region: str) -> "Configuration":
        """Return the view of one region: its own values in place, and no other region in sight.

        :param region: one of :attr:`regions`.
        """
        own = self.regional.get(region, RegionalSettings())
        sections = {name: own.over(name, getattr(self, name)) for name in RegionalSettings.model_fields}
        view = self.model_copy(update={"regions": (region,), "regional": {}, **sections})
        zones = zones_of(region, self.network.zones)
        return view.model_copy(update={"network": view.network.model_copy(update={"zones": zones})})

    @property
    def deployment_id(self) -> str:
        """Name of this deployment in tags: project and environment."""
        return f"{self.project}-{self.environment.value}"


def zones_of(region: str, zones: tuple[str, ...]) -> tuple[str, ...]:
    """Return those availability zones that are a region's."""
    return tuple(zone for zone in zones if zone[:-1] == region)


def architecture_of(instance_type: str) -> Architecture:
    """Return an instance type's architecture: Graviton families have a `g` after their generation (`t4g`, `c7gn`).

    Source: https://docs.aws.amazon.com/ec2/latest/instancetypes/instance-type-names.html
    """
    family = instance_type.partition(".")[0]
    attributes = family.lstrip("abcdefghijklmnopqrstuvwxyz").lstrip("0123456789")
    return Architecture.ARM64 if family == "a1" or "g" in attributes else Architecture.X86_64
