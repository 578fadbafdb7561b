import io
from datetime import UTC, datetime

import boto3
import pytest
from botocore.response import StreamingBody
from botocore.stub import Stubber

from contract.statistics import StatisticsSnapshot
from lambda_src.proxy_management.logic import Kept
from lambda_src.proxy_management.s3_store import S3SnapshotStore
from lambda_src.shared.errors import UnavailableError

SNAPSHOT = StatisticsSnapshot(3, requests=7, results={"cached": 1})
PLACE = {"Bucket": "bucket", "Key": "statistics/i-1/42.json"}
WRITTEN = datetime(2026, 1, 2, tzinfo=UTC)


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
    return S3SnapshotStore(client, "bucket", "statistics")


def found(text):
    body = StreamingBody(io.BytesIO(text), len(text))
    return {"Body": body, "ETag": '"abc"', "LastModified": WRITTEN}


def put(**condition):
    return {**PLACE, "Body": SNAPSHOT.to_json().encode(), "ContentType": "application/json", **condition}


def test_read(store, s3):
    s3.add_response("get_object", found(SNAPSHOT.to_json().encode()), PLACE)
    assert store.read("i-1/42") == Kept(SNAPSHOT, '"abc"', WRITTEN)


def test_read_missing(store, s3):
    s3.add_client_error("get_object", "NoSuchKey", http_status_code=404)
    assert store.read("i-1/42") is None


@pytest.mark.parametrize("text", [b"{broken", b"[]", b"{}", b'{"sequence": 1, "other": 2}'])
def test_what_is_no_snapshot_is_older_than_every_report(store, s3, text):
    s3.add_response("get_object", found(text), PLACE)
    assert store.read("i-1/42").snapshot.sequence < 0


def test_first_write_demands_that_there_is_none(store, s3):
    s3.add_response("put_object", {}, put(IfNoneMatch="*"))
    assert store.write("i-1/42", SNAPSHOT, None)


def test_later_write_demands_what_it_replaces(store, s3):
    s3.add_response("put_object", {}, put(IfMatch='"abc"'))
    assert store.write("i-1/42", SNAPSHOT, '"abc"')


@pytest.mark.parametrize("code", ["PreconditionFailed", "ConditionalRequestConflict", "NoSuchKey"])
def test_lost_race(store, s3, code):
    s3.add_client_error("put_object", code)
    assert not store.write("i-1/42", SNAPSHOT, '"abc"')


def test_other_errors_are_told(store, s3):
    s3.add_client_error("put_object", "AccessDenied")
    with pytest.raises(UnavailableError, match="write the statistics: S3 answered AccessDenied"):
        store.write("i-1/42", SNAPSHOT, None)


def test_read_all_leaves_out_what_is_no_snapshot(store, s3):
    listed = {"Contents": [{"Key": PLACE["Key"]}], "IsTruncated": False}
    s3.add_response("list_objects_v2", listed, {"Bucket": "bucket", "Prefix": "statistics/"})
    s3.add_response("get_object", found(b"{broken"), PLACE)
    assert list(store.read_all()) == []


def test_read_all(store, s3):
    listed = {"Contents": [{"Key": PLACE["Key"]}], "IsTruncated": False}
    s3.add_response("list_objects_v2", listed, {"Bucket": "bucket", "Prefix": "statistics/"})
    s3.add_response("get_object", found(SNAPSHOT.to_json().encode()), PLACE)
    assert [kept.snapshot for kept in store.read_all()] == [SNAPSHOT]
