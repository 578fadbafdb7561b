"""What a build wrote is read from CloudWatch Logs, and else from S3."""

from __future__ import annotations

import time
from dataclasses import replace

import boto3
import pytest

from slipway.adapters.build_logs import LINES, BuildLogs
from slipway.domain.images import LogBucket
from tests.emulated.slipway.workshop import HOME
from tests.unit.slipway.engine.images.world import World


@pytest.fixture
def logs(workshop):
    return BuildLogs(boto3.Session(), HOME)


def test_the_last_lines_of_a_stream_are_read_in_their_order(workshop, logs):
    image, client, group = World().finished(), workshop.client("logs"), f"/{workshop.project}/logs"
    client.create_log_group(logGroupName=group)
    client.create_log_stream(logGroupName=group, logStreamName=image.label)
    now = int(time.time() * 1000)
    events = [{"timestamp": now + number, "message": f"{number}\nand"} for number in range(LINES)]
    client.put_log_events(logGroupName=group, logStreamName=image.label, logEvents=events)

    lines = logs.lines(image, group)

    assert len(lines) == LINES
    assert (lines[0], lines[-2:]) == (str(LINES // 2), [str(LINES - 1), "and"])
    client.delete_log_group(logGroupName=group)


def test_without_a_stream_the_newest_file_is_read_and_without_both_nothing(workshop, logs):
    s3, bucket = workshop.client("s3"), f"{workshop.project}-logs"
    image = replace(World().finished(), logs=LogBucket(bucket, "image-builder"))
    assert logs.lines(image, "/none") == []
    s3.create_bucket(Bucket=bucket)
    assert logs.lines(image, "/none") == []
    key = f"image-builder/shop-blue-proxy/{image.label}/0123/TOE_1/console.log"
    s3.put_object(Bucket=bucket, Key=key, Body=b"first\nthen \xff\n")

    assert logs.lines(image, "/none") == ["first", "then \ufffd"]
    s3.delete_object(Bucket=bucket, Key=key)
    s3.delete_bucket(Bucket=bucket)
