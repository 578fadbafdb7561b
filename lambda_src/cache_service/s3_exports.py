"""Keeps zip files in the cache's bucket until they are fetched: uploads in parts, and addresses that are signed."""

from __future__ import annotations

import base64
import zlib
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from lambda_src.shared.errors import UnavailableError
from lambda_src.shared.s3 import storage_errors

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import CompletedPartTypeDef


@dataclass
class S3Upload:
    """An :class:`~lambda_src.cache_service.export.Upload` of several parts, each of which S3 checks by its CRC-32.

    What is neither finished nor aborted, the bucket clears away after a day, by its lifecycle.
    """

    client: S3Client
    bucket: str
    path: str
    upload_id: str
    _parts: list[CompletedPartTypeDef] = field(default_factory=list, init=False)

    def add(self, part: bytes) -> None:
        """Send a part.

        :raises UnavailableError: if S3 does not take it.
        """
        number, checksum = len(self._parts) + 1, base64.b64encode(zlib.crc32(part).to_bytes(4)).decode()
        with storage_errors("write an export"):
            sent = self.client.upload_part(
                Bucket=self.bucket,
                Key=self.path,
                UploadId=self.upload_id,
                PartNumber=number,
                Body=part,
                ChecksumCRC32=checksum,
            )
        self._parts.append({"PartNumber": number, "ETag": sent["ETag"], "ChecksumCRC32": checksum})

    def finish(self) -> None:
        """Make one object of all parts.

        :raises UnavailableError: if S3 does not.
        """
        with storage_errors("finish an export"):
            self.client.complete_multipart_upload(
                Bucket=self.bucket, Key=self.path, UploadId=self.upload_id, MultipartUpload={"Parts": self._parts}
            )

    def abort(self) -> None:
        """Delete the parts; if even that fails, what went wrong before is the better thing to tell."""
        with suppress(UnavailableError), storage_errors("abort an export"):
            self.client.abort_multipart_upload(Bucket=self.bucket, Key=self.path, UploadId=self.upload_id)


@dataclass(frozen=True)
class S3Exports:
    """An :class:`~lambda_src.cache_service.export.Exports` on one bucket."""

    client: S3Client
    bucket: str

    def begin(self, path: str, content_type: str) -> S3Upload:
        """Begin a file.

        :raises UnavailableError: if S3 does not.
        """
        with storage_errors("begin an export"):
            begun = self.client.create_multipart_upload(
                Bucket=self.bucket, Key=path, ContentType=content_type, ChecksumAlgorithm="CRC32"
            )
        return S3Upload(self.client, self.bucket, path, begun["UploadId"])

    def url(self, path: str, file_name: str, seconds: int) -> str:
        """Sign an address; it holds no longer than the credentials of the function, which AWS renews every few hours.

        :param file_name: what a browser calls the file; letters, digits, `-` and `.` only.
        """
        return self.client.generate_presigned_url(
            "get_object",
            Params={
                "Bucket": self.bucket,
                "Key": path,
                "ResponseContentDisposition": f'attachment; filename="{file_name}"',
            },
            ExpiresIn=seconds,
        )
