"""Settings of what the cache is kept in and of how much it keeps; how long a page stays is a setting of the proxy."""

from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, model_validator

from config.models.base import KeyArn, Model
from config.models.forms import Form
from contract import quotas
from contract.quotas import LONGEST_TEXT, Quotas

Namespace = Annotated[str, Form("a namespace of the cache", r"[a-z0-9-]{1,63}", "pages", 63)]


class CacheBackend(StrEnum):
    """What answers when a page is looked for."""

    S3 = "s3"
    """The bucket alone."""

    VALKEY = "valkey"
    """Valkey first, which is faster and costs money all the time; behind it the bucket, which keeps everything."""


class Valkey(Model):
    """The serverless Valkey cache in front of the bucket."""

    data_maximum_gb: int = Field(default=5, ge=1, le=5000)
    """Most data that it holds, in GB; beyond it, pages go that were not asked for lately."""

    ecpu_per_second_maximum: int = Field(default=5000, ge=1000, le=15_000_000)
    """Most processing units a second that are paid for; beyond them it answers slowly. One is 1 KB read or written."""

    snapshot_retention_days: int = Field(default=0, ge=0, le=35)
    """Days that a daily snapshot is kept; 0 for none, since the bucket holds everything too."""

    key_arn: KeyArn | None = None
    """ARN of a KMS key of yours to encrypt with; none for a key of ElastiCache's own. A new one makes a new cache."""


class Quota(Model):
    """How much one namespace may keep at a time; a store beyond that is refused with 413."""

    megabytes: int = Field(default=1000, ge=1, le=100_000)
    """Size of all its entries together, in MB of 1,048,576 bytes."""

    entries: int = Field(default=10_000, ge=1, le=100_000)
    """Number of its entries. They are counted by listing, which takes a tenth of a second for each thousand."""


class Cache(Model):
    """The cache, of transformed pages and of what others keep in it."""

    backend: CacheBackend = CacheBackend.S3
    """What answers when a page is looked for: the bucket (`s3`), or Valkey in front of it (`valkey`)."""

    valkey: Valkey = Valkey()
    """The Valkey cache; only with backend `valkey`."""

    quotas: dict[Namespace, Quota] = {}
    """What single namespaces may keep, by namespace. The proxy's own, `pages`, has a quota only if it is here."""

    default_quota: Quota | None = Quota()
    """What every other namespace may keep; none for no bound."""

    @property
    def all_quotas(self) -> Quotas:
        """All quotas, as the service reads them."""
        named = {name: quotas.Quota(quota.megabytes, quota.entries) for name, quota in self.quotas.items()}
        others = self.default_quota
        return Quotas(named, quotas.Quota(others.megabytes, others.entries) if others else None)

    @model_validator(mode="after")
    def check_quotas(self) -> Self:
        size = len(self.all_quotas.to_text())
        if size > LONGEST_TEXT:
            raise ValueError(
                f"quotas take {size} characters in the function's environment, of which they may have {LONGEST_TEXT}; "
                "name fewer namespaces, or give them shorter names"
            )
        return self

    @model_validator(mode="after")
    def check(self) -> Self:
        if self.backend is not CacheBackend.VALKEY and self.valkey != Valkey():
            raise ValueError(
                f"valkey has settings, and backend is {self.backend.value}, which has no Valkey; "
                "set backend valkey, or remove them"
            )
        return self
