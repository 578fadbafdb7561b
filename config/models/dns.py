"""Settings of the dns and the records stack."""

from enum import StrEnum
from typing import Annotated

from pydantic import StringConstraints

from config.models.base import DomainName, Model


class ZoneVisibility(StrEnum):
    """Who can ask the zone."""

    PRIVATE = "private"
    PUBLIC = "public"


class Dns(Model):
    """The hosted zone."""

    zone_name: DomainName = "slipway.internal"
    """Domain name of the hosted zone."""

    visibility: ZoneVisibility = ZoneVisibility.PRIVATE
    """Whether the zone answers the internet, or only the VPC."""

    existing_zone_id: Annotated[str, StringConstraints(pattern=r"^Z[A-Z0-9]{1,31}$")] | None = None
    """Id of an existing hosted zone to use; none to create one."""


class Records(Model):
    """Names in the hosted zone."""

    proxy_subdomain: Annotated[str, StringConstraints(pattern=r"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$")] = "proxy"
    """First label of the proxy's name."""
