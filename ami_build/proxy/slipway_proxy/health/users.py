"""Keep the file with the proxy's users as the secret is, so that who is added may come in and who is removed may not.

The proxy itself must not ask: it faces the internet, and the firewall keeps it from private addresses such as an
endpoint of Secrets Manager in the VPC. Nothing that is read here is ever logged.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from contract.users import InvalidUsersError, Users
from slipway_proxy.runtime import write_file

logger = logging.getLogger(__name__)

REFRESH_SECONDS = 60.0
RETRY_SECONDS = 2.0


class SecretError(Exception):
    """The users cannot be read; the message says why and what to do."""


class UserSecret:
    """The secret with the users.

    :param client: returns boto3's client of Secrets Manager.
    :param arn: the secret's.
    """

    def __init__(self, client: Callable[[], Any], arn: str) -> None:
        self._client = client
        self._arn = arn

    def read(self) -> Users:
        """Return the users; none if the secret is still empty.

        :raises SecretError: if it cannot be read, or holds something else.
        """
        try:
            text = str(self._client().get_secret_value(SecretId=self._arn)["SecretString"])
        except ClientError as error:
            # An existing secret without a value is not found either.
            if error.response["Error"]["Code"] != "ResourceNotFoundException":
                raise SecretError(f"cannot read the users in {self._arn}: {error}") from error
            text = ""
        except BotoCoreError as error:
            raise SecretError(f"cannot read the users in {self._arn}: {error}") from error
        try:
            return Users.from_json(text)
        except InvalidUsersError as error:
            raise SecretError(f"the secret {self._arn} does not hold users: {error}") from None


class UserRefresh:
    """Reads the users again and again.

    :param read: returns them; may raise :class:`SecretError`, and may block.
    :param file: where the proxy finds them.
    :param sleep: waits, in seconds.
    :ivar problem: why there are no users yet; empty once they have been read.
    """

    def __init__(
        self, read: Callable[[], Users], file: Path, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    ) -> None:
        self._read = read
        self._file = file
        self._sleep = sleep
        self._written = ""
        self._failure = ""
        self.problem = "the users have not been read yet"

    async def run(self) -> None:
        """Read for ever. Users that have been read once stay as they are while they cannot be read again."""
        while True:
            await self.refresh()
            await self._sleep(RETRY_SECONDS if self.problem else REFRESH_SECONDS)

    async def refresh(self) -> None:
        """Read once."""
        try:
            users = await asyncio.to_thread(self._read)
        except SecretError as error:
            if str(error) != self._failure:
                logger.warning("%s", error)
            self._failure = str(error)
            if self.problem:
                self.problem = self._failure
            return
        self._failure = self.problem = ""
        if (text := users.to_json()) != self._written:
            write_file(self._file, text, 0o640)
            self._written = text
            logger.info("the proxy has %d users", len(users))
