"""Keeps snapshots in an S3 bucket, one object per process; writes are conditional on what they replace."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

from contract.statistics import StatisticsSnapshot
from lambda_src.proxy_management.logic import Kept
from lambda_src.shared.s3 import error_code, storage_errors

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

READERS = 8
"""Reading is waiting: eight at a time, below the client's pool of ten connections."""

_LOST_THE_RACE = {"PreconditionFailed", "ConditionalRequestConflict", "NoSuchKey"}
"""Somebody else wrote first, is writing at this moment, or removed what was to be replaced."""


UNREADABLE = StatisticsSnapshot(sequence=-1)
"""Stands for an object that is no snapshot: it counts for nothing, and the next report of its process replaces it."""


@dataclass(frozen=True)
class S3SnapshotStore:
    """A :class:`~lambda_src.proxy_management.logic.SnapshotStore` below one prefix of a bucket."""

    client: S3Client
    bucket: str
    prefix: str

    def read(self, name: str) -> Kept | None:
        """Read one snapshot.

        :raises UnavailableError: if S3 does not answer.
        """
        return self._read_object(f"{self.prefix}/{name}.json")

    def write(self, name: str, snapshot: StatisticsSnapshot, replaces: str | None) -> bool:
        """Write one snapshot, if nobody else did meanwhile.

        :raises UnavailableError: if S3 does not take it.
        """
        with storage_errors("write the statistics"):
            request = {"Bucket": self.bucket, "Key": f"{self.prefix}/{name}.json", "ContentType": "application/json"}
            condition = {"IfMatch": replaces} if replaces else {"IfNoneMatch": "*"}
            try:
                self.client.put_object(Body=snapshot.to_json().encode(), **request, **condition)  # type: ignore[arg-type]
            except self.client.exceptions.ClientError as error:
                if error_code(error) in _LOST_THE_RACE:
                    return False
                raise
        return True

    def read_all(self) -> Iterable[Kept]:
        """Read all snapshots.

        :raises UnavailableError: if S3 does not answer.
        """
        with storage_errors("list the statistics"):
            pages = self.client.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=f"{self.prefix}/")
            paths = [item["Key"] for page in pages for item in page.get("Contents", [])]
        with ThreadPoolExecutor(READERS) as readers:
            found = list(readers.map(self._read_object, paths))
        return [kept for kept in found if kept and kept.snapshot != UNREADABLE]

    def _read_object(self, path: str) -> Kept | None:
        with storage_errors("read the statistics"):
            try:
                found = self.client.get_object(Bucket=self.bucket, Key=path)
            except self.client.exceptions.ClientError as error:
                if error_code(error) == "NoSuchKey":
                    return None
                raise
            text = found["Body"].read()
        return Kept(_parse(text), found["ETag"], found["LastModified"])


def _parse(text: bytes) -> StatisticsSnapshot:
    try:
        return StatisticsSnapshot.from_json(text)
    except (ValueError, TypeError):
        return UNREADABLE
