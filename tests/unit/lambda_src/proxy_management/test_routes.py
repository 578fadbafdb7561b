import itertools
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from contract.fleet_settings import FleetSettings
from contract.sketch import RELATIVE_ERROR, Sketch
from contract.statistics import Cell, HostCount, Report
from lambda_src.proxy_management.routes import build_application
from lambda_src.proxy_management.settings_history import FRESH_SECONDS, FreshSettings, SettingsHistory
from lambda_src.proxy_management.windows import Statistics
from lambda_src.shared.errors import UnavailableError
from tests.unit.lambda_src.proxy_management.memory import MemoryStore

NOW = datetime(2026, 11, 21, 22, 41, 30, tzinfo=UTC)
MINUTE = "2026-11-21T22:41Z"
PUT = "/statistics/reports/i-0abc/1234"
CELL = Cell(10, 9, 1000, 0, {"cached": 4}, {"xxx": 4}, {"a.org": HostCount(9, 4, 0)}, {}, Sketch(0, {100: 9}))
REPORT = Report(1, running=2, cells={MINUTE: CELL})


@pytest.fixture
def versions():
    return MemoryStore()


@pytest.fixture
def now():
    return [NOW]


@pytest.fixture
def make(caller, store, versions, now):
    """Return a function that builds the service with options; it reads the settings anew each time."""
    moments = itertools.count(0.0, FRESH_SECONDS)

    def build(**options):
        history = SettingsHistory(versions)
        statistics = Statistics(store, timedelta(seconds=5))
        fresh = FreshSettings(history, lambda: next(moments))
        return caller(build_application, statistics, history, fresh, clock=lambda: now[0], **options)

    return build


@pytest.fixture
def call(make):
    return make()


def test_report_and_read(call, store):
    reply = call("PUT", PUT, REPORT.to_json())
    assert (reply.status, reply.json) == (200, {"settings": None})
    assert list(store.objects) == ["hours/2026-11-21T22/i-0abc/1234.json"]
    reply = call("GET", "/statistics", query={"window": "hour"})
    assert reply.status == 200
    assert (reply.json["window"], reply.json["since"]) == ("hour", "2026-11-21T21:40:00Z")
    totals = reply.json["totals"]
    assert (totals["requests"], totals["results"], totals["cache_hit_rate"]) == (10, {"cached": 4}, 1.0)
    assert totals["answering"]["relative_error"] == RELATIVE_ERROR
    assert reply.json["series"][-1]["figures"]["requests"] == 10
    assert reply.json["hosts"] == [{"host": "a.org", "responses": 9, "transformed": 4, "failed_open": 0}]
    (process,) = reply.json["instances"][0]["processes"]
    assert (process["process_id"], process["running"]) == ("1234", 2)


def test_live_is_what_is_shown_where_nothing_is_asked_for(call):
    assert call("GET", "/statistics").json["window"] == "live"


def test_a_repeated_report_counts_once(call):
    for _ in range(3):
        assert call("PUT", PUT, REPORT.to_json()).status == 200
    assert call("GET", "/statistics").json["totals"]["requests"] == 10


@pytest.mark.parametrize("query", [{"window": "year"}, {"windows": "day"}])
def test_an_unknown_window_is_422(call, query):
    reply = call("GET", "/statistics", query=query)
    assert (reply.status, reply.error["code"]) == (422, "invalid-input")


def test_a_bad_report_is_422_and_says_where(call, store):
    body = REPORT.to_json().replace('"requests":10', '"requests":-1')
    reply = call("PUT", PUT, body)
    assert reply.status == 422
    assert reply.error["details"][0]["path"] == f"body.cells.{MINUTE}.requests"
    assert not store.objects


@pytest.mark.parametrize("minute", ["2026-11-20T21:40Z", "2026-11-21T23:42Z", "1970-01-01T00:00Z"])
def test_minutes_that_nobody_should_report_now_are_left_out_and_logged_and_the_others_taken(call, store, minute):
    assert call("PUT", PUT, Report(1, cells={MINUTE: CELL, minute: CELL}).to_json()).json == {"settings": None}
    assert call("GET", "/statistics", query={"window": "week"}).json["totals"]["requests"] == 10
    assert list(store.objects) == ["hours/2026-11-21T22/i-0abc/1234.json"]
    (line,) = [line for line in call.log_lines if line["level"] == "ERROR"]
    assert (line["message"], line["left_out"]) == ("a part of a report is not kept: wrong minutes", [minute])
    assert (line["instance_id"], line["process_id"]) == ("i-0abc", "1234")


def test_what_cannot_be_read_is_logged_and_the_report_brings_settings(call, store):
    store.objects["hours/2026-11-21T22/i-0abc/1234.json"] = b"{broken"
    call("PUT", "/settings", {"base": 0, "settings": {"default_mode": "dict"}})
    assert call("PUT", PUT, REPORT.to_json()).json["settings"]["version"] == 1
    (line,) = [line for line in call.log_lines if line["level"] == "ERROR"]
    assert line["left_out"] == ["hours/2026-11-21T22/i-0abc/1234.json"]
    assert store.objects["hours/2026-11-21T22/i-0abc/1234.json"] == b"{broken"


def test_counts_and_settings_come_through_though_an_hour_cannot_be_summed(call, store):
    def unavailable(_):
        raise UnavailableError("storage-unavailable", "could not list statistics: S3 answered SlowDown")

    call("PUT", "/settings", {"base": 0, "settings": {"default_mode": "dict"}})
    store.list_each = unavailable
    assert call("PUT", PUT, REPORT.to_json()).json["settings"]["version"] == 1
    assert "hours/2026-11-21T22/i-0abc/1234.json" in store.objects
    (line,) = [line for line in call.log_lines if line["level"] == "WARNING"]
    assert line["error"] == "could not list statistics: S3 answered SlowDown"


@pytest.mark.parametrize("minute", ["2026-11-20T21:42Z", "2026-11-21T23:41Z"])
def test_what_was_kept_for_a_day_is_taken(call, minute):
    assert call("PUT", PUT, Report(1, cells={minute: CELL}).to_json()).status == 200


@pytest.mark.parametrize(
    "path", ["/statistics/reports/../1", "/statistics/reports/i/ ", f"/statistics/reports/{'i' * 129}/1"]
)
def test_bad_names_are_422(call, path):
    assert call("PUT", path, REPORT.to_json()).status == 422


def test_a_large_body_is_422(call):
    assert call("PUT", PUT, " " * (2 * 1024 * 1024 + 1)).error["code"] == "too-large"


def test_hours_are_summed_though_nobody_looks(call, store, now):
    call("PUT", PUT, REPORT.to_json())
    now[0] += timedelta(hours=1)
    call("PUT", PUT, Report(2).to_json())
    assert "sums/2026-11-21T22.json" not in store.objects, "late reports may still come"
    now[0] += timedelta(hours=1)
    call("PUT", PUT, Report(3).to_json())
    assert "sums/2026-11-21T22.json" in store.objects


def test_a_report_learns_of_newer_settings(call):
    assert call("PUT", "/settings", {"base": 0, "settings": {"default_mode": "dict"}}).status == 200
    told = call("PUT", PUT, REPORT.to_json()).json["settings"]
    assert FleetSettings.from_dict(told) == FleetSettings(1, "dict")
    assert call("PUT", PUT, replace(REPORT, settings_version=1).to_json()).json == {"settings": None}


def test_counts_are_safe_though_settings_cannot_be_read(call, versions):
    def unavailable(**_):
        raise UnavailableError("storage-unavailable", "could not list fleet-settings: S3 answered SlowDown")

    versions.list_first = unavailable
    assert call("PUT", PUT, REPORT.to_json()).json == {"settings": None}
    assert call("GET", "/statistics").json["totals"]["requests"] == 10
    assert [line["error"] for line in call.log_lines if line["level"] == "WARNING"] == [
        "could not list fleet-settings: S3 answered SlowDown"
    ]


def test_settings_before_the_first_change(call):
    settings = {"version": 0, "default_mode": None, "blocked_hosts": [], "ratings": {}}
    expected = {"version": 0, "settings": settings, "who": "", "when": None, "note": "", "changes": []}
    assert call("GET", "/settings").json == expected


def test_a_change_of_settings(make):
    call = make(identify=lambda _: "ada")
    wanted = {"default_mode": "xxx-negative", "blocked_hosts": ["*.b.org", "a.org"], "ratings": {"xxx-negative": 0.5}}
    changed = call("PUT", "/settings", {"base": 0, "settings": wanted, "note": "calmer"})
    assert changed.status == 200
    assert changed.json["settings"] == {"version": 1, **wanted}
    assert (changed.json["who"], changed.json["when"], changed.json["note"]) == (
        "ada", "2026-11-21T22:41:30Z", "calmer",
    )  # fmt: skip
    assert changed.json["changes"][0] == {"what": "default_mode", "before": None, "after": "xxx-negative"}
    assert call("GET", "/settings").json == changed.json


def test_an_outdated_change_is_409(make):
    call = make(identify=lambda _: "ada")
    call("PUT", "/settings", {"base": 0, "settings": {"default_mode": "dict"}})
    reply = call("PUT", "/settings", {"base": 0, "settings": {}})
    assert (reply.status, reply.error["code"]) == (409, "outdated")
    assert "version 1 by ada" in reply.error["details"][0]["message"]


def test_a_wrong_change_is_422_and_says_where(call):
    reply = call("PUT", "/settings", {"base": 0, "settings": {"blocked_hosts": ["a.org", "A.org"]}})
    assert reply.status == 422
    assert reply.error["details"][0]["path"] == "body.settings.blocked_hosts.1"
    assert call("GET", "/settings").json["version"] == 0


def test_history_goes_back_by_pages(call):
    for base in range(5):
        call("PUT", "/settings", {"base": base, "settings": {"blocked_hosts": [f"{base}.org"]}})
    versions, before = [], {}
    while True:
        page = call("GET", "/settings/history", query={"limit": "2", **before}).json
        versions.append([entry["version"] for entry in page["entries"]])
        if page["next_before"] is None:
            break
        before = {"before": str(page["next_before"])}
    assert versions == [[5, 4], [3, 2], [1]]


@pytest.mark.parametrize("query", [{"limit": "0"}, {"limit": "101"}, {"before": "0"}, {"after": "1"}])
def test_a_wrong_page_of_the_history_is_422(call, query):
    assert call("GET", "/settings/history", query=query).status == 422


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/statistics", None),
        ("GET", "/settings", None),
        ("GET", "/settings/history", None),
        ("PUT", "/settings", {"base": 0, "settings": {"default_mode": "dict"}}),
    ],
)
def test_whoever_may_not_ask_is_refused(make, versions, method, path, body):
    def refuse(event):
        assert event["rawPath"] == path
        raise UnavailableError("refused", "not you")

    assert make(identify=refuse)(method, path, body).error["code"] == "refused"
    assert not versions.objects
