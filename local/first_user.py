"""The first user of the dashboard of this machine, made with the command that operators use.

Only where there are no users at all: who was removed is not made again, and nobody's password is changed.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Mapping, Sequence

from contract.outputs import DASHBOARD_USERS_SECRET_ARN
from local.console import LocalError
from local.platform import Workspace
from local.setup import PYTHON, ROOT

NAME = "operator"

type Run = Callable[[Sequence[str], Mapping[str, str]], str]
"""Runs a command in an environment and returns what it prints."""


def secret_arn(workspace: Workspace) -> str:
    """Return where the dashboard's users are; an empty text before the identity stack is deployed."""
    values = (outputs.get(DASHBOARD_USERS_SECRET_ARN) for outputs in workspace.deployed_outputs().values())
    return next((found for found in values if found), "")


def command(arn: str, *words: str) -> list[str]:
    """Return the command that edits users.

    :param words: what to do, for example `list`.
    """
    return [str(PYTHON), "-m", "slipway_proxy.edit_users", "--secret", arn, *words]


def run(words: Sequence[str], environment: Mapping[str, str]) -> str:
    """Run a command of the project's, and return what it prints.

    :raises LocalError: if it fails.
    """
    path = os.pathsep.join((str(ROOT), str(ROOT / "ami_build" / "proxy")))
    done = subprocess.run(
        words, env={**environment, "PYTHONPATH": path}, cwd=ROOT, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise LocalError(f"the dashboard's first user cannot be made: {done.stderr.strip()}", "run 'make up' again")
    return done.stdout


def ensure_operator(arn: str, environment: Mapping[str, str], run: Run = run) -> str:
    """Make the first user, and return the password that was made up; an empty text if there are users.

    :param arn: of the secret with the users.
    :param environment: of somebody who may read and write it.
    :raises LocalError: if that fails.
    """
    if run(command(arn, "list"), environment).strip():
        return ""
    return run(command(arn, "add", NAME, "--generate"), environment).strip()
