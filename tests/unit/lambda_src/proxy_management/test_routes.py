import dataclasses
import json

import pytest

from contract.statistics import StatisticsSnapshot
from lambda_src.proxy_management.routes import build_application

PUT = "/statistics/snapshots/i-0abc/1234"
SNAPSHOT = StatisticsSnapshot(1, 10, 9, 1000, {"passed-through": 4}, {"xxx": 5})


@pytest.fixture
def call(caller, snapshots):
    return caller(build_application, snapshots)


def test_report_and_read(call, snapshots):
    reply = call("PUT", PUT, SNAPSHOT.to_json())
    assert (reply.status, reply.data) == (204, b"")
    assert list(snapshots.kept) == ["i-0abc/1234"]
    reply = call("GET", "/statistics")
    assert reply.status == 200
    assert reply.json["processes"] == 1
    assert reply.json["totals"] == {
        "requests": 10,
        "responses": 9,
        "response_bytes": 1000,
        "results": {"passed-through": 4},
        "modes": {"xxx": 5},
        "recycled": 0,
    }
    assert reply.json["updated_at"] == "2026-01-02T03:04:05+00:00"


def test_older_report_is_accepted_and_dropped(call):
    call("PUT", PUT, dataclasses.replace(SNAPSHOT, sequence=2).to_json())
    assert call("PUT", PUT, dataclasses.replace(SNAPSHOT, requests=0).to_json()).status == 204
    assert call("GET", "/statistics").json["totals"]["requests"] == 10


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"sequence": -1}, "body.sequence"),
        ({"requests": "5"}, "body.requests"),
        ({"requests": 1.5}, "body.requests"),
        ({"responses": True}, "body.responses"),
        ({"response_bytes": 2**70}, "body.response_bytes"),
        ({"results": {"<script>": 1}}, "body.results"),
        ({"results": {"cached": -1}}, "body.results.cached"),
        ({"modes": [1]}, "body.modes"),
        ({"more": 1}, "body.more"),
        ({"results": {str(n): 1 for n in range(101)}}, "body.results"),
    ],
)
def test_bad_snapshot_is_422(call, snapshots, change, path):
    reply = call("PUT", PUT, {**json.loads(SNAPSHOT.to_json()), **change})
    assert reply.status == 422
    assert reply.error["details"][0]["path"].startswith(path)
    assert not snapshots.kept


def test_sequence_is_needed(call):
    assert call("PUT", PUT, {"requests": 1}).status == 422


@pytest.mark.parametrize(
    "path", ["/statistics/snapshots/../1", "/statistics/snapshots/i/ ", f"/statistics/snapshots/{'i' * 129}/1"]
)
def test_bad_names_are_422(call, path):
    assert call("PUT", path, SNAPSHOT.to_json()).status == 422


def test_large_body_is_422(call):
    assert call("PUT", PUT, " " * 70_000).error["code"] == "too-large"


def test_dashboard(call):
    call("PUT", PUT, SNAPSHOT.to_json())
    reply = call("GET", "/dashboard")
    assert reply.status == 200
    assert reply.headers["content-type"] == "text/html; charset=utf-8"
    assert "default-src 'none'" in reply.headers["content-security-policy"]
    assert "<dd>10</dd>" in reply.data.decode()
