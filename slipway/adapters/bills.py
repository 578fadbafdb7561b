"""Bills of materials in the bucket of artifacts, in the region in which images are built."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import boto3
from botocore.exceptions import ClientError

from contract.images import bill_key
from slipway.adapters.aws import CONFIG, code_of, translated

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_ABSENT = frozenset({"NoSuchBucket", "NoSuchKey"})


class Bills:
    """S3, as far as it keeps bills.

    :param region: of the bucket.
    """

    def __init__(self, session: boto3.Session, region: str) -> None:
        self._session = session
        self._region = region

    @functools.cached_property
    def _client(self) -> S3Client:
        client: S3Client = self._session.client("s3", region_name=self._region, config=CONFIG)
        return client

    def read(self, uri: str, digest: str) -> bytes | None:
        """Return the document of a hash; none if it is not there.

        :param uri: place of all bills, for example `s3://bucket/bills-of-materials`.
        """
        place = urlsplit(uri)
        key = bill_key(place.path.strip("/"), digest)
        with translated(self._region):
            try:
                return self._client.get_object(Bucket=place.netloc, Key=key)["Body"].read()
            except ClientError as error:
                if code_of(error) not in _ABSENT:
                    raise
                return None
