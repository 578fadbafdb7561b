"""Keeps cache entries in an S3 bucket; the end of an entry stands in the object's metadata."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lambda_src.cache_service.logic import CacheObject
from lambda_src.shared.s3 import error_code, storage_errors

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

EXPIRES_AT = "slipway-expires-at"
"""Metadata key; the value is seconds since 1970."""


@dataclass(frozen=True)
class S3ObjectStore:
    """An :class:`~lambda_src.cache_service.logic.ObjectStore` on one bucket."""

    client: S3Client
    bucket: str

    def put(self, path: str, item: CacheObject) -> None:
        """Write an object.

        :raises UnavailableError: if S3 does not take it.
        """
        with storage_errors("write the cache"):
            self.client.put_object(
                Bucket=self.bucket,
                Key=path,
                Body=item.data,
                ContentType=item.content_type,
                Metadata={EXPIRES_AT: repr(item.expires_at)},
            )

    def get(self, path: str) -> CacheObject | None:
        """Read an object; one that is not ours (no end in its metadata) counts as expired long ago.

        :raises UnavailableError: if S3 does not answer.
        """
        with storage_errors("read the cache"):
            try:
                found = self.client.get_object(Bucket=self.bucket, Key=path)
            except self.client.exceptions.ClientError as error:
                if error_code(error) == "NoSuchKey":
                    return None
                raise
            data = found["Body"].read()
        return CacheObject(data, found["ContentType"], _seconds(found["Metadata"].get(EXPIRES_AT, "0")))


def _seconds(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0
