"""Keeps objects in one folder of an S3 bucket; each write is conditional on what it replaces.

Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

from lambda_src.proxy_management.store import Kept, Listed
from lambda_src.shared.s3 import error_code, storage_errors

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import ListObjectsV2OutputTypeDef

WORKERS = 8
"""Reading is waiting: eight at a time, below the client's pool of ten connections."""

JSON = "application/json"

_LOST_THE_RACE = {"PreconditionFailed", "ConditionalRequestConflict", "NoSuchKey"}
"""Somebody else wrote first, is writing at this moment, or removed what was to be replaced."""


@dataclass(frozen=True)
class S3ObjectStore:
    """An :class:`~lambda_src.proxy_management.store.ObjectStore` in one folder of a bucket.

    :param folder: without slashes at its ends.
    """

    client: S3Client
    bucket: str
    folder: str

    def read(self, key: str) -> Kept | None:
        """Read an object.

        :raises UnavailableError: if S3 does not answer.
        """
        with storage_errors(f"read {self.folder}"):
            try:
                found = self.client.get_object(Bucket=self.bucket, Key=self._path(key))
            except self.client.exceptions.ClientError as error:
                if error_code(error) == "NoSuchKey":
                    return None
                raise
            return Kept(found["Body"].read(), found["ETag"])

    def read_each(self, keys: Sequence[str]) -> list[Kept | None]:
        """Read several objects, in the order of their keys.

        :raises UnavailableError: if S3 does not answer.
        """
        if len(keys) < 2:
            return [self.read(key) for key in keys]
        with ThreadPoolExecutor(WORKERS) as workers:
            return list(workers.map(self.read, keys))

    def write(self, key: str, data: bytes, *, replaces: str | None) -> bool:
        """Write an object, if nobody else did meanwhile.

        :raises UnavailableError: if S3 does not take it.
        """
        place = {"Bucket": self.bucket, "Key": self._path(key), "ContentType": JSON}
        condition = {"IfMatch": replaces} if replaces else {"IfNoneMatch": "*"}
        with storage_errors(f"write {self.folder}"):
            try:
                self.client.put_object(Body=data, **place, **condition)  # type: ignore[arg-type]
            except self.client.exceptions.ClientError as error:
                if error_code(error) in _LOST_THE_RACE:
                    return False
                raise
        return True

    def list_first(self, *, after: str = "", at_most: int) -> list[Listed]:
        """List the first objects.

        :raises UnavailableError: if S3 does not answer.
        """
        with storage_errors(f"list {self.folder}"):
            page = self.client.list_objects_v2(
                Bucket=self.bucket, Prefix=self._path(""), StartAfter=self._path(after), MaxKeys=at_most
            )
        return self._listed(page)

    def list_each(self, prefixes: Sequence[str]) -> list[Listed]:
        """List all objects below several prefixes.

        :raises UnavailableError: if S3 does not answer.
        """
        with ThreadPoolExecutor(WORKERS) as workers:
            return list(chain.from_iterable(workers.map(self._list, prefixes)))

    def _list(self, prefix: str) -> list[Listed]:
        with storage_errors(f"list {self.folder}"):
            pages = self.client.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=self._path(prefix))
            return [each for page in pages for each in self._listed(page)]

    def _listed(self, page: ListObjectsV2OutputTypeDef) -> list[Listed]:
        return [Listed(each["Key"][len(self.folder) + 1 :], each["ETag"]) for each in page.get("Contents", [])]

    def _path(self, key: str) -> str:
        return f"{self.folder}/{key}"
