"""The dashboard over HTTP: what stands in it, and that nothing from outside becomes a part of a page."""

import re
import subprocess
import sys
from datetime import timedelta

import pytest

from contract.fleet_settings import FleetSettings
from contract.statistics import Cell, HostCount, Report
from lambda_src.proxy_management import rendering
from lambda_src.proxy_management.hours import Process
from lambda_src.proxy_management.pages import PAGES
from lambda_src.proxy_management.reports import take_report
from lambda_src.shared.errors import UnavailableError
from tests.unit.lambda_src.proxy_management.boards import board, browser, fields_of, parsed, report, text_of
from tests.unit.lambda_src.proxy_management.people import ALICE, NOW, BrowserOf

__all__ = ["board", "browser"]

HOSTILE = ("<script>alert(1)</script>", "\"onmouseover='alert(1)' x=\"", "'><img src=x onerror=alert(1)>",
           "</textarea><object>", "{{ 6 * 7777 }}", "javascript:alert(1)", "\u202egro.elpmaxe")  # fmt: skip
PATHS = [path for _, path, _ in PAGES]


def test_figures(board, browser):
    hosts = {"example.org": HostCount(900, 400, 5)}
    results = {"cached": 300, "transformed": 100, "failed-open": 5, "passed-through": 595, "of-tomorrow": 1}
    cell = Cell(12_345, 1001, 3_456_789, 1, results, {"xxx": 400}, hosts, {"html-service: too slow": 5})
    for milliseconds in range(1, 1001):
        cell.answering.add(milliseconds)
    report(board, cell, running=3, failing=("html-service",))
    report(board, Cell(), process="2", settings_version=0)

    for window in ("live", "hour", "day", "week"):
        text = text_of(browser.get(f"/dashboard?window={window}"))
        for expected in ("Requests 12,345", "Sent to clients 3.46 MB", "Pages transformed 400", "From the cache 75.0%",
                         "Failed open 5", "Running now 3", "Proxy processes 2", "Replaced for their memory 1",
                         "Transformed earlier, from the cache 300 30.0%", "of-tomorrow", "html-service: too slow 5",
                         "xxx 400 100.0%", "example.org 900 400 5", "Each within 1.0% of the true value",
                         "html-service has failed several times in a row; 1 of 2 processes"):  # fmt: skip
            assert expected in text.replace("\xa0", " ")
        assert re.search(r"half of all (49[5-9]|50[0-5]) ms", text)
        assert re.search(r"99 % (98\d|99\d|1\.00 ?s|1 s)", text)


def test_before_anybody_has_reported(browser):
    text = text_of(browser.get("/dashboard"))
    assert "No proxy has reported lately." in text
    assert "From the cache no data" in text
    assert "None." in text_of(browser.get("/dashboard/instances"))
    assert "Nobody has changed them yet." in text_of(browser.get("/dashboard/history"))


def test_figures_of_long_ago_stand_beside_that_nobody_has_reported_of_late(board, browser):
    report(board, Cell(requests=7))
    board.now += timedelta(hours=3)
    text = text_of(browser.get("/dashboard?window=day"))
    assert "Requests 7" in text
    assert "No proxy has reported lately." in text


def test_instances_say_who_is_behind(board, browser):
    board.history.change(0, FleetSettings(default_mode="xxx"), who="alice", note="", now=NOW)
    report(board, Cell(), settings_version=0)
    report(board, Cell(), process="2", settings_version=1)
    text = text_of(browser.get("/dashboard/instances"))
    assert text.count("version 0, not yet the newest") == 1
    settings = browser.get("/dashboard/settings")
    assert "1 of 2 processes use it" in text_of(settings)
    assert '<a href="/dashboard/instances">1 of 2 processes</a>' in settings.text


def test_history_has_pages(board, browser):
    for base in range(25):
        settings = FleetSettings(ratings={"hide-mixed": base / 100})
        board.history.change(base, settings, who="alice", note=f"change {base + 1}", now=NOW)
    first = browser.get("/dashboard/history")
    assert "change 25" in first.text
    assert "change 5<" not in first.text
    older = re.search(r'href="(/dashboard/history\?before=\d+)"', first.text)[1]
    second = browser.get(older)
    assert "change 5<" in second.text
    assert "Older changes" not in second.text


@pytest.mark.parametrize("path", ["/dashboard?window=x", "/dashboard/history?before=x", "/dashboard/history?before=0",
                                  "/dashboard/history?before=99999999999"])  # fmt: skip
def test_a_bad_query_is_a_page_that_says_so(browser, path):
    reply = browser.get(path)
    assert reply.status == 422
    assert "allowed" in text_of(reply)


@pytest.mark.parametrize("path", ["/dashboard/nowhere", "/dashboard/settings/x/y", "/dashboard/static/none.css"])
def test_what_is_not_there_is_a_page_that_says_so(board, browser, path):
    for who, way_out in ((browser, "Sign out"), (BrowserOf(board), "To the dashboard")):
        reply = who.get(path)
        assert (reply.status, reply.headers["content-security-policy"]) == (404, rendering.POLICY)
        assert "There is no such page" in text_of(reply)
        assert way_out in text_of(reply)


def test_an_unforeseen_failure_is_a_page_that_quotes_nothing_and_asks_nothing_more(board, browser):
    def fail(*_args, **_options):
        board.access = ValueError("now all fails")
        raise ValueError("text of somebody")

    board.history.store.list_first = fail
    reply = browser.get("/dashboard/settings")
    assert (reply.status, reply.headers["content-security-policy"]) == (500, rendering.POLICY)
    assert "under correlation id 1." in text_of(reply)
    assert "somebody" not in reply.text + board.log.getvalue()
    assert browser.get("/statistics").headers["content-type"] == "application/json"


def test_a_store_that_does_not_answer_is_a_page_that_says_so(board, browser):
    def fail(*_args, **_options):
        raise UnavailableError("storage-unavailable", "could not read the settings: S3 answered SlowDown")

    board.history.store.list_first = fail
    reply = browser.get("/dashboard/settings")
    assert reply.status == 503
    assert "Could not read the settings: S3 answered SlowDown." in text_of(reply)


def test_while_users_cannot_be_read_nobody_is_in_and_a_page_says_why(board, browser):
    board.access = UnavailableError("users-unavailable", "could not read who may sign in: AWS said no")
    for path in (*PATHS, "/dashboard/sign-in"):
        reply = browser.get(path)
        assert reply.status == 503
        assert "Could not read who may sign in: AWS said no." in text_of(reply)
        assert "Sign out" not in reply.text
    assert browser.get("/statistics").status == 503


@pytest.mark.parametrize("hostile", HOSTILE)
def test_nothing_from_outside_becomes_a_part_of_a_page(board, hostile):
    board.users(**{hostile: ALICE})
    counted = Cell(1, 1, 1, 0, {hostile: 1}, {hostile: 1}, {hostile: HostCount(1, 1, 1)}, {hostile: 1})
    report(board, counted, failing=(hostile,))
    take_report(board.statistics, Process(hostile.replace("/", ""), hostile.replace("/", "")), Report(1), board.now)
    board.history.change(0, FleetSettings(default_mode="xxx"), who=hostile, note=hostile, now=NOW)
    someone = BrowserOf(board)
    assert someone.sign_in(hostile).status == 303
    pages = [someone.get(path) for path in PATHS]
    fields = fields_of(pages[3], note=hostile, **{"blocked-hosts": hostile, "rating-xxx-negative": hostile})
    pages.append(someone.post("/dashboard/settings", {**fields, "default-mode": hostile}))
    pages.append(BrowserOf(board).sign_in(hostile, "wrong"))
    assert [page.status for page in pages] == [200] * 5 + [422, 403]
    for reply in pages:
        page = parsed(reply)
        scripts = [each.get("src") for each in page.iter("script")]
        assert all(source.startswith(rendering.STATIC) for source in scripts)
        assert not list(page.iter("style"))
        for element in page.iter():
            assert not [name for name in element.attrib if name.startswith("on") or name == "style"]
            assert not any("javascript:" in (element.get(name) or "") for name in ("href", "src", "action"))
        assert "46662" not in reply.text
        turned = {each.tag for each in page.iter() if "\u202e" in (each.text or "")}
        assert turned <= {"bdi", "textarea", "option"}  # out of which it turns nothing around
        assert not [each.tag for each in page.iter() if "\u202e" in (each.tail or "")]
        assert not element_names(page) & {"img", "iframe", "object", "embed", "base"}


def element_names(page):
    return {element.tag for element in page.iter() if isinstance(element.tag, str)}


def test_the_document_for_programs_leaves_pages_out_and_a_wrong_method_is_told(browser):
    document = browser.get("/openapi.json").text
    assert '"/settings"' in document
    assert "/dashboard" not in document
    reply = browser.post("/dashboard", {})
    assert (reply.status, reply.headers["allow"]) == (405, "GET")


def test_every_page_has_the_strict_policy(board, browser):
    replies = [browser.get(path) for path in PATHS]
    replies += [
        BrowserOf(board).get("/dashboard"),
        BrowserOf(board).get("/dashboard/sign-in"),
        browser.get("/dashboard?window=x"),
    ]
    for reply in replies:
        assert reply.headers["content-security-policy"] == (
            "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; form-action 'self'; "
            "base-uri 'none'; frame-ancestors 'none'"
        )
        assert reply.headers["cache-control"] == "no-store"
        assert reply.headers["x-content-type-options"] == "nosniff"
        assert reply.headers["referrer-policy"] == "same-origin"


def test_the_script_may_not_evaluate_nor_add_styles(browser):
    page = browser.get("/dashboard").text
    for setting in ('"allowEval":false', '"allowScriptTags":false', '"includeIndicatorStyles":false'):
        assert setting in page
    assert "hx-on" not in page
    assert "js:" not in page


def test_style_sheet_and_script_are_found_where_pages_say_and_need_no_session(board, browser):
    page = browser.get("/dashboard").text
    for path, content_type in (
        (re.search(r'href="(/dashboard/static/[^"]+\.css)"', page)[1], "text/css; charset=utf-8"),
        (re.search(r'src="(/dashboard/static/[^"]+\.js)"', page)[1], "text/javascript; charset=utf-8"),
    ):
        reply = BrowserOf(board).get(path)
        assert (reply.status, reply.headers["content-type"]) == (200, content_type)
        assert "immutable" in reply.headers["cache-control"]
    for other in ("handler.py", "..%2fhandler.py", "dashboard.css"):
        assert BrowserOf(board).get(f"/dashboard/static/{other}").status == 404


def test_reports_wait_for_nothing_that_only_pages_need():
    look = "import lambda_src.proxy_management.pages, sys; print({'jinja2', 'itsdangerous'} & {*sys.modules})"
    found = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "set()"
