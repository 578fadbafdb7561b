import io

import boto3
import pytest
from botocore.response import StreamingBody
from botocore.stub import Stubber

from lambda_src.cache_service.logic import CacheObject
from lambda_src.cache_service.s3_store import EXPIRES_AT, UNREADABLE, S3ObjectStore
from lambda_src.shared.errors import UnavailableError

PLACE = {"Bucket": "bucket", "Key": "pages/key-based/k"}


@pytest.fixture
def client():
    return boto3.client("s3", region_name="eu-west-1", aws_access_key_id="x", aws_secret_access_key="y")


@pytest.fixture
def s3(client):
    with Stubber(client) as stubber:
        yield stubber
        stubber.assert_no_pending_responses()


@pytest.fixture
def told():
    return []


@pytest.fixture
def store(client, s3, told):
    return S3ObjectStore(client, "bucket", told.append)


def found(metadata):
    body = StreamingBody(io.BytesIO(b"data"), 4)
    return {"Body": body, "ContentType": "text/html", "Metadata": metadata}


def test_put_writes_type_and_end(store, s3):
    expected = {**PLACE, "Body": b"data", "ContentType": "text/html", "Metadata": {EXPIRES_AT: "12.5"}}
    s3.add_response("put_object", {}, expected)
    store.put("pages/key-based/k", CacheObject(b"data", "text/html", 12.5))


def test_get(store, s3):
    s3.add_response("get_object", found({EXPIRES_AT: "12.5"}), PLACE)
    assert store.get("pages/key-based/k") == CacheObject(b"data", "text/html", 12.5)


@pytest.mark.parametrize("metadata", [{}, {EXPIRES_AT: "soon"}])
def test_object_without_an_end_has_expired(store, s3, metadata):
    s3.add_response("get_object", found(metadata), PLACE)
    assert store.get("pages/key-based/k").expires_at == 0


def test_missing_object(store, s3):
    s3.add_client_error("get_object", "NoSuchKey", http_status_code=404)
    assert store.get("pages/key-based/k") is None


@pytest.mark.parametrize("code", sorted(UNREADABLE))
def test_a_page_that_cannot_be_decrypted_any_more_is_missing_and_told_once(code, store, s3, told):
    for _page in range(2):
        s3.add_client_error("get_object", code, http_status_code=403)
        assert store.get("pages/key-based/k") is None

    assert told == [code]


def test_who_may_not_write_is_told_each_time(store, s3, told):
    s3.add_client_error("put_object", "AccessDenied", http_status_code=403)
    with pytest.raises(UnavailableError, match="AccessDenied"):
        store.put("pages/key-based/k", CacheObject(b"", "a", 1))
    assert told == []


@pytest.mark.parametrize("code", ["NoSuchBucket", "SlowDown"])
def test_other_errors_are_told(store, s3, code):
    s3.add_client_error("get_object", code)
    with pytest.raises(UnavailableError, match=code):
        store.get("pages/key-based/k")


def test_error_of_put_is_told(store, s3):
    s3.add_client_error("put_object", "SlowDown")
    with pytest.raises(UnavailableError, match="write the cache"):
        store.put("pages/key-based/k", CacheObject(b"", "a", 1))
