"""Users, their hashes, and what is refused as one."""

from __future__ import annotations

import json

import pytest

from contract.users import DashboardAccess, InvalidUsersError, PasswordHash, Users, read_secret

ALICE = PasswordHash.of("correct horse", cost=(1, 1, 1))


def test_a_password_fits_its_own_hash_only() -> None:
    assert ALICE.fits("correct horse")
    assert not ALICE.fits("wrong horse")


def test_the_same_password_never_has_the_same_hash() -> None:
    assert PasswordHash.of("correct horse", cost=(1, 1, 1)) != ALICE


def test_users_survive_their_journey_through_the_secret() -> None:
    text = Users({}).changed("bob", ALICE).changed("alice", ALICE).to_json()
    assert list(json.loads(text)) == ["alice", "bob"]
    assert Users.from_json(text).hash_of("alice") == ALICE
    assert Users.from_json(text).to_json() == text


@pytest.mark.parametrize("text", ["", " \n", "{}"])
def test_an_empty_secret_holds_no_users(text: str) -> None:
    assert len(Users.from_json(text)) == 0


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("alice:secret", "it is no JSON"),
        ("[]", "it is no JSON object from names to hashes"),
        ('{"alice": "secret"}', "what it holds for 'alice' is no hash; set that password again"),
        ('{"alice": "bcrypt$14$8$5$AAAA$AAAA"}', "for 'alice' is no hash"),
        ('{"alice": "scrypt$40$8$5$AAAA$AAAA"}', "for 'alice' is no hash"),  # would take all memory
        ('{"alice": "scrypt$14$8$0$AAAA$AAAA"}', "for 'alice' is no hash"),
        ('{"alice": "scrypt$14$8$5$!$AAAA"}', "for 'alice' is no hash"),
        ('{"alice": null}', "for 'alice' is no hash"),
    ],
)
def test_what_holds_no_users_says_so_without_quoting_it(text: str, problem: str) -> None:
    with pytest.raises(InvalidUsersError) as caught:
        Users.from_json(text)
    assert problem in str(caught.value)
    assert "secret" not in str(caught.value)
    assert "AAAA" not in str(caught.value)


def test_a_user_is_known_by_name_and_password() -> None:
    users = Users({"alice": ALICE})
    assert users.knows("alice", "correct horse")
    assert not users.knows("alice", "wrong horse")
    assert not users.knows("bob", "correct horse")
    assert not users.knows("", "")


def test_a_user_can_be_removed() -> None:
    users = Users({"alice": ALICE}).changed("bob", ALICE).changed("alice", None).changed("nobody", None)
    assert users.names == ["bob"]


@pytest.mark.parametrize("name", ["", "a:b", "a b", "ä", "a" * 65])
def test_a_name_that_cannot_be_sent_is_refused(name: str) -> None:
    with pytest.raises(InvalidUsersError, match=r"is no name: it has 1 to 64 letters, digits, or \. _ @ \+ -"):
        Users({}).changed(name, ALICE)


def test_nothing_that_is_printed_holds_a_hash() -> None:
    assert str(ALICE) not in repr(ALICE)
    assert "scrypt" not in repr(Users({"alice": ALICE}))


def test_an_unknown_name_costs_as_much_as_a_known_one() -> None:
    nobody = Users({})._nobody
    made = PasswordHash.of("correct horse")
    assert (nobody.log2_n, nobody.r, nobody.p) == (made.log2_n, made.r, made.p) == (14, 8, 5)


def test_the_dashboards_secret_holds_users_and_the_key_of_sessions() -> None:
    made_by_the_stack = '{"users": {}, "session_key": "' + "k" * 64 + '"}'
    access = DashboardAccess.from_json(made_by_the_stack)
    assert (access.users.names, access.session_key) == ([], "k" * 64)
    kept = DashboardAccess(Users({"alice": ALICE}), "k" * 64)
    assert DashboardAccess.from_json(kept.to_json()).users.hash_of("alice") == ALICE
    assert "k" * 64 not in repr(kept)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "no JSON object with users and session_key"),
        ("[]", "no JSON object with users and session_key"),
        ('{"users": {}}', "no JSON object with users and session_key"),
        ('{"users": {}, "session_key": "secret"}', "no text of at least 32 characters"),
        ('{"users": {}, "session_key": null}', "no text of at least 32 characters"),
        ('{"users": [], "session_key": "' + "k" * 64 + '"}', "no JSON object from names to hashes"),
        ('{"users": {"alice": "secret"}, "session_key": "' + "k" * 64 + '"}', "for 'alice' is no hash"),
    ],
)
def test_what_is_no_secret_of_the_dashboard_says_so_without_quoting_it(text: str, problem: str) -> None:
    with pytest.raises(InvalidUsersError) as caught:
        DashboardAccess.from_json(text)
    assert problem in str(caught.value)
    assert "secret" not in str(caught.value)


def test_the_two_secrets_are_told_apart_by_what_they_hold() -> None:
    of_the_proxy = Users({"users": ALICE, "session_key": ALICE})
    found = read_secret(of_the_proxy.to_json())
    assert isinstance(found, Users)
    assert found.names == ["session_key", "users"]
    assert isinstance(read_secret(DashboardAccess(of_the_proxy, "k" * 64).to_json()), DashboardAccess)
    assert isinstance(read_secret(""), Users)
