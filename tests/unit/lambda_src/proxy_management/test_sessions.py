"""Tokens of sessions and forms, and when they end."""

import pytest
from itsdangerous import URLSafeTimedSerializer

from contract.users import DashboardAccess, PasswordHash, Users
from lambda_src.proxy_management.sessions import (
    ATTEMPTS_SECONDS,
    BROWSER_SECONDS,
    MOST_FAILURES,
    MOST_FAILURES_BY_NAME,
    SESSION_SECONDS,
    Sessions,
    TooManyAttemptsError,
    new_id,
)
from tests.unit.lambda_src.proxy_management.people import ACCESS, ALICE, PASSWORD


class Clock:
    now = 1_800_000_000.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def known():
    return [ACCESS]


@pytest.fixture
def sessions(clock, known):
    return Sessions(lambda: known[0], clock)


def test_who_signs_in_is_known_again(sessions):
    first, second = sessions.sign_in("alice", PASSWORD), sessions.sign_in("alice", PASSWORD)
    assert sessions.read(first).name == "alice"
    assert sessions.read(first).id != sessions.read(second).id


@pytest.mark.parametrize(("name", "password"), [("alice", "wrong"), ("bob", PASSWORD), ("", ""), ("alice", "x" * 257)])
def test_nobody_else_is_let_in(sessions, name, password):
    assert sessions.sign_in(name, password) is None


def test_a_session_ends_after_eight_hours(sessions, clock):
    token = sessions.sign_in("alice", PASSWORD)
    clock.now += SESSION_SECONDS
    assert sessions.read(token)
    clock.now += 1
    assert sessions.read(token) is None


@pytest.mark.parametrize(
    "access",
    [
        DashboardAccess(Users({}), ACCESS.session_key),
        DashboardAccess(Users({"bob": ALICE}), ACCESS.session_key),
        DashboardAccess(Users({"alice": PasswordHash.of("another password", cost=(1, 1, 1))}), ACCESS.session_key),
        DashboardAccess(Users({"alice": PasswordHash.of(PASSWORD, cost=(1, 1, 1))}), ACCESS.session_key),
        DashboardAccess(ACCESS.users, "another key" * 8),
    ],
    ids=["removed", "renamed", "another password", "the same password, set anew", "another key"],
)
def test_a_session_ends_with_what_it_rests_on(sessions, known, access):
    token = sessions.sign_in("alice", PASSWORD)
    known[0] = access
    assert sessions.read(token) is None


@pytest.mark.parametrize(
    "change",
    [lambda token: token[:-1], lambda token: "x" + token, lambda token: token + "\0", lambda _: "", lambda _: "a.b.c",
     lambda _: "x" * 100_000],
)  # fmt: skip
def test_what_we_have_not_signed_is_nobodys(sessions, change):
    assert sessions.read(change(sessions.sign_in("alice", PASSWORD))) is None


def test_what_is_signed_otherwise_or_for_something_else_is_nobodys(sessions):
    weak = URLSafeTimedSerializer(ACCESS.session_key, salt="slipway dashboard session")  # by SHA-1
    assert sessions.read(weak.dumps(["alice", "x", "y"])) is None
    assert sessions.read(sessions.form_token("alice")) is None
    assert not sessions.is_form_token(sessions.sign_in("alice", PASSWORD), "alice")


def test_a_form_is_of_one_session(sessions):
    mine, other = new_id(), new_id()
    token = sessions.form_token(mine)
    assert sessions.is_form_token(token, mine)
    assert not sessions.is_form_token(token, other)
    assert not sessions.is_form_token("", mine)
    assert not sessions.is_form_token(token, "é")


def test_no_token_tells_a_password_or_its_hash(sessions):
    token = sessions.sign_in("alice", PASSWORD)
    assert str(ALICE).rpartition("$")[2] not in token
    assert PASSWORD not in token


def fail(sessions, names):
    for name in names:
        assert sessions.sign_in(name, "wrong") is None


@pytest.mark.parametrize("name", ["alice", "nobody"])
def test_who_guesses_has_to_wait_known_or_not(sessions, clock, name):
    fail(sessions, [name] * MOST_FAILURES_BY_NAME)
    with pytest.raises(TooManyAttemptsError, match="try again in 60 s"):
        sessions.sign_in(name, PASSWORD)
    assert sessions.sign_in("alice" if name == "nobody" else "bob", "wrong") is None  # others need not
    clock.now += ATTEMPTS_SECONDS
    assert (sessions.sign_in(name, PASSWORD) is not None) == (name == "alice")


def test_nobody_elses_guesses_keep_somebody_from_signing_in_where_they_did_before(sessions, clock):
    mine = sessions.browser_token("alice")
    fail(sessions, ["alice"] * MOST_FAILURES_BY_NAME + [f"user-{number}" for number in range(MOST_FAILURES)][5:])
    with pytest.raises(TooManyAttemptsError):
        sessions.sign_in("alice", PASSWORD)
    assert sessions.sign_in("alice", PASSWORD, mine)
    clock.now += BROWSER_SECONDS + 1
    fail(sessions, ["alice"] * MOST_FAILURES_BY_NAME)
    with pytest.raises(TooManyAttemptsError):
        sessions.sign_in("alice", PASSWORD, mine)


def test_a_known_browser_may_not_guess_for_long_either(sessions):
    mine, other = sessions.browser_token("alice"), sessions.browser_token("alice")
    for _ in range(MOST_FAILURES_BY_NAME):
        assert sessions.sign_in("alice", "wrong", mine) is None
    with pytest.raises(TooManyAttemptsError):
        sessions.sign_in("alice", PASSWORD, mine)
    assert sessions.sign_in("alice", PASSWORD, other)


def test_a_browser_is_known_for_the_user_who_signed_in_there_and_lets_nobody_in_by_itself(sessions):
    mine = sessions.browser_token("alice")
    assert sessions.read(mine) is None
    assert sessions.sign_in("alice", "wrong", mine) is None
    fail(sessions, ["bob"] * MOST_FAILURES_BY_NAME)
    for token in (mine, "", "x", sessions.form_token("bob"), sessions.sign_in("alice", PASSWORD)):
        with pytest.raises(TooManyAttemptsError):
            sessions.sign_in("bob", "wrong", token)


def test_who_guesses_with_many_names_has_to_wait_too(sessions, known):
    names = [f"user-{number}" for number in range(MOST_FAILURES)]
    known[0] = DashboardAccess(Users(dict.fromkeys([*names, "alice"], ALICE)), ACCESS.session_key)
    fail(sessions, names)
    with pytest.raises(TooManyAttemptsError):
        sessions.sign_in("alice", PASSWORD)
