"""Log groups stay short, and keep events for as long as their retention says."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from emulator.paths import ROOT, VENVS
from tests.emulated.conftest import eventually

STREAMS = 230
KEPT = 200
DAY = 24 * 3600 * 1000
HOUR = 3600 * 1000


def group(name: str, **properties: Any) -> dict[str, Any]:
    return {"Group": {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": name, **properties}}}


def put(logs: Any, name: str, *ages: int) -> dict[str, Any]:
    """Put events of these ages, in milliseconds, and return the answer."""
    now = int(time.time() * 1000)
    events = [{"timestamp": now - age, "message": str(age)} for age in ages]
    return logs.put_log_events(logGroupName=name, logStreamName="s", logEvents=events)


def messages(logs: Any, name: str) -> list[str]:
    return [event["message"] for event in logs.filter_log_events(logGroupName=name)["events"]]


@pytest.mark.difference(
    "CloudWatch Logs",
    aws="keeps all events of a log group until their retention ends",
    here="keeps the newest 200 streams of a group and the newest 5000 events of a stream, since they stand in memory",
)
def test_log_group_keeps_its_newest_streams(client, stack):
    logs = client("logs")
    stack.put(group(stack.name))
    for number in range(STREAMS):
        logs.create_log_stream(logGroupName=stack.name, logStreamName=f"{number:03}")

    def names() -> list[str]:
        pages = logs.get_paginator("describe_log_streams").paginate(logGroupName=stack.name)
        return sorted(stream["logStreamName"] for page in pages for stream in page["logStreams"])

    eventually(lambda: len(names()) == KEPT, "trimming")
    assert names()[-1] == f"{STREAMS - 1:03}"


@pytest.mark.behaviour(
    "CloudWatch Logs", "events that are expired, too old or too new are not taken, and the answer says so"
)
def test_events_out_of_time_are_rejected(client, stack):
    logs = client("logs")
    stack.put(group(stack.name, RetentionInDays=1))
    logs.create_log_stream(logGroupName=stack.name, logStreamName="s")

    answer = put(logs, stack.name, 20 * DAY, 2 * DAY, HOUR, 0, -3 * HOUR)

    assert answer["rejectedLogEventsInfo"] == {
        "tooOldLogEventEndIndex": 1,
        "expiredLogEventEndIndex": 2,
        "tooNewLogEventStartIndex": 4,
    }
    eventually(lambda: messages(logs, stack.name) == [str(HOUR), "0"], "the events", seconds=180)


@pytest.mark.difference(
    "CloudWatch Logs",
    aws="removes expired events within 72 hours",
    here="removes them within seconds",
)
def test_retention_removes_events(client, stack):
    logs = client("logs")
    stack.put(group(stack.name))
    logs.create_log_stream(logGroupName=stack.name, logStreamName="s")
    put(logs, stack.name, 2 * DAY, HOUR)
    assert messages(logs, stack.name) == [str(2 * DAY), str(HOUR)]

    stack.put(group(stack.name, RetentionInDays=1))

    eventually(lambda: messages(logs, stack.name) == [str(HOUR)], "removing what is expired")
    [stream] = logs.describe_log_streams(logGroupName=stack.name)["logStreams"]
    assert stream["firstEventTimestamp"] > (time.time() - 2 * 3600) * 1000


@pytest.mark.behaviour("CloudWatch Logs", "a query of Logs Insights finds, sorts and limits events")
def test_query(client, stack):
    logs = client("logs")
    stack.put(group(stack.name))
    logs.create_log_stream(logGroupName=stack.name, logStreamName="s")
    put(logs, stack.name, 2000, 1000, 0)
    text = "fields @message | filter @message like /000/ | sort @timestamp desc | limit 1"

    def answer() -> list[str]:
        now = int(time.time())
        started = logs.start_query(logGroupName=stack.name, startTime=now - 600, endTime=now + 60, queryString=text)
        rows = eventually(
            lambda: (found := logs.get_query_results(queryId=started["queryId"]))["status"] == "Complete" and found,
            "the query",
            seconds=60,
        )["results"]
        return [field["value"] for row in rows for field in row if field["field"] == "@message"]

    eventually(lambda: answer() == ["1000"], "the answer", seconds=180)


@pytest.mark.difference(
    "CloudWatch Logs",
    aws="Logs Insights has stats, parse, fields of JSON events, and more",
    here="it has fields, filter, sort and limit on the fields that every event has; anything else is refused by name",
)
def test_queries_that_would_not_be_answered_truly_are_refused(client, stack):
    logs = client("logs")
    stack.put(group(stack.name))

    with pytest.raises(ClientError, match="'stats count' is not emulated; there are fields, filter") as refused:
        logs.start_query(logGroupName=stack.name, startTime=0, endTime=1, queryString="fields @message | stats count")

    assert refused.value.response["Error"]["Code"] == "MalformedQueryException"


WRITE_WHILE_TRIMMING = """
import sys, threading, time
from emulator.plugin import clock, execution, logs

clock.use(time.time)
sys.setswitchinterval(1e-6)
for number in range(150):
    execution._write_log("group", f"old-{number}", ["line"])

def write():
    for number in range(2000):
        execution._write_log("group", f"new-{number}", ["line"])

writer = threading.Thread(target=write)
writer.start()
while writer.is_alive():
    logs.trim_all()
logs.trim_all()
print(len(logs._logs._log_groups["group"]["streams"]))
"""


def test_functions_write_while_log_groups_are_trimmed(tmp_path: Path):
    """The writer and the loop meet far more often here, in one process of the emulator's, than when it runs."""
    result = subprocess.run(
        [VENVS / "emulator" / "bin" / "python", "-c", WRITE_WHILE_TRIMMING],
        cwd=tmp_path, env={"PATH": os.defpath, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, timeout=60,
        check=False,
    )  # fmt: skip

    assert (result.returncode, result.stdout) == (0, f"{KEPT}\n"), result.stderr


@pytest.mark.behaviour("CloudWatch Logs", "a stack takes no log group that is there already, and its events stay")
def test_a_log_group_that_was_retained_is_in_the_way_of_the_next_deployment(client, stack):
    logs = client("logs")
    kept = {"Group": {**group(f"/{stack.name}")["Group"], "DeletionPolicy": "Retain"}}
    stack.put(kept)
    logs.create_log_stream(logGroupName=f"/{stack.name}", logStreamName="s")
    put(logs, f"/{stack.name}", 0)
    stack.delete()

    with pytest.raises(AssertionError, match="already exists"):
        stack.put(kept)
    assert messages(logs, f"/{stack.name}") == ["0"]
    stack.delete()
    logs.delete_log_group(logGroupName=f"/{stack.name}")
    stack.put(group(f"/{stack.name}"))

    logs.create_log_group(logGroupName=f"/{stack.name}/taken")
    with pytest.raises(AssertionError, match="already exists"):
        stack.put(group(f"/{stack.name}/taken"))
    logs.delete_log_group(logGroupName=f"/{stack.name}/taken")
