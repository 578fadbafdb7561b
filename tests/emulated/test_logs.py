"""Log groups stay short."""

from __future__ import annotations

import time

GROUP = "long"
STREAMS = 230
KEPT = 200


def test_log_group_keeps_its_newest_streams(client):
    logs = client("logs")
    logs.create_log_group(logGroupName=GROUP)
    for number in range(STREAMS):
        logs.create_log_stream(logGroupName=GROUP, logStreamName=f"{number:03}")

    def names() -> list[str]:
        pages = logs.get_paginator("describe_log_streams").paginate(logGroupName=GROUP)
        return sorted(stream["logStreamName"] for page in pages for stream in page["logStreams"])

    deadline = time.monotonic() + 30
    while len(names()) > KEPT:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert names()[-1] == f"{STREAMS - 1:03}"
    assert len(names()) == KEPT
    logs.delete_log_group(logGroupName=GROUP)
