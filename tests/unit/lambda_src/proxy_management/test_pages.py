"""The dashboard over HTTP: who sees what, what stands in it, and that nothing from outside becomes a part of a page."""

import json
import re
import subprocess
import sys
from datetime import timedelta

import html5lib
import pytest

from contract.fleet_settings import FleetSettings
from contract.statistics import MINUTE_FORMAT, Cell, HostCount, Report
from contract.users import PasswordHash
from lambda_src.proxy_management import rendering
from lambda_src.proxy_management.hours import Process
from lambda_src.proxy_management.pages import PAGES
from lambda_src.proxy_management.reports import take_report
from lambda_src.proxy_management.settings_history import Entry
from lambda_src.shared.errors import UnavailableError
from tests.unit.lambda_src.proxy_management.people import ALICE, NOW, PASSWORD, Board, BrowserOf

HOSTILE = ("<script>alert(1)</script>", "\"onmouseover='alert(1)' x=\"", "'><img src=x onerror=alert(1)>",
           "</textarea><object>", "{{ 6 * 7777 }}", "javascript:alert(1)", "\u202egro.elpmaxe")  # fmt: skip
PATHS = [path for _, path, _ in PAGES]


@pytest.fixture
def board():
    return Board()


@pytest.fixture
def browser(board):
    found = BrowserOf(board)
    assert found.sign_in().status == 303
    return found


def report(board, cell, process="1", **told):
    minute = board.now.strftime(MINUTE_FORMAT)
    take_report(board.statistics, Process("i-1", process), Report(1, cells={minute: cell}, **told), board.now)


def parsed(reply):
    """Return a page as a strict parser of HTML reads it."""
    return html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(reply.text)


def text_of(reply):
    return re.sub(r"\s+", " ", " ".join(parsed(reply).itertext()))


@pytest.mark.parametrize("path", PATHS)
def test_nobody_sees_a_page_before_signing_in(board, path):
    reply = BrowserOf(board).get(path)
    assert (reply.status, reply.text) == (303, "")
    assert reply.headers["location"].startswith("/dashboard/sign-in?next=")
    assert BrowserOf(board, origin=None).get(path).status == 303  # nor does a program that AWS lets in


@pytest.mark.parametrize("path", ["/statistics", "/settings", "/settings/history"])
def test_nor_json_through_the_admin_port(board, browser, path):
    reply = BrowserOf(board).get(path)
    assert reply.status == 401
    assert "not-signed-in" in reply.text
    assert browser.get(path).status == 200
    assert BrowserOf(board, origin=None).get(path).status == 200  # a program, whom AWS knows


def test_a_part_of_a_page_leads_the_whole_of_it_to_the_sign_in(board):
    reply = BrowserOf(board).get("/dashboard", **{"hx-request": "true"})
    assert (reply.status, reply.headers["hx-redirect"]) == (401, "/dashboard/sign-in?next=overview")


def test_after_sign_in_one_gets_where_one_wanted_to_and_nowhere_else(board):
    assert BrowserOf(board).sign_in(next="history").headers["location"] == "/dashboard/history"
    for elsewhere in ("https://attacker.test", "//attacker.test", "/\\attacker.test", "/settings", ""):
        assert BrowserOf(board).sign_in(next=elsewhere).headers["location"] == "/dashboard"
    assert "attacker" not in BrowserOf(board).get("/dashboard/sign-in?next=//attacker.test").text


@pytest.mark.parametrize(("name", "password"), [("alice", "wrong"), ("bob", PASSWORD), (HOSTILE[0], HOSTILE[1])])
def test_a_wrong_password_does_not_tell_what_was_wrong(board, name, password):
    stranger = BrowserOf(board)
    reply = stranger.sign_in(name, password)
    assert reply.status == 403
    assert "There is no user with this name and password." in text_of(reply)
    assert password not in reply.text
    assert "slipway-test-session" not in stranger.cookies
    assert password not in board.log.getvalue()


def test_who_guesses_is_told_to_wait(board):
    stranger = BrowserOf(board)
    for _ in range(5):
        stranger.sign_in("alice", "wrong")
    reply = stranger.sign_in("alice", PASSWORD)
    assert (reply.status, reply.headers["retry-after"]) == (429, "60")
    assert "Try again in 60 seconds." in text_of(reply)


def test_a_browser_that_knows_its_user_is_not_kept_out_by_others(board, browser):
    browser.sign_out()
    stranger = BrowserOf(board)
    for _ in range(6):
        stranger.sign_in("alice", "wrong")
    assert stranger.sign_in().status == 429
    assert browser.sign_in().status == 303


def test_sign_in_makes_a_new_session_whatever_the_browser_had_before(board):
    victim = BrowserOf(board)
    planted = BrowserOf(board)
    planted.sign_in()
    victim.cookies = {"slipway-test-form": "a" * 22}
    victim.sign_in()
    assert victim.cookies["slipway-test-session"] != planted.cookies["slipway-test-session"]
    assert "slipway-test-form" not in victim.cookies


def test_signing_out_takes_a_form_of_ours(board, browser):
    assert browser.post("/dashboard/sign-out", {}).status == 403
    assert browser.get("/dashboard").status == 200
    token = browser.get("/dashboard").form_token()
    assert browser.post("/dashboard/sign-out", {"form-token": token}).headers["location"] == "/dashboard/sign-in"
    assert browser.get("/dashboard").status == 303


def test_a_session_ends_with_its_user_its_password_and_its_time(board, browser):
    board.users(alice=PasswordHash.of("another password", cost=(1, 1, 1)))
    assert browser.get("/dashboard").status == 303
    board.users(alice=ALICE)
    assert browser.get("/dashboard").status == 200
    board.users()
    assert browser.get("/dashboard").status == 303
    board.users(alice=ALICE)
    board.now += timedelta(hours=8, seconds=1)
    assert browser.get("/dashboard").status == 303


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


def fields_of(reply, **others):
    base = re.search(r'name="base" value="(\d+)"', reply.text)[1]
    return {"form-token": reply.form_token(), "base": base, **others}


def test_settings_are_changed_in_the_name_of_who_is_signed_in(board, browser):
    fields = fields_of(browser.get("/dashboard/settings"))
    fields |= {"default-mode": "xxx", "blocked-hosts": "Ads.example.com\r\n\r\n *.tracker.example ", "note": " why "}
    reply = browser.post("/dashboard/settings", {**fields, "rating-xxx-negative": "0,25"})
    assert (reply.status, reply.headers["location"]) == (303, "/dashboard/settings?saved=1")
    newest = board.history.newest()
    assert newest.settings == FleetSettings(1, "xxx", ("*.tracker.example", "ads.example.com"), {"xxx-negative": 0.25})
    assert (newest.who, newest.note, newest.when) == ("alice", "why", NOW)
    assert "Version 1 is saved" in text_of(browser.get("/dashboard/settings?saved=1"))
    assert "is saved" not in text_of(browser.get("/dashboard/settings?saved=2"))  # nor what somebody else says
    history = text_of(browser.get("/dashboard/history"))
    assert "default mode as deployed xxx" in history


@pytest.mark.parametrize("missing", ["form-token", "origin"])
def test_each_guard_of_the_form_refuses_alone(board, browser, missing):
    fields = fields_of(browser.get("/dashboard/settings"), **{"default-mode": "xxx"})
    headers = {"origin": "http://attacker.test"} if missing == "origin" else {}
    reply = browser.post("/dashboard/settings", {n: v for n, v in fields.items() if n != missing}, **headers)
    assert reply.status == 403
    assert board.history.newest().version == 0


@pytest.mark.parametrize(
    ("field", "value", "problem"),
    [
        ("default-mode", "shout", "Mode of requests that choose none: 'shout' is unknown here"),
        ("blocked-hosts", "no_host!", "Blocked hosts: line 1, 'no_host!', is no host's name"),
        ("rating-hide-mixed", "many", "hide-mixed: 'many' is no number"),
        ("rating-hide-mixed", "1.5", "hide-mixed: '1.5' is no number from 0 to 1"),
        ("rating-hide-mixed", "nan", "hide-mixed: 'nan' is no number from 0 to 1"),
        ("note", "x" * 501, "Why: this has 501 characters, 500 are allowed"),
        ("base", "x", ""),
    ],
)
def test_what_cannot_be_is_told_at_its_field_and_everything_typed_stays(board, browser, field, value, problem):
    typed = {"default-mode": "dict", "blocked-hosts": "a.example", "rating-xxx-negative": "0.5", "note": "<why>"}
    reply = browser.post(
        "/dashboard/settings", {**fields_of(browser.get("/dashboard/settings")), **typed, field: value}
    )
    assert reply.status == (409 if field == "base" else 422)
    page = parsed(reply)
    if problem:
        assert problem in text_of(reply)
        invalid = [each for each in page.iter() if each.get("aria-invalid")]
        assert [each.get("id") for each in invalid] == [field]
        assert f"{field}-problem" in invalid[0].get("aria-describedby").split()
    assert_stays(reply, typed | ({field: value} if field != "base" else {}))
    assert board.history.newest().version == 0


def assert_stays(reply, typed):
    """Assert that the form for settings on a page holds what was typed."""
    page = parsed(reply)
    stays = {each.get("name"): each.get("value") for each in page.iter("input")}
    stays |= {each.get("name"): (each.text or "").strip("\n") for each in page.iter("textarea")}
    stays |= {"default-mode": next((each.text for each in page.iter("option") if "selected" in each.attrib), "")}
    assert {name: stays[name] for name in typed} == typed


def test_all_that_cannot_be_is_told_at_once(browser):
    wrong = {"blocked-hosts": "?", "rating-hide-mixed": "2", "note": "all \u202eis well"}
    reply = browser.post("/dashboard/settings", fields_of(browser.get("/dashboard/settings"), **wrong))
    invalid = [each.get("id") for each in parsed(reply).iter() if each.get("aria-invalid")]
    assert (reply.status, invalid) == (422, list(wrong))


def test_saving_what_holds_already_makes_no_version_and_says_so(board, browser):
    fields = fields_of(browser.get("/dashboard/settings"), note="all as it should be")
    reply = browser.post("/dashboard/settings", fields)
    assert (reply.status, board.history.newest().version) == (200, 0)
    assert "Nothing was changed, so there is no new version." in text_of(reply)
    assert_stays(reply, {"note": "all as it should be"})


def test_settings_of_a_newer_version_stand_in_the_form_until_somebody_takes_them_out(board, browser):
    newer = {"version": 1, "default_mode": "shout", "blocked_hosts": [], "ratings": {"shout-negative": 0.1234567}}
    kept = Entry(FleetSettings(1), "bob", NOW).to_dict() | {"settings": newer}
    board.history.store.write("999999998.json", json.dumps(kept).encode(), replaces=None)
    page = browser.get("/dashboard/settings")
    typed = {"default-mode": "shout", "rating-shout-negative": "0.1234567"}
    assert_stays(page, typed)
    reply = browser.post("/dashboard/settings", fields_of(page, **typed, **{"blocked-hosts": "ads.example.com"}))
    assert reply.status == 422
    assert_stays(reply, typed)
    reply = browser.post("/dashboard/settings", fields_of(reply, **{"blocked-hosts": "ads.example.com"}))
    assert reply.status == 303
    assert board.history.newest().settings == FleetSettings(2, None, ("ads.example.com",))


TYPED = {"default-mode": "dict", "blocked-hosts": "a.example\nb.example", "rating-xxx-negative": "0.5", "note": "<why>"}


def test_what_was_typed_waits_until_somebody_has_signed_in_again(board, browser):
    fields = fields_of(browser.get("/dashboard/settings"), **TYPED)
    board.now += timedelta(hours=8, seconds=1)
    stranger = BrowserOf(board)
    reply = stranger.post("/dashboard/settings", fields)
    assert reply.status == 403
    assert "Your session has ended, and nothing is saved yet." in text_of(reply)
    for password in ("wrong", PASSWORD):  # a mistake loses nothing either
        kept = {each.get("name"): each.get("value") for each in parsed(reply).iter("input")}
        reply = stranger.post("/dashboard/sign-in", {**kept, "name": "alice", "password": password})
    assert reply.status == 200
    assert "Nothing is saved yet. What you typed stands below" in text_of(reply)
    assert_stays(reply, TYPED)
    assert board.history.newest().version == 0
    assert stranger.post("/dashboard/settings", fields_of(reply, **TYPED)).status == 303
    assert (board.history.newest().settings.default_mode, board.history.newest().note) == ("dict", "<why>")


def test_a_form_of_another_session_is_shown_again_and_changes_nothing(board, browser):
    fields = fields_of(browser.get("/dashboard/settings"), **TYPED)
    browser.sign_out()
    nobody = BrowserOf(board).get("/dashboard/sign-in")
    browser.sign_in()
    for token in (fields["form-token"], nobody.form_token(), ""):
        reply = browser.post("/dashboard/settings", {**fields, "form-token": token})
        assert reply.status == 403
        assert "Nothing is saved yet." in text_of(reply)
        assert_stays(reply, TYPED)
    assert board.history.newest().version == 0
    assert browser.post("/dashboard/settings", fields_of(reply, **TYPED)).status == 303


def test_nobody_who_has_not_signed_in_changes_settings_though_their_form_is_ours(board):
    stranger = BrowserOf(board)
    token = stranger.get("/dashboard/sign-in").form_token()
    assert stranger.post("/dashboard/settings", {**TYPED, "form-token": token, "base": "0"}).status == 403
    assert board.history.newest().version == 0


@pytest.mark.parametrize("path", ["/dashboard/settings", "/dashboard/sign-in"])
def test_nothing_that_another_site_sends_is_shown(board, path):
    reply = BrowserOf(board).post(path, {**TYPED, "base": "0"}, origin="http://attacker.test")
    assert reply.status == 403
    assert "b.example" not in reply.text


def test_somebody_elses_change_is_shown_and_only_then_overwritten(board, browser):
    fields = fields_of(browser.get("/dashboard/settings"), **{"default-mode": "dict", "note": "mine"})
    board.history.change(0, FleetSettings(default_mode="xxx"), who="bob", note="theirs", now=NOW)
    reply = browser.post("/dashboard/settings", fields)
    assert reply.status == 409
    for expected in ("Somebody else was faster", "Version 1, bob", "theirs", "Save over version 1"):
        assert expected in text_of(reply)
    now = [each for each in parsed(reply).iter() if (each.get("id") or "").endswith("-now")]
    assert [(each.get("id"), "".join(each.itertext())) for each in now] == [("default-mode-now", "Now: xxx.")]
    select = next(iter(parsed(reply).iter("select")))
    assert "default-mode-now" in select.get("aria-describedby").split()
    assert board.history.newest().settings.default_mode == "xxx"
    again = browser.post("/dashboard/settings", fields_of(reply, **{"default-mode": "dict", "note": "mine"}))
    assert again.status == 303
    assert (board.history.newest().version, board.history.newest().settings.default_mode) == (2, "dict")


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
