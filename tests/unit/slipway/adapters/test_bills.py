"""What is asked of S3, and what its answers become; S3 is played by botocore's own stub, which checks requests."""

from __future__ import annotations

import io
from collections.abc import Iterator
from types import SimpleNamespace

import boto3
import pytest
from botocore.response import StreamingBody
from botocore.stub import Stubber

from slipway.adapters.bills import Bills
from slipway.domain.errors import RefusedError

URI = "s3://artifacts/bills-of-materials"
REQUEST = {"Bucket": "artifacts", "Key": "bills-of-materials/0a1b.cdx.json"}


@pytest.fixture
def s3() -> Iterator[Stubber]:
    client = boto3.client("s3", region_name="eu-west-1", aws_access_key_id="a", aws_secret_access_key="b")
    with Stubber(client) as stub:
        yield stub


def bills(s3: Stubber) -> Bills:
    return Bills(SimpleNamespace(client=lambda *_, **__: s3.client), "eu-west-1")


def test_a_bill_is_read_from_under_its_hash(s3: Stubber) -> None:
    s3.add_response("get_object", {"Body": StreamingBody(io.BytesIO(b"{}"), 2)}, REQUEST)

    assert bills(s3).read(URI, "0a1b") == b"{}"


@pytest.mark.parametrize("code", ["NoSuchKey", "NoSuchBucket"])
def test_what_is_not_there_is_none(s3: Stubber, code: str) -> None:
    s3.add_client_error("get_object", service_error_code=code, http_status_code=404, expected_params=REQUEST)

    assert bills(s3).read(URI, "0a1b") is None


def test_what_may_not_be_read_is_told_in_words(s3: Stubber) -> None:
    s3.add_client_error("get_object", service_error_code="AccessDenied", http_status_code=403)

    with pytest.raises(RefusedError, match="GetObject in eu-west-1 was refused"):
        bills(s3).read(URI, "0a1b")
