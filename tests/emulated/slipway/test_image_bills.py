"""`slipway image bom` and `compare` against the embedded AWS, which keeps bills, logs and tags but installs nothing."""

from __future__ import annotations

import time

import pytest

from contract import images, outputs
from contract.bills import Place
from slipway.engine.bills.reading import digest_of
from tests.emulated.slipway.workshop import BASE_IMAGE, COMPONENT, HOME, image_stack
from tests.unit.slipway.engine.bills.documents import document, part

PREFIX = "bills-of-materials"
OLD = document(part(Place.SYSTEM, "openssl", "3.0-1"))
NEW = document(part(Place.SYSTEM, "openssl", "3.0-2", suite="noble-security"))


@pytest.fixture
def shelf(workshop, client):
    """Bills in a bucket that the image stack names, and two images: of one a tag tells the bill, of one its log."""
    bucket, s3 = f"{workshop.project}-artifacts", client("s3")
    s3.create_bucket(Bucket=bucket)
    for bill in (OLD, NEW):
        s3.put_object(Bucket=bucket, Key=images.bill_key(PREFIX, digest_of(bill)), Body=bill)
    resources, told = image_stack(workshop.project, "1.0.0", (HOME,), BASE_IMAGE.format("arm64"), COMPONENT)
    workshop.stack.put(resources, {**told, outputs.BILLS_OF_MATERIALS: f"s3://{bucket}/{PREFIX}"})
    workshop.configure(regions=(HOME,))
    first = workshop.built()
    client("imagebuilder").tag_resource(resourceArn=first["arn"], tags={images.BILL_TAG: digest_of(OLD)})
    second = workshop.built("--force")
    told_at, line = time.time_ns() // 1_000_000, f"Stdout: {images.BILL_LOG_LINE}{digest_of(NEW)}"
    client("logs").put_log_events(
        logGroupName=told[outputs.IMAGE_LOG_GROUP],
        logStreamName=second["image"],
        logEvents=[{"timestamp": told_at, "message": line}],
    )
    yield bucket
    for entry in s3.list_objects_v2(Bucket=bucket).get("Contents", []):
        s3.delete_object(Bucket=bucket, Key=entry["Key"])
    s3.delete_bucket(Bucket=bucket)


def test_bills_are_found_by_tag_and_by_log_and_compared(workshop, shelf):
    assert workshop("bom", "blue", "1.0.0/1", "--json").out.encode() == OLD
    assert "Ubuntu 24.04.3 LTS" in workshop("bom", "blue").out

    result = workshop("compare", "blue", "1.0.0/1")

    assert result.status == 0, result.err
    assert "security updates (1)\n  upgraded    openssl 3.0-1 → 3.0-2\n" in result.out


def test_a_bill_that_is_gone_or_was_changed_is_told(workshop, shelf, client):
    key = images.bill_key(PREFIX, digest_of(OLD))
    client("s3").put_object(Bucket=shelf, Key=key, Body=NEW)
    altered = workshop("bom", "blue", "1.0.0/1", "--json")
    client("s3").delete_object(Bucket=shelf, Key=key)
    gone = workshop("bom", "blue", "1.0.0/1", "--json")

    assert [altered.document["error"]["code"], gone.document["error"]["code"]] == ["bill-altered", "bill-missing"]
    assert (altered.status, gone.status) == (1, 1)
