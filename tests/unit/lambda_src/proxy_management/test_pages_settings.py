"""The dashboard's form of settings: nothing that was typed is lost, and nothing is changed by who may not."""

import json
from datetime import timedelta

import pytest

from contract.fleet_settings import FleetSettings
from lambda_src.proxy_management.settings_history import Entry
from tests.unit.lambda_src.proxy_management.boards import board, browser, fields_of, parsed, text_of
from tests.unit.lambda_src.proxy_management.people import NOW, PASSWORD, BrowserOf

__all__ = ["board", "browser"]


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


def test_the_mode_as_deployed_is_named(browser):
    assert "as deployed (xxx-random)" in text_of(browser.get("/dashboard/settings"))


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
