"""The root of the configuration tree, and the rules that concern more than one part of it."""

from datetime import date
from typing import Annotated, Self

from pydantic import Field, StringConstraints, field_validator, model_validator

from config.models.base import Architecture, Environment, Model, Removal
from config.models.dns import Dns, Records
from config.models.fleet import Fleet, Scheme
from config.models.functions import Functions
from config.models.identity import Identity
from config.models.image import Image
from config.models.network import NetworkSettings
from config.models.observability import Observability
from config.models.proxy import Proxy
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

    region: Annotated[str, StringConstraints(pattern=r"^[a-z]{2}(-[a-z]+)+-\d$")] = "us-east-1"
    """AWS region to deploy to."""

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

    dns: Dns = Dns()
    """Hosted zone."""

    fleet: Fleet = Fleet()
    """Load balancer and instances."""

    records: Records = Records()
    """Names in the zone."""

    observability: Observability = Observability()
    """Alarms and dashboard."""

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
    def check_zones(self) -> Self:
        strangers = [zone for zone in self.network.zones if zone[:-1] != self.region]
        if strangers:
            raise ValueError(
                f"network.zones {', '.join(strangers)}: not in region {self.region}; name them like {self.region}a"
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
    def check_architecture(self) -> Self:
        types = {
            "fleet.instance_type": self.fleet.instance_type,
            "image.build_instance_type": self.image.build_instance_type,
        }
        for path, instance_type in types.items():
            if architecture_of(instance_type) is not self.image.architecture:
                raise ValueError(
                    f"{path} {instance_type} is no {self.image.architecture.value} machine as image.architecture asks; "
                    "for example t4g is arm64, t3 is x86_64"
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
        if self.proxy.cache_ttl_seconds > self.storage.cache_expiration_days * SECONDS_PER_DAY:
            raise ValueError(
                f"proxy.cache_ttl_seconds {self.proxy.cache_ttl_seconds} is more than storage.cache_expiration_days "
                f"{self.storage.cache_expiration_days}; the bucket deletes a page before its time is over"
            )
        return self

    @property
    def deployment_id(self) -> str:
        """Name of this deployment in tags: project and environment."""
        return f"{self.project}-{self.environment.value}"


def architecture_of(instance_type: str) -> Architecture:
    """Return an instance type's architecture: Graviton families have a `g` after their generation (`t4g`, `c7gn`).

    Source: https://docs.aws.amazon.com/ec2/latest/instancetypes/instance-type-names.html
    """
    family = instance_type.partition(".")[0]
    attributes = family.lstrip("abcdefghijklmnopqrstuvwxyz").lstrip("0123456789")
    return Architecture.ARM64 if family == "a1" or "g" in attributes else Architecture.X86_64
