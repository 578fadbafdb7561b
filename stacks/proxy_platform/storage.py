"""The storage stack: the buckets for artifacts and logs, for configuration, and for transformed pages."""

from aws_cdk import CfnOutput
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from constructs import Construct

from config.models import Bucket, Encryption, LifecycleRule, Removal, Storage
from constructs_lib.logs import OwnedLogGroup
from constructs_lib.storage import BucketKey, LockedBucket, log_auto_delete
from contract import outputs
from contract.cache import EXPORTS
from contract.components import Stack
from stacks.proxy_platform import layout
from stacks.proxy_platform.base import Deployment, PlatformStack
from stacks.proxy_platform.rights import BUCKET_KEY

EXPORTS_EXPIRE_AFTER_DAYS = 1
"""Their addresses hold for a quarter of an hour."""


class StorageStack(PlatformStack):
    """Three buckets, each made here or there already.

    :ivar artifacts: access logs, build logs and statistics; it logs no access to itself, which would never end.
    :ivar configuration: configuration of the deployment, with its history.
    :ivar cache: transformed pages, which can be had again.
    """

    def __init__(self, scope: Construct, *, deployment: Deployment, storage: Storage) -> None:
        super().__init__(scope, Stack.STORAGE, deployment=deployment, description="Buckets of the proxy platform")
        self._own_key = self._make_key(storage)
        self.artifacts = self._bucket("Artifacts", layout.ARTIFACTS, storage.artifacts, unlogged=_unlogged(storage))
        self.configuration = self._bucket(
            "Configuration", layout.CONFIGURATION, storage.configuration, logs=self.artifacts
        )
        self.cache = self._bucket("Cache", layout.CACHE, storage.cache, logs=self.artifacts)
        self._expire(storage)
        if all(bucket.existing_name is not None for bucket in storage.buckets.values()):
            self.stand_for_others()
        if any(self._is_emptied(bucket) for bucket in storage.buckets.values()):
            self._own_auto_delete_logs()
        CfnOutput(self, outputs.ARTIFACTS_BUCKET, value=self.artifacts.bucket_name)
        CfnOutput(self, outputs.CONFIGURATION_BUCKET, value=self.configuration.bucket_name)
        CfnOutput(self, outputs.CACHE_BUCKET, value=self.cache.bucket_name)

    def _make_key(self, storage: Storage) -> kms.IKey | None:
        """Make the key of those buckets that are to have one and name none; it is kept while one of them is."""
        keyed = [bucket for bucket in storage.buckets.values() if bucket.encryption is Encryption.KMS]
        without = [bucket for bucket in keyed if bucket.key_arn is None]
        if not without:
            return None
        destroy = all(self._goes(bucket) for bucket in without)
        return BucketKey(self, "Key", alias=self.names.resource(BUCKET_KEY), destroy=destroy)

    def _bucket(
        self,
        construct_id: str,
        purpose: str,
        settings: Bucket,
        *,
        logs: s3.IBucket | None = None,
        unlogged: str | None = None,
    ) -> s3.IBucket:
        if settings.existing_name is not None:
            return s3.Bucket.from_bucket_name(self, construct_id, settings.existing_name)
        bucket = LockedBucket(
            self,
            construct_id,
            bucket_name=self.names.bucket(purpose),
            destroy=self._goes(settings),
            versioned=settings.versioned,
            key=self._key(construct_id, settings),
            access_logs_bucket=None if settings.no_access_logs_reason else logs,
            log_name=purpose,
            unlogged_reason=unlogged or settings.no_access_logs_reason,
        )
        for number, rule in enumerate(settings.lifecycle, start=1):
            _add_rule(bucket, f"Own{number}", rule)
        return bucket

    def _key(self, construct_id: str, settings: Bucket) -> kms.IKey | None:
        if settings.encryption is not Encryption.KMS:
            return None
        if settings.key_arn is not None:
            return kms.Key.from_key_arn(self, f"{construct_id}Key", settings.key_arn)
        return self._own_key

    def _goes(self, bucket: Bucket) -> bool:
        """Return whether a bucket that is made here is deleted with the stack."""
        return self.deployment.destroy if bucket.removal is None else bucket.removal is Removal.DESTROY

    def _is_emptied(self, bucket: Bucket) -> bool:
        return bucket.existing_name is None and self._goes(bucket)

    def _own_auto_delete_logs(self) -> None:
        log_group = OwnedLogGroup(
            self,
            "AutoDeleteLogs",
            log_group_name=f"{self.names.parameter_prefix}/auto-delete",
            retention_days=1,
            destroy=True,
        )
        log_auto_delete(self, log_group, role_name=self.names.role("auto-delete"), role_path=self.deployment.role_path)

    def _expire(self, storage: Storage) -> None:
        """Delete what grows, in the buckets that are made here."""
        ages = {
            "ExpireAccessLogs": (layout.ACCESS_LOGS_PREFIX, storage.access_log_expiration_days),
            "ExpireBuildLogs": (layout.IMAGE_LOGS_PREFIX, storage.artifact_expiration_days),
            "ExpireStatistics": (layout.STATISTICS_PREFIX, storage.statistics_expiration_days),
        }
        if isinstance(self.artifacts, LockedBucket):
            for rule, (prefix, days) in ages.items():
                self.artifacts.expire(rule, prefix=f"{prefix}/", days=days)
            if storage.artifacts.versioned:
                # Each report replaces an object, so what is kept for years of others would be millions of these.
                self.artifacts.age(
                    "ExpirePreviousStatistics", prefix=f"{layout.STATISTICS_PREFIX}/", previous_versions_days=1
                )
        if isinstance(self.cache, LockedBucket):
            self.cache.expire("ExpirePages", prefix="", days=storage.cache_expiration_days)
            self.cache.expire("ExpireExports", prefix=f"{EXPORTS}/", days=EXPORTS_EXPIRE_AFTER_DAYS)
        for bucket, settings in (
            (self.artifacts, storage.artifacts),
            (self.configuration, storage.configuration),
            (self.cache, storage.cache),
        ):
            if isinstance(bucket, LockedBucket) and settings.versioned:
                bucket.expire_previous_versions(days=storage.previous_version_expiration_days)


def _unlogged(storage: Storage) -> str | None:
    """Return why requests to the bucket of logs are not logged; none where others' logs in it show that."""
    logged = [bucket for bucket in (storage.configuration, storage.cache) if bucket.existing_name is None]
    if any(bucket.no_access_logs_reason is None for bucket in logged):
        return None
    return "requests to the bucket that logs go to are not logged to itself, which would never end"


def _add_rule(bucket: LockedBucket, name: str, rule: LifecycleRule) -> None:
    bucket.age(
        name,
        prefix=rule.prefix,
        infrequent_access_days=rule.infrequent_access_after_days,
        glacier_days=rule.glacier_after_days,
        expire_days=rule.expire_after_days,
        previous_versions_days=rule.previous_versions_expire_after_days,
    )
