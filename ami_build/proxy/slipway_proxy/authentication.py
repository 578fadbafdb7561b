"""Who is this client: a user's name and password, as a proxy asks for them (HTTP Basic, RFC 7617; RFC 9110, 11.7).

mitmproxy's own addon for this hashes on the event loop at each request, tells time and again how it judged, and knows
no limit on attempts. Here a password costs its hash once: what has been found right is known again by a keyed digest.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import logging
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from contract.users import LONGEST_PASSWORD, InvalidUsersError, PasswordHash, Users
from slipway_proxy.limits import RateLimit, client_key

logger = logging.getLogger(__name__)

CHALLENGE = 'Basic realm="Slipway proxy", charset="UTF-8"'
LOOK_SECONDS = 1.0
MOST_KNOWN = 10_000
MOST_WAITING = 100


class Refused(Enum):
    """Why a client is not let in."""

    UNKNOWN = "sign in with your name and password for this proxy"
    WRONG = "there is no user with this name and password"
    TOO_OFTEN = "too many wrong passwords have come from this address; wait a minute"
    BUSY = "too many people sign in at the same moment; try again"


@dataclass(frozen=True, repr=False)
class SignedIn:
    """A user who has given the right password.

    :param proof: the hash that it fitted.
    """

    name: str
    proof: PasswordHash


class UserFile:
    """The file with the users, read again whenever it has been replaced.

    :param path: may not be there (yet); then there are no users.
    :param clock: seconds, monotonic.
    """

    def __init__(self, path: Path, clock: Callable[[], float] = time.monotonic) -> None:
        self._path = path
        self._clock = clock
        self._look_at = 0.0
        self._seen: tuple[int, int] | None = None
        self._users = Users({})

    def users(self) -> Users:
        """Return the users of about now."""
        if self._clock() >= self._look_at:
            self._look_at = self._clock() + LOOK_SECONDS
            self._look()
        return self._users

    def _look(self) -> None:
        try:
            found = self._path.stat()
            if (found.st_ino, found.st_mtime_ns) == self._seen:
                return
            self._users = Users.from_json(self._path.read_text())
            self._seen = (found.st_ino, found.st_mtime_ns)
        except FileNotFoundError:
            self._users, self._seen = Users({}), None
        except (OSError, InvalidUsersError) as error:
            logger.warning("the users in %s cannot be read: %s", self._path, error)


class Authentication:
    """Lets users in.

    :param users: returns all users.
    :param failures_per_minute: wrong passwords that one client may send before it has to wait.
    :param clock: seconds, monotonic.
    """

    def __init__(
        self, users: Callable[[], Users], failures_per_minute: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._users = users
        self._failures = RateLimit(failures_per_minute / 60, failures_per_minute, clock)
        self._known: OrderedDict[bytes, SignedIn] = OrderedDict()
        self._key = secrets.token_bytes(32)
        # One, so that hashes never take more than one core from the pages of those who are in.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="passwords")
        self._waiting = 0

    async def judge(self, client: str, header: str | None) -> SignedIn | Refused:
        """Return who a client is, or why it is not let in.

        :param client: its address.
        :param header: value of its Proxy-Authorization, if it sent one.
        """
        if header is None or (given := _credentials(header)) is None:
            return Refused.UNKNOWN
        digest = hashlib.blake2b(header.encode("utf-8", "surrogateescape"), key=self._key).digest()
        known = self._known.get(digest)
        if known is not None and self.still_holds(known):
            self._known.move_to_end(digest)
            return known
        if self._waiting >= MOST_WAITING:
            return Refused.BUSY
        # Taken before the answer is known, so that many attempts at once are no way around the limit.
        if not self._failures.take(client_key(client)):
            return Refused.TOO_OFTEN
        found = await self._verify(*given)
        if found is None:
            return Refused.WRONG
        self._failures.give_back(client_key(client))
        self._remember(digest, found)
        return found

    def still_holds(self, found: SignedIn) -> bool:
        """Return whether a user who was let in would be let in again: neither removed nor with another password."""
        return self._users().hash_of(found.name) == found.proof

    async def _verify(self, name: str, password: str) -> SignedIn | None:
        users = self._users()
        proof = users.hash_of(name)
        self._waiting += 1
        try:
            right = await asyncio.get_running_loop().run_in_executor(self._thread, users.knows, name, password)
        finally:
            self._waiting -= 1
        return SignedIn(name, proof) if right and proof is not None else None

    def _remember(self, digest: bytes, found: SignedIn) -> None:
        self._known[digest] = found
        if len(self._known) > MOST_KNOWN:
            self._known.popitem(last=False)


def _credentials(header: str) -> tuple[str, str] | None:
    """Return name and password out of a header, or None if it holds none."""
    scheme, _, encoded = header.strip().partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        text = base64.b64decode(encoded.strip(), validate=True).decode()
    except ValueError:  # no base64, or no UTF-8
        return None
    name, colon, password = text.partition(":")
    return (name, password) if colon and len(password) <= LONGEST_PASSWORD else None
