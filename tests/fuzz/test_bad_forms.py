"""What nobody should send to the dashboard, by somebody who has signed in: refused on a page that says why.

Which pages and forms there are is read from the application, so that a new one is tried by itself.
"""

from __future__ import annotations

import gzip
from urllib.parse import urlencode

import pytest

from lambda_src.proxy_management.gate import LONGEST_FORM_BYTES, MOST_FIELDS
from lambda_src.shared.operations import PAGE
from tests.unit.lambda_src.proxy_management.boards import board, browser, fields_of, text_of
from tests.unit.lambda_src.proxy_management.people import Board, BrowserOf

__all__ = ["board", "browser"]

OPERATIONS = [each for each in Board().app.operations if each.reply == PAGE]
PATHS = sorted({each.path for each in OPERATIONS})
SHOWN = [each.path for each in OPERATIONS if each.method == "GET" and "{" not in each.path]
FORMS = [each.path for each in OPERATIONS if each.method == "POST"]

MARKUP = "%3Cscript%3Ealert(1)%3C%2Fscript%3E"
WRONG_VALUES = ("", "9" * 5000, "-1", "%00", "%ff", "é", "no-such", "..%2f..%2f", MARKUP)
JUDGED = {"/dashboard": "window", "/dashboard/hosts": "window", "/dashboard/history": "before"}
"""Parameters that a page is made from."""
NOTED = ("saved", "paused", "next", "no-such")
"""Parameters that a page does without where they say nothing to it."""


def test_what_there_is_to_try():
    assert {"/dashboard/static/{name}", *SHOWN, *FORMS} == set(PATHS)
    assert set(JUDGED) < set(SHOWN)
    assert {"/dashboard/settings", "/dashboard/sign-in", "/dashboard/sign-out"} == set(FORMS)


def refused(reply):
    """Expect an answer that says what and why, for people, and quotes nothing that a browser would run."""
    assert 400 <= reply.status < 500, reply.text[:500]
    assert "<script>alert" not in reply.text
    reply.text = reply.text.replace("\0", "\ufffd")  # as every browser does
    if reply.text:
        assert len(text_of(reply)) > 20


@pytest.mark.parametrize("path", SHOWN)
def test_parameters_that_say_nothing_change_nothing(browser, path):
    for name in NOTED:
        for value in WRONG_VALUES:
            reply = browser.get(f"{path}?{name}={value}")
            assert reply.status in (200, 303)
            assert "<script>alert" not in reply.text


@pytest.mark.parametrize("path", JUDGED)
def test_a_parameter_that_a_page_is_made_from_is_refused(browser, path):
    for value in WRONG_VALUES[1:]:
        reply = browser.get(f"{path}?{JUDGED[path]}={value}")
        assert reply.status == 422
        refused(reply)


NO_FORM = {
    "nothing": b"",
    "JSON": b"{}",
    "null bytes": b"\0" * 1000,
    "truncated gzip": gzip.compress(b"a=b" * 1000)[:20],
    "another charset": "note=é".encode("latin-1"),
    "UTF-16": "note=a".encode("utf-16"),
    "half a character": b"note=%ED%A0%80",
    "too many fields": b"&".join(b"a=1" for _ in range(MOST_FIELDS + 1)),
    "a byte too much": b"note=" + b"x" * (LONGEST_FORM_BYTES - 4),
    "ten megabytes and a byte": b"x" * (10 * 1024 * 1024 + 1),
    "100,000 lists in each other": b"note=" + b"[" * 50_000,
}


@pytest.mark.parametrize("path", FORMS)
def test_what_is_no_form_is_refused(board, browser, path):
    for body in NO_FORM.values():
        refused(browser.post(path, body))
    refused(browser.post(path, b"{}", content_type="application/json"))
    assert board.history.newest().version == 0


@pytest.mark.parametrize("path", FORMS)
@pytest.mark.parametrize("token", ["", "x", "9" * 5000, "\0", "é", "of another session"])
def test_a_form_of_nobody_s_is_refused(board, browser, path, token):
    other = BrowserOf(board)
    if token == "of another session":
        token = other.get("/dashboard/sign-in").form_token()
    fields = {"form-token": token, "base": "0", "default-mode": "xxx", "name": "alice", "password": "x"}
    refused(browser.post(path, urlencode(fields)))
    assert board.history.newest().version == 0
    assert browser.get("/dashboard").status == 200  # and nobody was signed out


WRONG_FIELDS = [
    (name, value)
    for name in ("base", "default-mode", "blocked-hosts", "rating-hide-mixed", "rating-no-such", "note")
    for value in ("9" * 5000, "-1", "\0", "no such", "<script>alert(1)</script>", "[" * 20_000)
    if (name, value) not in {("note", "-1"), ("note", "no such"), ("note", "<script>alert(1)</script>")}
]
"""A note may be any words."""


@pytest.mark.parametrize(("name", "value"), WRONG_FIELDS, ids=lambda each: ascii(each[:20]))
def test_each_field_of_the_settings_wrong_is_refused(board, browser, name, value):
    fields = fields_of(browser.get("/dashboard/settings"), note="why")
    reply = browser.post("/dashboard/settings", {**fields, name: value})
    assert reply.status == (409 if name == "base" else 422)
    refused(reply)
    assert board.history.newest().version == 0


@pytest.mark.parametrize("name", ["", "9" * 5000, "\0", "é", "../alice", "<script>alert(1)</script>"])
def test_names_of_nobody_are_not_let_in(board, name):
    stranger = BrowserOf(board)
    refused(stranger.sign_in(name, "\0" * 1000))
    assert stranger.get("/dashboard").status == 303


@pytest.mark.parametrize("name", ["", "..", "%2e%2e%2fpages.py", "a%00b", "é", "x" * 2000, "{name}", " "])
def test_files_that_there_are_not_are_not_found(browser, name):
    reply = browser.get(f"/dashboard/static/{name}")
    assert reply.status == 404
    refused(reply)


@pytest.mark.parametrize("path", PATHS)
def test_other_methods_are_refused(board, path):
    for method in ("PATCH", "PUT", "DELETE"):
        assert BrowserOf(board)._ask(method, path, "", {}).status == 405


@pytest.mark.parametrize("path", SHOWN)
@pytest.mark.parametrize("cookie", ["", "x", "9" * 5000, "é", ".".join("a" * 400)])
def test_a_session_that_is_none_shows_nothing(board, path, cookie):
    stranger = BrowserOf(board)
    stranger.cookies[board.gate.session_cookie] = cookie
    reply = stranger.get(path)
    if path == "/dashboard/sign-in":
        assert reply.status == 200
    else:
        assert (reply.status, reply.text) == (303, "")
