"""Settings of the storage stack: how the three buckets are kept, and what becomes of what lies in them."""

from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, model_validator

from config.models.base import BucketName, Days, KeyArn, Model, Reason, Removal
from config.models.forms import Form
from contract import buckets as purposes

SHORTEST_STAY_DAYS = 30
"""How long S3 wants objects to stay in STANDARD before STANDARD_IA, and there before GLACIER.

Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/lifecycle-transition-general-considerations.html
"""

Prefix = Annotated[str, Form("the beginning of objects' names, without a slash first", r"([^/].*)?", "pages/", 512)]


class Encryption(StrEnum):
    """How S3 encrypts what it keeps."""

    SSE_S3 = "sse-s3"
    KMS = "kms"


class LifecycleRule(Model):
    """What becomes of the objects below a prefix as they grow older; a rule has at least one of the four ages."""

    prefix: Prefix = ""
    """What the objects' names begin with, without a slash before it; empty for the whole bucket."""

    infrequent_access_after_days: int | None = Field(default=None, ge=SHORTEST_STAY_DAYS, le=3650)
    """Age, in days, at which objects move to STANDARD_IA; AWS moves none before 30 days."""

    glacier_after_days: int | None = Field(default=None, ge=1, le=3650)
    """Age, in days, at which objects move to GLACIER; 30 days after STANDARD_IA at the earliest."""

    expire_after_days: Days | None = None
    """Age, in days, at which objects are deleted; later than they are moved."""

    previous_versions_expire_after_days: Days | None = None
    """Days after which replaced or deleted versions go for good; only where the bucket is versioned."""

    @property
    def moves_after_days(self) -> int | None:
        """Age, in days, at which objects first leave STANDARD."""
        ages = [age for age in (self.infrequent_access_after_days, self.glacier_after_days) if age is not None]
        return min(ages, default=None)

    @model_validator(mode="after")
    def check_ages(self) -> Self:
        cold, colder, end = self.infrequent_access_after_days, self.glacier_after_days, self.expire_after_days
        if cold is None and colder is None and end is None and self.previous_versions_expire_after_days is None:
            raise ValueError(
                f"lifecycle rule for prefix {self.prefix!r}: it does nothing; give it one of the ages "
                "infrequent_access_after_days, glacier_after_days, expire_after_days, "
                "previous_versions_expire_after_days, or remove the rule"
            )
        if cold is not None and colder is not None and colder < cold + SHORTEST_STAY_DAYS:
            raise ValueError(
                f"glacier_after_days {colder} is less than {SHORTEST_STAY_DAYS} days after "
                f"infrequent_access_after_days {cold}, which S3 refuses; write {cold + SHORTEST_STAY_DAYS} or more"
            )
        last = max(age for age in (cold, colder, 0) if age is not None)
        if end is not None and last >= end:
            raise ValueError(
                f"expire_after_days {end} is not after the move at {last} days, which S3 refuses; "
                f"write {last + 1} or more"
            )
        return self


class Bucket(Model):
    """One bucket, whatever it is for."""

    existing_name: BucketName | None = None
    """Name of a bucket of yours to use instead; nothing here makes, changes or deletes it."""

    encryption: Encryption = Encryption.SSE_S3
    """Keys that S3 encrypts with: its own (`sse-s3`), or one of KMS, which costs money and can be withdrawn (`kms`)."""

    key_arn: KeyArn | None = None
    """ARN of a KMS key of yours; none for one that the storage stack makes, where encryption is `kms`. Keep a key that
    was used before for as long as objects from then are read."""

    removal: Removal | None = None
    """What becomes of the bucket and its objects when the stack goes; none for what the root says."""

    no_access_logs_reason: Reason | None = None
    """Why requests are not logged, 10 to 300 characters; none to log them, in the artifacts bucket. Requests to that
    one never are."""

    lifecycle: tuple[LifecycleRule, ...] = Field(default=(), max_length=50)
    """Rules of your own, beside those that this section's ages make."""

    versioned: bool = False
    """Whether S3 keeps replaced and deleted objects."""

    @model_validator(mode="after")
    def check_key(self) -> Self:
        if self.key_arn is not None and self.encryption is not Encryption.KMS:
            raise ValueError(f"key_arn {self.key_arn}: used with encryption kms only; set that, or remove the key")
        if self.existing_name is not None and self.encryption is Encryption.KMS and self.key_arn is None:
            raise ValueError(
                f"existing_name {self.existing_name}: encryption kms of a bucket of yours means a key of yours; "
                "name it in key_arn, so that the functions may use it"
            )
        return self

    @model_validator(mode="after")
    def check_existing(self) -> Self:
        if self.existing_name is not None and (self.lifecycle or self.removal is not None):
            raise ValueError(
                f"existing_name {self.existing_name}: lifecycle and removal of a bucket of yours are not changed here; "
                "remove these settings, or the name"
            )
        return self

    @model_validator(mode="after")
    def check_lifecycle(self) -> Self:
        prefixes = [rule.prefix for rule in self.lifecycle]
        if twice := sorted({prefix for prefix in prefixes if prefixes.count(prefix) > 1}):
            raise ValueError(f"lifecycle has two rules for prefix {twice[0]!r}; make one rule of them")
        if not self.versioned:
            for rule in self.lifecycle:
                if rule.previous_versions_expire_after_days is not None:
                    raise ValueError(
                        f"lifecycle rule for prefix {rule.prefix!r}: previous_versions_expire_after_days does nothing, "
                        "since the bucket is not versioned; set versioned, or remove the age"
                    )
        return self


class ConfigurationBucket(Bucket):
    """The bucket whose history tells what was deployed."""

    versioned: bool = True
    """Whether S3 keeps replaced and deleted objects."""

    @model_validator(mode="after")
    def check_settings_stay(self) -> Self:
        place = f"{purposes.FLEET_SETTINGS}/"
        for rule in self.lifecycle:
            if not (place.startswith(rule.prefix) or rule.prefix.startswith(place)):
                continue
            for name in ("glacier_after_days", "expire_after_days"):
                if getattr(rule, name) is not None:
                    raise ValueError(
                        f"lifecycle rule for prefix {rule.prefix!r}: {name} would take the fleet's settings below "
                        f"{place} away, which proxies ask for at any time; give the rule a prefix that is not part of "
                        "that place, such as 'old/', or remove that age"
                    )
        return self


class Storage(Model):
    """The buckets for artifacts, configuration and transformed pages."""

    artifacts: Bucket = Bucket()
    """Bucket for access logs, build logs and statistics."""

    configuration: ConfigurationBucket = ConfigurationBucket()
    """Bucket for the configuration of the deployment, and for the fleet's settings with their history."""

    cache: Bucket = Bucket()
    """Bucket for transformed pages."""

    access_log_expiration_days: Days = 90
    """Age, in days, at which access logs are deleted."""

    artifact_expiration_days: Days = 365
    """Age, in days, at which build logs and other artifacts are deleted."""

    cache_expiration_days: Days = 7
    """Age, in days, at which transformed pages are deleted, whatever their time to live."""

    statistics_expiration_days: int = Field(default=90, ge=8, le=3650)
    """Age, in days, at which what the proxy's processes counted is deleted; the dashboard looks back a week."""

    previous_version_expiration_days: Days = 90
    """Days after which replaced or deleted versions go for good, in each bucket that is `versioned`."""

    @property
    def buckets(self) -> dict[str, Bucket]:
        """The buckets by the name of their setting."""
        return {"artifacts": self.artifacts, "configuration": self.configuration, "cache": self.cache}

    @property
    def existing_names(self) -> dict[str, str]:
        """Names of the buckets that are there already, by what they are for (see :mod:`contract.buckets`)."""
        found = {
            purposes.ARTIFACTS: self.artifacts.existing_name,
            purposes.CONFIGURATION: self.configuration.existing_name,
            purposes.CACHE: self.cache.existing_name,
        }
        return {purpose: name for purpose, name in found.items() if name is not None}

    @property
    def pages_expire_after_days(self) -> int:
        """Age, in days, that each transformed page reaches at least."""
        own = [rule.expire_after_days for rule in self.cache.lifecycle if rule.expire_after_days is not None]
        return min([self.cache_expiration_days, *own])

    @model_validator(mode="after")
    def check_names(self) -> Self:
        names = [bucket.existing_name for bucket in self.buckets.values() if bucket.existing_name is not None]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(
                f"existing_name {twice[0]} is given to two buckets, whose rights differ; name one bucket for each"
            )
        return self

    @model_validator(mode="after")
    def check_logs(self) -> Self:
        if self.artifacts.encryption is Encryption.KMS:
            raise ValueError(
                "artifacts.encryption kms: S3 delivers access logs to no bucket of that encryption, and "
                "they are delivered here; write sse-s3"
            )
        return self

    @model_validator(mode="after")
    def check_pages(self) -> Self:
        for rule in self.cache.lifecycle:
            move = rule.moves_after_days
            if move is not None and move >= self.cache_expiration_days:
                raise ValueError(
                    f"cache.lifecycle for prefix {rule.prefix!r}: nothing is moved after {move} days, since pages are "
                    f"deleted after cache_expiration_days {self.cache_expiration_days}; remove the move, or keep pages "
                    "longer"
                )
        return self
