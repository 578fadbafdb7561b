"""Who sees the dashboard's pages, and how they sign in and out."""

from datetime import timedelta

import pytest

from contract.users import PasswordHash
from lambda_src.proxy_management.pages import PAGES
from tests.unit.lambda_src.proxy_management.boards import board, browser, text_of
from tests.unit.lambda_src.proxy_management.people import ALICE, PASSWORD, BrowserOf

__all__ = ["board", "browser"]

PATHS = [path for _, path, _ in PAGES]


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


@pytest.mark.parametrize(
    ("name", "password"), [("alice", "wrong"), ("bob", PASSWORD), ("<script>", "\"onload='alert(1)'")]
)
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
