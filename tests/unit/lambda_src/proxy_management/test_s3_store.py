import io
from datetime import UTC, datetime

import boto3
import pytest
from botocore.response import StreamingBody
from botocore.stub import Stubber

from lambda_src.proxy_management.s3_store import S3ObjectStore
from lambda_src.proxy_management.store import Kept, Listed
from lambda_src.shared.errors import UnavailableError

PLACE = {"Bucket": "bucket", "Key": "statistics/a/1.json"}
LISTED = {"Contents": [{"Key": "statistics/a/1.json", "ETag": '"1"'}], "IsTruncated": False}


@pytest.fixture
def client():
    return boto3.client("s3", region_name="eu-west-1", aws_access_key_id="x", aws_secret_access_key="y")


@pytest.fixture
def s3(client):
    with Stubber(client) as stubber:
        yield stubber
        stubber.assert_no_pending_responses()


@pytest.fixture
def store(client, s3):
    return S3ObjectStore(client, "bucket", "statistics")


def found(text):
    body = StreamingBody(io.BytesIO(text), len(text))
    return {"Body": body, "ETag": '"abc"', "LastModified": datetime(2026, 1, 2, tzinfo=UTC)}


def put(**condition):
    return {**PLACE, "Body": b"text", "ContentType": "application/json", **condition}


def test_read(store, s3):
    s3.add_response("get_object", found(b"text"), PLACE)
    assert store.read("a/1.json") == Kept(b"text", '"abc"')


def test_what_is_missing_is_none(store, s3):
    s3.add_client_error("get_object", "NoSuchKey", http_status_code=404)
    assert store.read("a/1.json") is None


def test_each_is_read_in_the_order_of_the_keys(store, s3):
    s3.add_response("get_object", found(b"text"), PLACE)
    assert store.read_each(["a/1.json"]) == [Kept(b"text", '"abc"')]
    assert store.read_each([]) == []
    s3.add_client_error("get_object", "NoSuchKey")
    s3.add_client_error("get_object", "NoSuchKey")
    assert store.read_each(["a/2.json", "a/3.json"]) == [None, None]


def test_a_first_write_demands_that_there_is_none(store, s3):
    s3.add_response("put_object", {}, put(IfNoneMatch="*"))
    assert store.write("a/1.json", b"text", replaces=None)


def test_a_later_write_demands_what_it_replaces(store, s3):
    s3.add_response("put_object", {}, put(IfMatch='"abc"'))
    assert store.write("a/1.json", b"text", replaces='"abc"')


@pytest.mark.parametrize("code", ["PreconditionFailed", "ConditionalRequestConflict", "NoSuchKey"])
def test_lost_race(store, s3, code):
    s3.add_client_error("put_object", code)
    assert not store.write("a/1.json", b"text", replaces='"abc"')


def test_the_first_of_a_list(store, s3):
    asked = {"Bucket": "bucket", "Prefix": "statistics/", "StartAfter": "statistics/a", "MaxKeys": 3}
    s3.add_response("list_objects_v2", LISTED, asked)
    assert store.list_first(after="a", at_most=3) == [Listed("a/1.json", '"1"')]


def test_a_list_of_each_prefix(store, s3):
    s3.add_response("list_objects_v2", LISTED, {"Bucket": "bucket", "Prefix": "statistics/a/"})
    assert store.list_each(["a/"]) == [Listed("a/1.json", '"1"')]
    s3.add_response("list_objects_v2", {"IsTruncated": False}, {"Bucket": "bucket", "Prefix": "statistics/b/"})
    assert store.list_each(["b/"]) == []


@pytest.mark.parametrize(
    ("operation", "call", "words"),
    [
        ("get_object", lambda store: store.read("a"), "read statistics"),
        ("put_object", lambda store: store.write("a", b"", replaces=None), "write statistics"),
        ("list_objects_v2", lambda store: store.list_first(at_most=1), "list statistics"),
        ("list_objects_v2", lambda store: store.list_each(["a"]), "list statistics"),
    ],
)
def test_other_errors_are_told(store, s3, operation, call, words):
    s3.add_client_error(operation, "AccessDenied")
    with pytest.raises(UnavailableError, match=f"could not {words}: S3 answered AccessDenied"):
        call(store)
