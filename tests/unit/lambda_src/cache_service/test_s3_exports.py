import base64
from urllib.parse import parse_qs, urlsplit

import boto3
import pytest
from botocore.config import Config
from botocore.stub import Stubber

from lambda_src.cache_service.s3_exports import S3Exports
from lambda_src.shared.errors import UnavailableError

PLACE = {"Bucket": "bucket", "Key": "_exports/shop/1.zip"}
CREATED = {**PLACE, "ContentType": "application/zip", "ChecksumAlgorithm": "CRC32"}
PART = b"123456789"
CHECKSUM = base64.b64encode(bytes.fromhex("cbf43926")).decode()
"""The CRC-32 of these nine digits is what implementations of it are checked by."""


@pytest.fixture
def client():
    config = Config(signature_version="s3v4", s3={"addressing_style": "virtual"})
    return boto3.client(
        "s3", region_name="eu-central-1", aws_access_key_id="x", aws_secret_access_key="y", config=config
    )


@pytest.fixture
def s3(client):
    with Stubber(client) as stubber:
        yield stubber
        stubber.assert_no_pending_responses()


@pytest.fixture
def exports(client, s3):
    return S3Exports(client, "bucket")


def test_parts_become_one_file(exports, s3):
    sent = {**PLACE, "UploadId": "u", "PartNumber": 1, "Body": PART, "ChecksumCRC32": CHECKSUM}
    parts = [{"PartNumber": 1, "ETag": "e1", "ChecksumCRC32": CHECKSUM}]
    s3.add_response("create_multipart_upload", {"UploadId": "u"}, CREATED)
    s3.add_response("upload_part", {"ETag": "e1"}, sent)
    s3.add_response("complete_multipart_upload", {}, {**PLACE, "UploadId": "u", "MultipartUpload": {"Parts": parts}})

    upload = exports.begin(PLACE["Key"], "application/zip")
    upload.add(PART)
    upload.finish()


def test_what_is_aborted_is_deleted_and_a_failure_of_that_is_not_told(exports, s3):
    s3.add_response("create_multipart_upload", {"UploadId": "u"}, CREATED)
    s3.add_response("abort_multipart_upload", {}, {**PLACE, "UploadId": "u"})
    s3.add_client_error("abort_multipart_upload", "InternalError")

    upload = exports.begin(PLACE["Key"], "application/zip")
    upload.abort()
    upload.abort()


@pytest.mark.parametrize("step", ["create_multipart_upload", "upload_part", "complete_multipart_upload"])
def test_what_s3_does_not_take_is_told(exports, s3, step):
    if step != "create_multipart_upload":
        s3.add_response("create_multipart_upload", {"UploadId": "u"}, CREATED)
    s3.add_client_error(step, "SlowDown")

    def send():
        upload = exports.begin(PLACE["Key"], "application/zip")
        upload.add(b"") if step == "upload_part" else upload.finish()

    with pytest.raises(UnavailableError, match="an export: S3 answered SlowDown"):
        send()


def test_an_address_is_signed_for_the_region_and_for_a_while(exports):
    url = urlsplit(exports.url(PLACE["Key"], "shop.zip", 900))
    asked = parse_qs(url.query)

    assert url.netloc == "bucket.s3.eu-central-1.amazonaws.com"
    assert url.path == "/_exports/shop/1.zip"
    assert asked["X-Amz-Expires"] == ["900"]
    assert asked["response-content-disposition"] == ['attachment; filename="shop.zip"']
