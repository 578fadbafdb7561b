"""Reads from Secrets Manager who may see the dashboard, and keeps that for a minute.

Nothing of it is ever logged or told. If it cannot be read again, nobody is let in: who has been removed might be.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

from contract.users import DashboardAccess, InvalidUsersError
from lambda_src.shared.errors import UnavailableError
from lambda_src.shared.tracing import Tracer, trace_client

FRESH_SECONDS = 60.0
"""How long a user who was removed may go on, and one who was added has to wait."""

CONNECT_TIMEOUT_SECONDS = 1.0
READ_TIMEOUT_SECONDS = 5.0


def secrets_client(tracer: Tracer) -> Any:
    """Return a client with the function's own credentials and short timeouts, whose calls are traced."""
    from botocore.config import Config
    from botocore.session import get_session

    patience = Config(
        connect_timeout=CONNECT_TIMEOUT_SECONDS,
        read_timeout=READ_TIMEOUT_SECONDS,
        retries={"total_max_attempts": 2, "mode": "standard"},
    )
    client = get_session().create_client("secretsmanager", config=patience)
    trace_client(client, tracer)
    return client


class UsersSecret:
    """The dashboard's users, at most a minute old.

    :param client: returns botocore's client of Secrets Manager; called when it is needed for the first time, as most
        calls of the function are reports and need none.
    :param arn: the secret's.
    :param clock: seconds, monotonic.
    """

    def __init__(self, client: Callable[[], Any], arn: str, clock: Callable[[], float]) -> None:
        self._make_client = client
        self._arn = arn
        self._clock = clock
        self._client: Any = None
        self._read_at = 0.0
        self._known: DashboardAccess | None = None

    @property
    def mark(self) -> str:
        """What tells this deployment from others of the same environment: eight digits made of the secret's ARN."""
        return hashlib.sha256(self._arn.encode()).hexdigest()[:8]

    def read(self) -> DashboardAccess:
        """Return who may see the dashboard.

        :raises UnavailableError: if the secret cannot be read, or holds something else.
        """
        now = self._clock()
        if self._known is None or now - self._read_at >= FRESH_SECONDS:
            self._known = None
            self._known, self._read_at = self._ask(), now
        return self._known

    def _ask(self) -> DashboardAccess:
        from botocore.exceptions import BotoCoreError, ClientError

        self._client = self._client or self._make_client()
        try:
            text = self._client.get_secret_value(SecretId=self._arn)["SecretString"]
        except ClientError as error:
            reason = error.response.get("Error", {}).get("Code") or "an unknown error"
            raise UnavailableError("users-unavailable", f"could not read who may sign in: AWS said {reason}") from error
        except BotoCoreError as error:
            reason = type(error).__name__
            raise UnavailableError("users-unavailable", f"could not read who may sign in: {reason}") from error
        try:
            return DashboardAccess.from_json(text)
        except InvalidUsersError as error:
            problem = f"the secret with the dashboard's users cannot be used: {error}"
            raise UnavailableError("users-unavailable", problem) from None
