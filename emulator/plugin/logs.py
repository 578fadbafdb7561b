"""CloudWatch Logs: retention is applied, and the emulator's memory of events, queries and pointers is bounded.

The operations that the emulator lacks are added here too; what they do stands in the modules they come from.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

from emulator.logs import insights
from emulator.plugin import clock, log_metrics, log_protection, saved_queries
from emulator.plugin.borrowed import borrow, replace

_logs = borrow(
    "services.cloudwatch_logs",
    "_log_events_lock",
    "_log_groups",
    "_log_records",
    "_put_log_events",
    "_queries",
    "_split_insights_pipes",
    "_start_query",
    "handle_request",
)
_responses = borrow("core.responses", "error_response_json", "json_response")

INTERVAL_SECONDS = 2.0
STREAMS = 200
"""Streams that are kept per log group; each worker of a function writes many."""

EVENTS = 5000
"""Events that are kept per stream."""

QUERIES = 100
"""Results of queries that are kept; each is as long as what was found."""

DAY = 24 * 3600 * 1000
"""In milliseconds, as all times of log events."""

OLDEST = 14 * DAY
"""How old an event may be when it is put."""

FURTHEST = 2 * 3600 * 1000
"""How far in the future an event may be when it is put."""

Group = dict[str, Any]
Body = dict[str, Any]
Response = tuple[int, dict[str, str], bytes]


async def keep_short() -> None:
    """Trim all log groups again and again, for ever."""
    while True:
        await asyncio.sleep(INTERVAL_SECONDS)
        trim_all()


def trim_all() -> None:
    """Apply retention and bounds to all accounts and regions."""
    with _logs._log_events_lock:
        for _key, group in _logs._log_groups.all_items():
            trim(group, clock.now() * 1000)
        _forget_lost_pointers()
    for key, _query in _logs._queries.all_items()[:-QUERIES]:
        _logs._queries.pop_scoped(*key)


def trim(group: Group, now: float) -> None:
    """Drop the events that retention ends, and beyond what is kept the oldest streams and events.

    :param now: in milliseconds since 1970.
    """
    streams = group["streams"]
    # A stream stands where it was made, so the first ones are the oldest.
    for name in list(streams)[:-STREAMS]:
        del streams[name]
    # Copies: functions that do not run in Python are logged by the emulator, without the lock.
    for stream in list(streams.values()):
        if len(stream["events"]) > EVENTS:
            stream["events"] = stream["events"][-EVENTS:]
        _expire(stream, now - group["retentionInDays"] * DAY if group.get("retentionInDays") else 0)


def _expire(stream: dict[str, Any], oldest: float) -> None:
    # Events stand in order of time, so most often a look at the first is enough.
    if stream["events"] and stream["events"][0]["timestamp"] < oldest:
        stream["events"] = [event for event in stream["events"] if event["timestamp"] >= oldest]
        stream["firstEventTimestamp"] = stream["events"][0]["timestamp"] if stream["events"] else None


def _forget_lost_pointers() -> None:
    """Forget what queries know of events that are gone."""
    records = _logs._log_records.all_items()
    kept = {
        event.get("eventId")
        for _key, group in _logs._log_groups.all_items()
        for stream in list(group["streams"].values())
        for event in stream["events"]
    } if records else set()  # fmt: skip
    for key, _record in records:
        if key[2] not in kept:
            _logs._log_records.pop_scoped(*key, None)


def _refuse_old_events(original: Callable[[Body], Response]) -> Callable[[Body], Response]:
    """Leave out events that are too old or too new, and say so, as AWS does."""

    def put(request: Body) -> Response:
        events = request.get("logEvents") or []
        rejected = rejections(events, _logs._log_groups.get(request.get("logGroupName")), clock.now() * 1000)
        if not rejected:
            return original(request)
        first = max(rejected.get("tooOldLogEventEndIndex", 0), rejected.get("expiredLogEventEndIndex", 0))
        last = rejected.get("tooNewLogEventStartIndex", len(events))
        reply = original({**request, "logEvents": events[first:last]})
        if reply[0] >= 400:
            return reply
        answered: Response = _responses.json_response({**json.loads(reply[2]), "rejectedLogEventsInfo": rejected})
        return answered

    return put


def rejections(events: list[dict[str, Any]], group: Group | None, now: float) -> dict[str, int]:
    """Return which events are not taken; they stand in order of time.

    :param now: in milliseconds since 1970.
    """
    times = [event["timestamp"] for event in events]
    days = (group or {}).get("retentionInDays")
    expired = sum(1 for time in times if days and time < now - days * DAY)
    too_old = sum(1 for time in times if time < now - OLDEST)
    too_new = sum(1 for time in times if time > now + FURTHEST)
    return {
        **({"expiredLogEventEndIndex": expired} if expired else {}),
        **({"tooOldLogEventEndIndex": too_old} if too_old else {}),
        **({"tooNewLogEventStartIndex": len(times) - too_new} if too_new else {}),
    }


def _refuse_untrue_queries(original: Callable[[Body], Response]) -> Callable[[Body], Response]:
    def start(request: Body) -> Response:
        commands = _logs._split_insights_pipes(str(request.get("queryString") or ""))
        if reason := insights.refusal(commands):
            refusal: Response = _responses.error_response_json("MalformedQueryException", reason, 400)
            return refusal
        return original(request)

    return start


def _answer_more(original: Callable[..., Awaitable[Response]]) -> Callable[..., Awaitable[Response]]:
    operations = {**log_metrics.OPERATIONS, **log_protection.OPERATIONS, **saved_queries.OPERATIONS}

    async def handle(method: str, path: str, headers: dict[str, str], body: bytes, query: dict[str, Any]) -> Response:
        operation = headers.get("x-amz-target", "").rpartition(".")[2]
        if operation in operations:
            return operations[operation](json.loads(body or b"{}"))
        return await original(method, path, headers, body, query)

    return handle


def install() -> None:
    """Apply the corrections of this module and of those that it brings together."""
    log_metrics.install()
    log_protection.install()
    saved_queries.install()
    replace(_logs, "_put_log_events", _refuse_old_events)
    replace(_logs, "_start_query", _refuse_untrue_queries)
    replace(_logs, "handle_request", _answer_more)
