"""The storage stack: the buckets for artifacts and logs, for configuration, and for transformed pages."""

from aws_cdk import CfnOutput
from aws_cdk import aws_s3 as s3
from constructs import Construct

from config.models import Storage
from constructs_lib.logs import OwnedLogGroup
from constructs_lib.storage import LockedBucket, log_auto_delete
from contract import outputs
from contract.components import Stack
from stacks.proxy_platform import layout
from stacks.proxy_platform.base import Deployment, PlatformStack


class StorageStack(PlatformStack):
    """Three buckets.

    :ivar artifacts: access logs, build logs and statistics; it logs no access to itself, which would never end.
    :ivar configuration: configuration of the deployment, with its history.
    :ivar cache: transformed pages, which can be had again.
    """

    def __init__(self, scope: Construct, *, deployment: Deployment, storage: Storage) -> None:
        super().__init__(scope, Stack.STORAGE, deployment=deployment, description="Buckets of the proxy platform")
        self.artifacts = self._bucket("Artifacts", layout.ARTIFACTS)
        self.configuration = self._bucket("Configuration", layout.CONFIGURATION, logs=self.artifacts, versioned=True)
        self.cache = self._bucket("Cache", layout.CACHE, logs=self.artifacts)
        self._add_lifecycle(storage)
        if deployment.destroy:
            self._own_auto_delete_logs()
        CfnOutput(self, outputs.ARTIFACTS_BUCKET, value=self.artifacts.bucket_name)
        CfnOutput(self, outputs.CONFIGURATION_BUCKET, value=self.configuration.bucket_name)
        CfnOutput(self, outputs.CACHE_BUCKET, value=self.cache.bucket_name)

    def _bucket(
        self,
        construct_id: str,
        purpose: str,
        *,
        logs: s3.IBucket | None = None,
        versioned: bool = False,
    ) -> LockedBucket:
        return LockedBucket(
            self,
            construct_id,
            bucket_name=self.names.bucket(purpose),
            destroy=self.deployment.destroy,
            versioned=versioned,
            access_logs_bucket=logs,
            log_name=purpose,
        )

    def _own_auto_delete_logs(self) -> None:
        log_group = OwnedLogGroup(
            self,
            "AutoDeleteLogs",
            log_group_name=f"{self.names.parameter_prefix}/auto-delete",
            retention_days=1,
            destroy=True,
        )
        log_auto_delete(self, log_group)

    def _add_lifecycle(self, storage: Storage) -> None:
        ages = {
            "ExpireAccessLogs": (layout.ACCESS_LOGS_PREFIX, storage.access_log_expiration_days),
            "ExpireBuildLogs": (layout.IMAGE_LOGS_PREFIX, storage.artifact_expiration_days),
            "ExpireStatistics": (layout.STATISTICS_PREFIX, storage.statistics_expiration_days),
        }
        for rule, (prefix, days) in ages.items():
            self.artifacts.expire(rule, prefix=f"{prefix}/", days=days)
        self.cache.expire("ExpirePages", prefix="", days=storage.cache_expiration_days)
        self.configuration.expire_previous_versions(days=storage.previous_version_expiration_days)
