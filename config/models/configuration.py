"""The root of the configuration tree, and the rules that concern more than one part of it."""

import re
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Literal, Self

from pydantic import AwareDatetime, BeforeValidator, Field, field_validator, model_validator
from pydantic_core import PydanticKnownError

from config.models.base import (
    PRODUCTION,
    AccountId,
    EnvironmentName,
    Model,
    ProjectName,
    Reason,
    Region,
    Removal,
    TagKey,
    TagValue,
    Version,
    zones_of,
)
from config.models.cache import Cache
from config.models.dns import Dns, Records
from config.models.fleet import Fleet
from config.models.functions import Functions
from config.models.identity import Identity
from config.models.image import Image
from config.models.network import NetworkSettings
from config.models.observability import Budget, Cost, Observability
from config.models.proxy import Proxy
from config.models.regional import RegionalSettings, Regions
from config.models.rules import BrokenRulesError, check_all
from config.models.safeguards import Rule
from config.models.storage import Storage

CENTURY = range(2000, 2100)
"""Years of `created_at`; at the ends of the calendar nothing can be added to a time."""


def _written(error: Literal["date_type", "datetime_type"]) -> BeforeValidator:
    """Return the check that a day is written out, since pydantic takes a number for the seconds since 1970.

    :param error: what pydantic calls something else in this place.
    """

    def check(value: object) -> object:
        if isinstance(value, date) or (isinstance(value, str) and re.match(r"\d{4}-", value)):
            return value
        raise PydanticKnownError(error)

    return BeforeValidator(check)


_Day = Annotated[date, _written("date_type")]
_Time = Annotated[AwareDatetime, _written("datetime_type")]


class Configuration(Model):
    """One deployment of the proxy platform."""

    environment: EnvironmentName
    """Name of the environment: that of the file, 2 to 11 lower-case letters and digits."""

    project: ProjectName = "slipway"
    """First part of every name; 2 to 12 characters, so that every name fits what AWS allows."""

    account: AccountId | None = None
    """AWS account to deploy to, 12 digits in quotes; none for the one of the credentials in use."""

    regions: Regions = ("us-east-1",)
    """AWS regions to deploy to, each with stacks of its own; what exists once, such as the hosted zone, stands in the
    first."""

    version: Version = "0.1.0"
    """Version of the deployment; part of every cache key, so that a new one shows at once."""

    created_at: _Day | _Time = date(2026, 11, 21)
    """Day or time at which the deployment was first made, for its tags; given, so that synthesis never asks the
    clock."""

    lifetime_hours: int | None = Field(default=None, ge=1, le=8760)
    """Hours after `created_at` at which the deployment may be removed, as its tag `slipway:expires-at` says; none for
    one that stays. Only where `removal` is `destroy`, and never for a protected environment."""

    protected: bool = False
    """Whether people depend on this environment, so that protection from deletion, retention of data and logs, and
    somebody who hears of alarms are compulsory; environment `production` is always protected."""

    exceptions: dict[Rule, Reason | None] = {}
    """Rules that this configuration may break, each with the reason in 10 to 300 characters; null takes one back that a
    weaker source gives."""

    removal: Removal = Removal.RETAIN
    """What becomes of buckets, logs and the secret when their stack goes."""

    termination_protection: bool = False
    """Whether CloudFormation refuses to delete the stacks."""

    tags: Annotated[dict[TagKey, TagValue], Field(max_length=30)] = {}
    """Tags of your own for every resource; AWS allows 50 of a resource, of which the platform needs some."""

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

    @field_validator("created_at")
    @classmethod
    def check_century(cls, day: date) -> date:
        if day.year not in CENTURY:
            raise ValueError(
                f"no deployment was made in the year {day.year}; write a day from {CENTURY[0]} to {CENTURY[-1]}"
            )
        return day

    @field_validator("exceptions", mode="before")
    @classmethod
    def take_back(cls, exceptions: object) -> object:
        if not isinstance(exceptions, dict):
            return exceptions
        return {rule: reason for rule, reason in exceptions.items() if reason is not None}

    @field_validator("tags")
    @classmethod
    def check_tags(cls, tags: dict[str, str]) -> dict[str, str]:
        broken = [
            f"tag {key!r}: keys that start with 'aws:' or 'slipway:' are reserved; choose another"
            for key in tags
            if key.lower().startswith(("aws:", "slipway:"))
        ]
        lower = [key.lower() for key in tags]
        twice = sorted(key for key in tags if lower.count(key.lower()) > 1)
        if twice:
            broken.append(f"tags {', '.join(twice)}: IAM takes them for one, as case means nothing to it; keep one")
        if broken:
            raise BrokenRulesError(broken)
        return tags

    @model_validator(mode="after")
    def check(self) -> Self:
        """Apply all rules that concern more than one part; they stand in :mod:`config.models.rules`."""
        check_all(self)
        return self

    @property
    def is_protected(self) -> bool:
        """Whether people depend on this environment, so that it must have every safeguard."""
        return self.protected or self.environment == PRODUCTION

    @property
    def expires_at(self) -> datetime | None:
        """When the deployment may be removed, in UTC; none for never."""
        if self.lifetime_hours is None or not isinstance(self.created_at, datetime):
            return None
        return self.created_at.astimezone(UTC) + timedelta(hours=self.lifetime_hours)

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
        return f"{self.project}-{self.environment}"
