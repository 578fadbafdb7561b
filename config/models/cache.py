"""Settings of what the cache of transformed pages is kept in; how long a page stays is a setting of the proxy."""

from enum import StrEnum
from typing import Self

from pydantic import Field, model_validator

from config.models.base import KeyArn, Model


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


class Cache(Model):
    """The cache of transformed pages."""

    backend: CacheBackend = CacheBackend.S3
    """What answers when a page is looked for: the bucket (`s3`), or Valkey in front of it (`valkey`)."""

    valkey: Valkey = Valkey()
    """The Valkey cache; only with backend `valkey`."""

    @model_validator(mode="after")
    def check(self) -> Self:
        if self.backend is not CacheBackend.VALKEY and self.valkey != Valkey():
            raise ValueError(
                f"valkey has settings, and backend is {self.backend.value}, which has no Valkey; "
                "set backend valkey, or remove them"
            )
        return self
