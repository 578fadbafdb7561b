"""The first user of the dashboard."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from local.console import LocalError
from local.first_user import command, ensure_operator, run, secret_arn
from local.platform import Workspace

ARN = "arn:aws:secretsmanager:us-east-1:000000000000:secret:DashboardUsers-a1B2c3"


class Commands:
    """Answers commands, by their first word, and remembers them."""

    def __init__(self, **answers: str) -> None:
        self.answers = answers
        self.asked: list[Sequence[str]] = []

    def __call__(self, words: Sequence[str], environment: Mapping[str, str]) -> str:
        assert environment == {"AWS_REGION": "us-east-1"}
        self.asked.append(words[5:])
        return self.answers[words[5]]


def test_where_nobody_may_sign_in_there_is_an_operator_now() -> None:
    commands = Commands(list="", add="secret-and-long\n")

    assert ensure_operator(ARN, {"AWS_REGION": "us-east-1"}, commands) == "secret-and-long"
    assert commands.asked == [["list"], ["add", "operator", "--generate"]]


def test_where_somebody_may_nothing_is_changed() -> None:
    commands = Commands(list="alice\n")

    assert ensure_operator(ARN, {"AWS_REGION": "us-east-1"}, commands) == ""
    assert commands.asked == [["list"]]


def test_the_secret_is_the_one_that_was_deployed(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    assert secret_arn(workspace) == ""
    outputs = {"slipway-local-dns": {}, "slipway-local-identity": {"DashboardUsersSecretArn": ARN}}
    workspace.outputs.write_text(json.dumps(outputs), encoding="utf-8")
    assert secret_arn(workspace) == ARN


def test_the_command_is_there_and_its_refusal_is_told() -> None:
    with pytest.raises(LocalError, match=r"first user cannot be made: error: --secret is 'users'"):
        run(command("users", "list"), {})
    assert run([sys.executable, "-c", "print(1)"], {}) == "1\n"
