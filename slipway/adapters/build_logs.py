"""What a build wrote while it ran: its stream in CloudWatch Logs, or else its files in S3.

Sources: https://docs.aws.amazon.com/imagebuilder/latest/userguide/monitor-cwlogs.html for the names of group and
stream, https://docs.aws.amazon.com/imagebuilder/latest/userguide/troubleshooting.html for those of the files.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import TYPE_CHECKING

import boto3
from botocore.exceptions import ClientError

from slipway.adapters.aws import CONFIG, code_of, translated
from slipway.domain.images import Image, LogBucket

if TYPE_CHECKING:
    from mypy_boto3_logs import CloudWatchLogsClient
    from mypy_boto3_logs.type_defs import GetLogEventsResponseTypeDef
    from mypy_boto3_s3 import S3Client

LINES = 1000
"""Lines that are read of a log, from its end; a failed build stops soon after its first error."""

_TAIL_BYTES = 262_144
_ABSENT = frozenset({"ResourceNotFoundException", "NoSuchBucket", "NoSuchKey", "AccessDenied"})


class BuildLogs:
    """The APIs of CloudWatch Logs and S3, in the region in which images are built."""

    def __init__(self, session: boto3.Session, region: str) -> None:
        self._session = session
        self._region = region

    @functools.cached_property
    def _logs(self) -> CloudWatchLogsClient:
        client: CloudWatchLogsClient = self._session.client("logs", region_name=self._region, config=CONFIG)
        return client

    @functools.cached_property
    def _store(self) -> S3Client:
        client: S3Client = self._session.client("s3", region_name=self._region, config=CONFIG)
        return client

    def lines(self, image: Image, group: str) -> Sequence[str]:
        """Return the last lines of a build's log, oldest first; none where nothing was written.

        :param group: log group of CloudWatch Logs.
        """
        with translated(self._region):
            return self._streamed(group, image.label) or (self._stored(image, image.logs) if image.logs else [])

    def _streamed(self, group: str, stream: str) -> list[str]:
        lines: list[str] = []
        token = ""
        try:
            while len(lines) < LINES:
                page = self._page(group, stream, token)
                earlier = [line for event in page["events"] for line in event["message"].splitlines()]
                lines = earlier + lines
                # The same token twice is the beginning of the stream; a page may be empty before that.
                if page["nextBackwardToken"] == token:
                    break
                token = page["nextBackwardToken"]
        except ClientError as error:
            if code_of(error) not in _ABSENT:
                raise
        return lines[-LINES:]

    def _page(self, group: str, stream: str, token: str) -> GetLogEventsResponseTypeDef:
        """Return a page of a stream: the last one, or the one before that which gave the token."""
        if token:
            return self._logs.get_log_events(logGroupName=group, logStreamName=stream, nextToken=token)
        return self._logs.get_log_events(logGroupName=group, logStreamName=stream, startFromHead=False)

    def _stored(self, image: Image, place: LogBucket) -> list[str]:
        prefix = "/".join(part for part in (place.prefix.strip("/"), image.arn.split("/")[1], image.label) if part)
        try:
            pages = self._store.get_paginator("list_objects_v2").paginate(Bucket=place.bucket, Prefix=f"{prefix}/")
            files = [each for page in pages for each in page.get("Contents", [])]
            logs = [each for each in files if each["Key"].endswith("console.log") and each["Size"]]
            if not logs:
                return []
            newest = max(logs, key=lambda each: each["LastModified"])
            first = max(newest["Size"] - _TAIL_BYTES, 0)
            answer = self._store.get_object(Bucket=place.bucket, Key=newest["Key"], Range=f"bytes={first}-")
            return answer["Body"].read().decode("utf-8", "replace").splitlines()[-LINES:]
        except ClientError as error:
            if code_of(error) not in _ABSENT:
                raise
            return []
