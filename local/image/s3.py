"""What the actions of a document reach beside the machine: objects in S3, and files on the web.

It talks to whatever S3 it is pointed at; here that is the embedded AWS.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import boto3
import httpx
from botocore.exceptions import BotoCoreError, ClientError

from local.image.actions import ActionError

WEB_ATTEMPTS = 5
"""AWSTOE's own, beside those of the step."""


class Outside:
    """S3 at an endpoint, and the web.

    :param environment: AWS's variables, with endpoint, region and credentials.
    """

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._s3 = boto3.client(
            "s3",
            endpoint_url=environment["AWS_ENDPOINT_URL"],
            region_name=environment["AWS_REGION"],
            aws_access_key_id=environment["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=environment["AWS_SECRET_ACCESS_KEY"],
        )

    def create_bucket(self, bucket: str) -> None:
        """Make a bucket.

        :raises ActionError: if it cannot be made.
        """
        self._call("create_bucket", Bucket=bucket)

    def list_objects(self, bucket: str, prefix: str) -> list[str]:
        """Return the keys that begin so, of which AWSTOE takes a thousand."""
        answer = self._call("list_objects_v2", Bucket=bucket, Prefix=prefix)
        return [entry["Key"] for entry in answer.get("Contents", [])]

    def get_object(self, bucket: str, key: str) -> bytes:
        """Return what an object holds."""
        body = self._call("get_object", Bucket=bucket, Key=key)["Body"].read()
        return bytes(body)

    def put_object(self, bucket: str, key: str, body: bytes) -> None:
        """Store an object."""
        self._call("put_object", Bucket=bucket, Key=key, Body=body)

    def fetch(self, url: str) -> bytes:
        """Return what stands at an address, redirections followed."""
        cause = ""
        for _ in range(WEB_ATTEMPTS):
            try:
                answer = httpx.get(url, follow_redirects=True, timeout=60)
            except httpx.HTTPError as error:
                cause = str(error) or type(error).__name__
                continue
            if answer.status_code == httpx.codes.OK:
                return answer.content
            cause = f"the answer is {answer.status_code} {answer.reason_phrase}"
        raise ActionError(f"{url} cannot be fetched: {cause}")

    def _call(self, operation: str, **parameters: object) -> Any:
        try:
            return getattr(self._s3, operation)(**parameters)
        except (BotoCoreError, ClientError) as error:
            place = "/".join(str(parameters[name]) for name in ("Bucket", "Key") if name in parameters)
            raise ActionError(f"s3://{place}: {error}") from error
