"""An operator adds, removes and lists users."""

from __future__ import annotations

import io
from typing import Any

import pytest
from botocore.exceptions import ClientError

from contract.users import DashboardAccess, PasswordHash, Users
from slipway_proxy.edit_users import main

ARN = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:users-a1B2c3"
ALICE = Users({"alice": PasswordHash.of("correct horse", cost=(1, 1, 1))})


class MissingError(Exception):
    """What boto3 raises for a secret without a value."""


class FakeSecrets:
    """Secrets Manager with one secret."""

    class exceptions:  # noqa: N801 - boto3's name
        ResourceNotFoundException = MissingError

    def __init__(self, content: str | None = None, failure: Exception | None = None) -> None:
        self.content = content
        self.region = ""
        self._failure = failure

    def __call__(self, region: str) -> FakeSecrets:
        self.region = region
        return self

    def get_secret_value(self, **arguments: Any) -> Any:
        assert arguments == {"SecretId": ARN}
        if self._failure:
            raise self._failure
        if self.content is None:
            raise MissingError
        return {"SecretString": self.content}

    def put_secret_value(self, **arguments: Any) -> None:
        assert arguments["SecretId"] == ARN
        self.content = arguments["SecretString"]

    @property
    def users(self) -> Users:
        return Users.from_json(self.content or "")


def run(secrets: FakeSecrets, *arguments: str) -> int:
    return main(["--secret", ARN, *arguments], secrets)


def test_a_user_is_added_to_an_empty_secret_with_the_password_that_is_typed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("a long password\n"))
    secrets = FakeSecrets()
    assert run(secrets, "add", "alice") == 0
    assert secrets.users.knows("alice", "a long password")
    assert secrets.region == "eu-west-1"
    assert "a long password" not in (secrets.content or "")
    shown = capsys.readouterr()
    assert (shown.out, shown.err) == ("", "alice may use the proxy in about a minute\n")


def test_a_password_can_be_made_up_and_others_stay(capsys: pytest.CaptureFixture[str]) -> None:
    secrets = FakeSecrets(ALICE.to_json())
    assert run(secrets, "add", "bob", "--generate") == 0
    password = capsys.readouterr().out.strip()
    assert len(password) >= 24
    assert secrets.users.knows("bob", password)
    assert secrets.users.hash_of("alice") == ALICE.hash_of("alice")


def test_users_are_listed_and_removed(capsys: pytest.CaptureFixture[str]) -> None:
    secrets = FakeSecrets(ALICE.to_json())
    assert run(secrets, "list") == 0
    assert capsys.readouterr().out == "alice\n"
    assert run(secrets, "remove", "alice") == 0
    assert secrets.users.names == []


def test_another_password_of_somebody_known_is_told_from_a_new_user(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(FakeSecrets(ALICE.to_json()), "add", "alice", "--generate") == 0
    assert capsys.readouterr().err == "alice has another password, and needs it in about a minute\n"


def test_the_users_of_the_dashboard_are_edited_likewise_and_its_key_stays(capsys: pytest.CaptureFixture[str]) -> None:
    secrets = FakeSecrets(DashboardAccess(ALICE, "k" * 64).to_json())
    assert run(secrets, "add", "bob", "--generate") == 0
    shown = capsys.readouterr()
    assert shown.err == "bob may see the dashboard in about a minute\n"
    assert run(secrets, "remove", "alice") == 0
    kept = DashboardAccess.from_json(secrets.content or "")
    assert kept.session_key == "k" * 64
    assert kept.users.names == ["bob"]
    assert kept.users.knows("bob", shown.out.strip())


@pytest.mark.parametrize(
    ("arguments", "typed", "problem"),
    [
        (("remove", "bob"), "", "there is no user 'bob'; there are alice"),
        (("add", "bob"), "short\n", "the password has 5 characters; 12 to 256 are allowed"),
        (("add", "b:b"), "", "'b:b' is no name"),
    ],
)
def test_what_cannot_be_done_changes_nothing(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: tuple[str, ...],
    typed: str,
    problem: str,
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(typed))
    secrets = FakeSecrets(ALICE.to_json())
    assert run(secrets, *arguments) == 1
    assert capsys.readouterr().err.startswith(f"error: {problem}")
    assert secrets.content == ALICE.to_json()


def test_what_is_no_arn_of_a_secret_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--secret", "users", "list"], FakeSecrets()) == 1
    assert "--secret is 'users'; it is an ARN" in capsys.readouterr().err


def test_a_refusal_of_aws_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    denied = ClientError({"Error": {"Code": "AccessDeniedException", "Message": "no"}}, "GetSecretValue")
    assert run(FakeSecrets(failure=denied), "list") == 1
    assert capsys.readouterr().err.startswith("error: AWS refused: ")
