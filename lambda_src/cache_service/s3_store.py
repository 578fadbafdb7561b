"""Keeps cache entries in an S3 bucket; the end of an entry stands in the object's metadata.

What the service may no longer decrypt counts as not there: whoever changes the bucket's encryption takes the old key
away from it at once, and the pages from before would fail until they expire. They are stored again instead, with the
new key. What keeps the service from all objects keeps it from writing too, which fails as before.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from lambda_src.cache_service.logic import CacheObject
from lambda_src.shared.s3 import error_code, storage_errors

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

EXPIRES_AT = "slipway-expires-at"
"""Metadata key; the value is seconds since 1970."""

UNREADABLE = frozenset(
    {"AccessDenied", "KMS.DisabledException", "KMS.KMSInvalidStateException", "KMS.NotFoundException"}
)
"""What S3 answers for an object whose key of KMS the caller may not use, or nobody can any more.

Source: https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
"""


@dataclass
class S3ObjectStore:
    """An :class:`~lambda_src.cache_service.logic.ObjectStore` on one bucket.

    :param unreadable: called with S3's error for the first object that cannot be decrypted, and for no other after it.
    """

    client: S3Client
    bucket: str
    unreadable: Callable[[str], None]
    _told: bool = field(default=False, init=False)

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

        One that cannot be decrypted counts as missing.

        :raises UnavailableError: if S3 does not answer.
        """
        with storage_errors("read the cache"):
            try:
                found = self.client.get_object(Bucket=self.bucket, Key=path)
            except self.client.exceptions.ClientError as error:
                if not self._is_miss(error_code(error)):
                    raise
                return None
            data = found["Body"].read()
        return CacheObject(data, found["ContentType"], _seconds(found["Metadata"].get(EXPIRES_AT, "0")))

    def _is_miss(self, code: str) -> bool:
        if code in UNREADABLE and not self._told:
            self._told = True
            self.unreadable(code)
        return code == "NoSuchKey" or code in UNREADABLE


def _seconds(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0
