import io
from dataclasses import replace
from datetime import UTC, datetime

import boto3
import pytest
from botocore.response import StreamingBody
from botocore.stub import Stubber

from lambda_src.cache_service.objects import CacheObject, Head, Listed, Listing, content_hash
from lambda_src.cache_service.s3_store import CONTENT_HASH, EXPIRES_AT, TRAILER, UNREADABLE, S3ObjectStore
from lambda_src.shared.errors import UnavailableError

PLACE = {"Bucket": "bucket", "Key": "pages/key_based/k"}
METADATA = {EXPIRES_AT: "12.5", CONTENT_HASH: content_hash(b"data"), TRAILER: "4"}
WRITTEN = {**PLACE, "Body": b"data12.5", "ContentType": "text/html", "Metadata": METADATA}
TOLD = {"ContentType": "text/html", "ContentLength": 8, "Metadata": METADATA, "ETag": "e"}
FIRST_BYTE = {**PLACE, "Range": "bytes=0-0"}
ITEM = CacheObject(b"data", "text/html", 12.5)
HEAD = Head("text/html", 12.5, 4, content_hash(b"data"), "e")


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
    content = b"data12.5" if TRAILER in metadata else b"data"
    body = StreamingBody(io.BytesIO(content), len(content))
    return {"Body": body, "ContentType": "text/html", "Metadata": metadata, "ETag": '"e"'}


def test_put_writes_type_and_end_so_that_no_renewed_object_is_the_one_before(store, s3):
    s3.add_response("put_object", {}, WRITTEN)
    store.put("pages/key_based/k", ITEM)


def test_get(store, s3):
    s3.add_response("get_object", found(METADATA), PLACE)
    item = store.get("pages/key_based/k", fresh=True)
    assert (item, item.etag) == (ITEM, '"e"')


@pytest.mark.parametrize("metadata", [{}, {EXPIRES_AT: "soon"}])
def test_object_without_an_end_has_expired(store, s3, metadata):
    s3.add_response("get_object", found(metadata), PLACE)
    assert store.get("pages/key_based/k").expires_at == 0


def test_missing_object(store, s3):
    s3.add_client_error("get_object", "NoSuchKey", http_status_code=404)
    assert store.get("pages/key_based/k") is None


@pytest.mark.parametrize("code", sorted(UNREADABLE))
def test_a_page_that_cannot_be_decrypted_any_more_is_missing_and_told_once(code, store, s3, told):
    for _page in range(2):
        s3.add_client_error("get_object", code, http_status_code=403)
        assert store.get("pages/key_based/k") is None

    assert told == [code]


def test_what_cannot_be_decrypted_can_be_replaced(store, s3):
    s3.add_client_error("get_object", "KMS.NotFoundException", http_status_code=400)
    s3.add_response("head_object", TOLD, PLACE)
    item = store.get("pages/key_based/k", fresh=True)
    assert (item, item.etag) == (CacheObject(b"", "text/html", 0.0), "e")


def test_who_may_not_write_is_told_each_time(store, s3, told):
    s3.add_client_error("put_object", "AccessDenied", http_status_code=403)
    with pytest.raises(UnavailableError, match="AccessDenied"):
        store.put("pages/key_based/k", CacheObject(b"", "a", 1))
    assert told == []


@pytest.mark.parametrize("code", ["NoSuchBucket", "SlowDown"])
def test_other_errors_are_told(store, s3, code):
    s3.add_client_error("get_object", code)
    with pytest.raises(UnavailableError, match=code):
        store.get("pages/key_based/k")


def test_error_of_put_is_told(store, s3):
    s3.add_client_error("put_object", "SlowDown")
    with pytest.raises(UnavailableError, match="write the cache"):
        store.put("pages/key_based/k", CacheObject(b"", "a", 1))


def test_only_what_is_not_there_is_written_anew(store, s3):
    s3.add_response("put_object", {}, {**WRITTEN, "IfNoneMatch": "*"})
    assert store.put_new("pages/key_based/k", ITEM)


def test_only_what_was_read_is_replaced(store, s3):
    s3.add_response("put_object", {}, {**WRITTEN, "IfMatch": "e"})
    assert store.replace("pages/key_based/k", ITEM, "e")


@pytest.mark.parametrize("code", ["PreconditionFailed", "ConditionalRequestConflict", "NoSuchKey"])
def test_a_lost_race_is_no_error(store, s3, code):
    for _try in range(2):
        s3.add_client_error("put_object", code, http_status_code=412)
    assert not store.put_new("pages/key_based/k", ITEM)
    assert not store.replace("pages/key_based/k", ITEM, "e")


def test_a_bucket_that_is_gone_is_no_lost_race(store, s3):
    s3.add_client_error("put_object", "NoSuchBucket")
    with pytest.raises(UnavailableError, match="NoSuchBucket"):
        store.put_new("pages/key_based/k", ITEM)


def test_head(store, s3):
    s3.add_response("head_object", TOLD, PLACE)
    assert store.head("pages/key_based/k") == HEAD


def test_head_of_what_can_be_read_carries_one_byte_of_it(store, s3):
    answered = {**found(METADATA), "ETag": "e", "ContentRange": "bytes 0-0/8"}
    s3.add_response("get_object", answered, FIRST_BYTE)
    assert store.head("pages/key_based/k", readable=True) == HEAD


@pytest.mark.parametrize("code", [*sorted(UNREADABLE), "InvalidRange"])
def test_head_of_what_cannot_be_read_is_that_of_something_that_has_ended(code, store, s3):
    s3.add_client_error("get_object", code, http_status_code=403, expected_params=FIRST_BYTE)
    s3.add_response("head_object", TOLD, PLACE)
    assert store.head("pages/key_based/k", readable=True) == replace(HEAD, expires_at=0.0)


def test_head_of_what_is_not_there_to_be_read(store, s3):
    s3.add_client_error("get_object", "NoSuchKey", http_status_code=404)
    assert store.head("pages/key_based/k", readable=True) is None


def test_head_of_a_missing_object(store, s3):
    s3.add_client_error("head_object", "404", http_status_code=404)
    assert store.head("pages/key_based/k") is None


def test_error_of_head_is_told(store, s3):
    s3.add_client_error("head_object", "403", http_status_code=403)
    with pytest.raises(UnavailableError, match="read the cache"):
        store.head("pages/key_based/k")


def test_list(store, s3):
    found = {"Key": "pages/a", "Size": 3, "LastModified": datetime.fromtimestamp(7, UTC), "ETag": "e"}
    asked = {"Bucket": "bucket", "Prefix": "pages/", "StartAfter": "pages/0", "MaxKeys": 1}
    s3.add_response("list_objects_v2", {"Contents": [found], "IsTruncated": True}, asked)
    listing = store.list("pages/", after="pages/0", limit=1)
    assert listing == Listing((Listed("pages/a", 3, 7.0, "e"),), is_complete=False)


def test_empty_list(store, s3):
    s3.add_response("list_objects_v2", {"IsTruncated": False})
    assert store.list("pages/") == Listing((), is_complete=True)


def test_more_is_deleted_than_one_call_takes(store, s3):
    paths = [str(number) for number in range(1001)]
    for some in (paths[:1000], paths[1000:]):
        asked = {"Objects": [{"Key": path} for path in some], "Quiet": True}
        s3.add_response("delete_objects", {}, {"Bucket": "bucket", "Delete": asked})
    store.delete(paths)


def test_what_could_not_be_deleted_is_told(store, s3):
    s3.add_response("delete_objects", {"Errors": [{"Key": "a", "Code": "AccessDenied"}]})
    with pytest.raises(UnavailableError, match="1 of 2 objects of the cache: S3 answered AccessDenied"):
        store.delete(["a", "b"])


def test_only_what_still_is_what_was_looked_at_is_discarded(store, s3):
    asked = {"Objects": [{"Key": "a", "ETag": "1"}, {"Key": "b", "ETag": "2"}], "Quiet": True}
    errors = [{"Key": "a", "Code": "PreconditionFailed"}, {"Key": "b", "Code": "NoSuchKey"}]
    s3.add_response("delete_objects", {"Errors": errors}, {"Bucket": "bucket", "Delete": asked})
    store.discard([("a", "1"), ("b", "2")])
    s3.add_response("delete_objects", {"Errors": [*errors, {"Key": "c", "Code": "AccessDenied"}]})
    with pytest.raises(UnavailableError, match="AccessDenied"):
        store.discard([("a", "1"), ("b", "2"), ("c", "3")])
