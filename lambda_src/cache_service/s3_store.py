"""Keeps cache entries in an S3 bucket; the end of an entry stands in the object's metadata.

S3 knows two states of an object apart by their bytes alone. So every object has its end behind its bytes, too: else a
renewed end would pass for the one before, and somebody slow could take it back, or clear away what was just renewed.

What the service may no longer decrypt counts as not there: whoever changes the bucket's encryption takes the old key
away from it at once, and the pages from before would fail until they expire. They are stored again instead, with the
new key. What keeps the service from all objects keeps it from writing too, which fails as before.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from lambda_src.cache_service.objects import MOST_LISTED, CacheObject, Head, Listed, Listing, content_hash
from lambda_src.shared.errors import UnavailableError
from lambda_src.shared.s3 import error_code, storage_errors

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import GetObjectOutputTypeDef, HeadObjectOutputTypeDef, ObjectIdentifierTypeDef

EXPIRES_AT = "slipway-expires-at"
"""Metadata key; the value is seconds since 1970."""

CONTENT_HASH = "slipway-hash"
"""Metadata key; the value is the content's hash, so that who asks for it need not read the content."""

UNREADABLE = frozenset(
    {"AccessDenied", "KMS.DisabledException", "KMS.KMSInvalidStateException", "KMS.NotFoundException"}
)
"""What S3 answers for an object whose key of KMS the caller may not use, or nobody can any more.

Source: https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
"""


TRAILER = "slipway-trailer"
"""Metadata key; the value is how many of the object's last bytes are not content."""

_LOST_THE_RACE = frozenset({"PreconditionFailed", "ConditionalRequestConflict", "NoSuchKey"})
"""Somebody else wrote first, is writing at this moment, or removed what was to be replaced.

Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
"""

_NOT_FOUND = frozenset({"NoSuchKey", "404"})
"""What S3 answers for an object that is not there; to a HEAD, which has no body to say it in, the status."""

_HAS_NO_BYTE = "InvalidRange"
"""What S3 answers for the first byte of an object that has none."""


@dataclass
class S3ObjectStore:
    """An :class:`~lambda_src.cache_service.objects.ObjectStore` on one bucket.

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
        self._put(path, item)

    def put_new(self, path: str, item: CacheObject) -> bool:
        """Write an object where there is none.

        :raises UnavailableError: if S3 does not take it.
        """
        return self._put(path, item, IfNoneMatch="*")

    def replace(self, path: str, item: CacheObject, etag: str) -> bool:
        """Write an object where there still is what had this ETag.

        :raises UnavailableError: if S3 does not take it.
        """
        return self._put(path, item, IfMatch=etag)

    def get(self, path: str, *, fresh: bool = False) -> CacheObject | None:
        """Read an object; one that is not ours (no end in its metadata) counts as expired long ago.

        One that cannot be decrypted counts as missing; who asks for it to replace it (`fresh`) gets it empty and
        expired, with the ETag that this takes.

        :raises UnavailableError: if S3 does not answer.
        """
        with storage_errors("read the cache"):
            try:
                found = self.client.get_object(Bucket=self.bucket, Key=path)
            except self.client.exceptions.ClientError as error:
                code = error_code(error)
                if code not in _NOT_FOUND and not self._is_unreadable(code):
                    raise
                head = self._lost(path) if fresh and code in UNREADABLE else None
                return CacheObject(b"", head.content_type, 0.0, head.etag) if head else None
            data = found["Body"].read()
        told = found["Metadata"]
        content = data[: len(data) - _trailer(told)]
        return CacheObject(content, found["ContentType"], _end(told), found["ETag"])

    def head(self, path: str, *, readable: bool = False) -> Head | None:
        """Read what is known of an object beside its bytes.

        S3 tells that of one that cannot be decrypted, too. So lists, counts, the newest of a key and what is found by
        a hash may name entries that a retrieve does not find, until they are stored again or end.

        :param readable: make sure that it can be decrypted, too; one that cannot be is told as expired long ago.
        :raises UnavailableError: if S3 does not answer.
        """
        with storage_errors("read the cache"):
            try:
                if readable:
                    # Decrypts, and carries one byte; nothing of ours has none.
                    found = self.client.get_object(Bucket=self.bucket, Key=path, Range="bytes=0-0")
                    return _head(found, int(found["ContentRange"].rpartition("/")[2]))
                known = self.client.head_object(Bucket=self.bucket, Key=path)
                return _head(known, known["ContentLength"])
            except self.client.exceptions.ClientError as error:
                code = error_code(error)
                if readable and (code == _HAS_NO_BYTE or self._is_unreadable(code)):
                    return self._lost(path)
                if code in _NOT_FOUND:
                    return None
                raise

    def list(self, prefix: str, *, after: str = "", limit: int = MOST_LISTED) -> Listing:
        """List objects by their paths.

        :raises UnavailableError: if S3 does not answer.
        """
        with storage_errors("list the cache"):
            page = self.client.list_objects_v2(Bucket=self.bucket, Prefix=prefix, StartAfter=after, MaxKeys=limit)
        found = (
            Listed(each["Key"], each["Size"], each["LastModified"].timestamp(), each["ETag"])
            for each in page.get("Contents", [])
        )
        return Listing(tuple(found), is_complete=not page["IsTruncated"])

    def delete(self, paths: Sequence[str]) -> None:
        """Delete objects, as many at once as S3 takes.

        :raises UnavailableError: if S3 keeps one of them.
        """
        self._delete([{"Key": path} for path in paths])

    def discard(self, useless: Sequence[tuple[str, str]]) -> None:
        """Delete objects that still are what was looked at, as many at once as S3 takes.

        Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-deletes.html

        :raises UnavailableError: if S3 keeps one of them for another reason than that it is another one now.
        """
        self._delete([{"Key": path, "ETag": etag} for path, etag in useless])

    def _delete(self, objects: Sequence[ObjectIdentifierTypeDef]) -> None:
        for start in range(0, len(objects), MOST_LISTED):
            some = objects[start : start + MOST_LISTED]
            with storage_errors("delete from the cache"):
                # What was deleted is not told: only what was not.
                done = self.client.delete_objects(Bucket=self.bucket, Delete={"Objects": some, "Quiet": True})
            if kept := [each for each in done.get("Errors", []) if each.get("Code") not in _LOST_THE_RACE]:
                reason = kept[0].get("Code", "an unknown error")
                problem = f"could not delete {len(kept)} of {len(some)} objects of the cache: S3 answered {reason}"
                raise UnavailableError("storage-unavailable", problem)

    def _put(self, path: str, item: CacheObject, **condition: str) -> bool:
        end = repr(item.expires_at)
        metadata = {EXPIRES_AT: end, CONTENT_HASH: content_hash(item.data), TRAILER: str(len(end))}
        with storage_errors("write the cache"):
            try:
                self.client.put_object(
                    Bucket=self.bucket,
                    Key=path,
                    Body=item.data + end.encode(),
                    ContentType=item.content_type,
                    Metadata=metadata,
                    **condition,  # type: ignore[arg-type]
                )
            except self.client.exceptions.ClientError as error:
                if condition and error_code(error) in _LOST_THE_RACE:
                    return False
                raise
        return True

    def _lost(self, path: str) -> Head | None:
        """Return what is known of an object that is of no use any more, so that it can be replaced."""
        head = self.head(path)
        return replace(head, expires_at=0.0) if head else None

    def _is_unreadable(self, code: str) -> bool:
        if code in UNREADABLE and not self._told:
            self._told = True
            self.unreadable(code)
        return code in UNREADABLE


def _head(found: HeadObjectOutputTypeDef | GetObjectOutputTypeDef, size: int) -> Head:
    told = found["Metadata"]
    return Head(found["ContentType"], _end(told), size - _trailer(told), told.get(CONTENT_HASH, ""), found["ETag"])


def _end(metadata: Mapping[str, str]) -> float:
    try:
        return float(metadata.get(EXPIRES_AT, "0"))
    except ValueError:
        return 0.0


def _trailer(metadata: Mapping[str, str]) -> int:
    length = metadata.get(TRAILER, "")
    return int(length) if length.isdecimal() else 0
