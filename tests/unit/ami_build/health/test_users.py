"""From the secret to the proxy's file."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from contract.users import PasswordHash, Users
from slipway_proxy.health.users import REFRESH_SECONDS, RETRY_SECONDS, SecretError, UserRefresh, UserSecret

ARN = "arn:aws:secretsmanager:us-east-1:123456789012:secret:users-a1B2c3"
ALICE = Users({"alice": PasswordHash.of("correct horse", cost=(1, 1, 1))})


class FakeSecrets:
    """Secrets Manager with one secret, or one failure."""

    def __init__(self, content: str | Exception) -> None:
        self._content = content

    def get_secret_value(self, **arguments: Any) -> Any:
        assert arguments == {"SecretId": ARN}
        if isinstance(self._content, Exception):
            raise self._content
        return {"SecretString": self._content}


def secret(content: str | Exception) -> UserSecret:
    return UserSecret(lambda: FakeSecrets(content), ARN)


def refused(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "why"}}, "GetSecretValue")


def test_the_secret_holds_the_users() -> None:
    assert secret(ALICE.to_json()).read().names == ["alice"]


@pytest.mark.parametrize("content", ["", refused("ResourceNotFoundException")])
def test_a_secret_that_is_still_empty_holds_none(content: str | Exception) -> None:
    assert secret(content).read().names == []


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (refused("AccessDeniedException"), f"cannot read the users in {ARN}: .*AccessDeniedException"),
        (EndpointConnectionError(endpoint_url="https://aws.test/"), f"cannot read the users in {ARN}: Could not"),
        ("alice:secret", f"the secret {ARN} does not hold users: it is no JSON$"),
    ],
)
def test_other_answers_say_what_is_wrong(content: str | Exception, problem: str) -> None:
    with pytest.raises(SecretError, match=problem):
        secret(content).read()


class Reader:
    """Returns what a test says, one after the other."""

    def __init__(self, *answers: Users | SecretError) -> None:
        self._answers = list(answers)

    def __call__(self) -> Users:
        answer = self._answers.pop(0)
        if isinstance(answer, SecretError):
            raise answer
        return answer


async def test_the_file_follows_the_secret(tmp_path: Path) -> None:
    file = tmp_path / "users.json"
    refresh = UserRefresh(Reader(ALICE, ALICE, Users({})), file)
    assert refresh.problem == "the users have not been read yet"
    await refresh.refresh()
    assert (refresh.problem, file.read_text()) == ("", ALICE.to_json())
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    before = file.stat().st_ino
    await refresh.refresh()
    assert file.stat().st_ino == before  # nothing new, nothing written
    await refresh.refresh()
    assert file.read_text() == "{}\n"


async def test_an_outage_leaves_the_users_as_they_were_and_is_said_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = tmp_path / "users.json"
    refresh = UserRefresh(Reader(ALICE, SecretError("no"), SecretError("no")), file)
    for _ in range(3):
        await refresh.refresh()
    assert (refresh.problem, file.read_text()) == ("", ALICE.to_json())
    assert caplog.messages.count("no") == 1


async def test_until_it_has_worked_once_it_is_tried_often(tmp_path: Path) -> None:
    slept: list[float] = []

    class EnoughError(Exception):
        pass

    async def sleep(seconds: float) -> None:
        slept.append(seconds)
        if len(slept) == 3:
            raise EnoughError

    refresh = UserRefresh(Reader(SecretError("no"), ALICE, SecretError("no")), tmp_path / "users.json", sleep)
    with pytest.raises(EnoughError):
        await refresh.run()
    assert slept == [RETRY_SECONDS, REFRESH_SECONDS, REFRESH_SECONDS]


async def test_why_there_are_no_users_is_what_the_health_check_says(tmp_path: Path) -> None:
    refresh = UserRefresh(Reader(SecretError("cannot read the users")), tmp_path / "users.json")
    await refresh.refresh()
    assert refresh.problem == "cannot read the users"
