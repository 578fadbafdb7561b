"""Who may use the proxy, and who may see its dashboard: names, and hashes of passwords (scrypt, RFC 7914).

Plain values; no file, no AWS. The text form is a JSON object from name to hash; in the dashboard's secret it stands
beside the key of sessions. A hash says how it was made, so that its cost can be raised later.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass

NAME = re.compile(r"[A-Za-z0-9._@+-]{1,64}")
SHORTEST_PASSWORD = 12
LONGEST_PASSWORD = 256
KEY_BYTES = 32
SALT_BYTES = 16
MOST_MEMORY_BYTES = 128 * 1024 * 1024
# Whoever can write the secret must not be able to bring the proxy to a stop with it.
HIGHEST_COST = (16, 16, 8)
SHORTEST_SESSION_KEY = 32
# https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html#scrypt
COST = (14, 8, 5)


class InvalidUsersError(Exception):
    """What should hold users does not; the message never holds a hash."""


@dataclass(frozen=True, repr=False)
class PasswordHash:
    """The hash of a password, and how it was made. It has no repr, so that no log can show it.

    :param log2_n: logarithm of the cost of processor and memory.
    :param r: block size.
    :param p: parallelisation.
    """

    log2_n: int
    r: int
    p: int
    salt: bytes
    key: bytes

    def __str__(self) -> str:
        salt, key = (base64.b64encode(part).decode("ascii") for part in (self.salt, self.key))
        return f"scrypt${self.log2_n}${self.r}${self.p}${salt}${key}"

    @classmethod
    def of(cls, password: str, cost: tuple[int, int, int] = COST) -> PasswordHash:
        """Return a new hash of a password.

        :param cost: `log2_n`, `r` and `p`.
        """
        salt = secrets.token_bytes(SALT_BYTES)
        return cls(*cost, salt, cls(*cost, salt, b"")._derive(password))

    @classmethod
    def parse(cls, text: str) -> PasswordHash:
        """Read what `str` wrote.

        :raises ValueError: if it is something else, or would cost too much.
        """
        scheme, log2_n, r, p, salt, key = text.split("$")
        cost = (int(log2_n), int(r), int(p))
        if scheme != "scrypt" or not all(1 <= each <= most for each, most in zip(cost, HIGHEST_COST, strict=True)):
            raise ValueError("not a hash by scrypt of a sensible cost")
        return cls(*cost, base64.b64decode(salt, validate=True), base64.b64decode(key, validate=True))

    def fits(self, password: str) -> bool:
        """Return whether it is the hash of this password; takes a good part of a second."""
        return hmac.compare_digest(self._derive(password), self.key)

    def _derive(self, password: str) -> bytes:
        return hashlib.scrypt(
            password.encode(),
            salt=self.salt,
            n=1 << self.log2_n,
            r=self.r,
            p=self.p,
            maxmem=MOST_MEMORY_BYTES,
            dklen=KEY_BYTES,
        )


class Users:
    """All users. Whether there is a user of a name cannot be told from how long a wrong password takes.

    :param hashes: by name.
    """

    def __init__(self, hashes: Mapping[str, PasswordHash]) -> None:
        self._hashes = dict(hashes)
        self._nobody = PasswordHash(*COST, salt=bytes(SALT_BYTES), key=bytes(KEY_BYTES))

    def __len__(self) -> int:
        return len(self._hashes)

    @property
    def names(self) -> list[str]:
        """All names, sorted."""
        return sorted(self._hashes)

    @classmethod
    def from_json(cls, text: str) -> Users:
        """Read what :meth:`to_json` wrote; nothing at all means no users.

        :raises InvalidUsersError: if it is something else.
        """
        try:
            written = json.loads(text) if text.strip() else {}
        except ValueError:
            raise InvalidUsersError("it is no JSON") from None
        return cls._of(written)

    @classmethod
    def _of(cls, written: object) -> Users:
        if not isinstance(written, dict):
            raise InvalidUsersError("it is no JSON object from names to hashes")
        return cls({name: _parsed(name, value) for name, value in written.items()})

    def to_json(self) -> str:
        """Return the secret's value."""
        return json.dumps(self._written(), indent=2, sort_keys=True) + "\n"

    def _written(self) -> dict[str, str]:
        return {name: str(found) for name, found in self._hashes.items()}

    def changed(self, name: str, found: PasswordHash | None) -> Users:
        """Return the users with one set, or removed.

        :raises InvalidUsersError: if there can be no user of this name.
        """
        if NAME.fullmatch(name) is None:
            raise InvalidUsersError(f"{name!r} is no name: it has 1 to 64 letters, digits, or . _ @ + -")
        others = {each: kept for each, kept in self._hashes.items() if each != name}
        return Users(others if found is None else {**others, name: found})

    def hash_of(self, name: str) -> PasswordHash | None:
        """Return a user's hash, or None if there is no such user."""
        return self._hashes.get(name)

    def knows(self, name: str, password: str) -> bool:
        """Return whether there is such a user with this password; takes a good part of a second either way."""
        fits = self._hashes.get(name, self._nobody).fits(password)
        return fits and name in self._hashes


@dataclass(frozen=True, repr=False)
class DashboardAccess:
    """Who may see the dashboard, and what their sessions are signed with. It has no repr, so that no log can show it.

    :param session_key: made when the secret is; whoever changes it ends all sessions.
    """

    users: Users
    session_key: str

    @classmethod
    def from_json(cls, text: str) -> DashboardAccess:
        """Read the secret's value.

        :raises InvalidUsersError: if it is something else; the message never holds what it is.
        """
        written = _object(text)
        if written is None or written.keys() != {"users", "session_key"}:
            raise InvalidUsersError("it is no JSON object with users and session_key")
        key = written["session_key"]
        if not isinstance(key, str) or len(key) < SHORTEST_SESSION_KEY:
            raise InvalidUsersError(f"its session_key is no text of at least {SHORTEST_SESSION_KEY} characters")
        return cls(Users._of(written["users"]), key)

    def to_json(self) -> str:
        """Return the secret's value."""
        written = {"users": self.users._written(), "session_key": self.session_key}
        return json.dumps(written, indent=2, sort_keys=True) + "\n"


def read_secret(text: str) -> Users | DashboardAccess:
    """Read the value of either secret: the proxy's users, or the dashboard's.

    No user's hash is an object, so a proxy's user may be called `users` and the two are still told apart.

    :raises InvalidUsersError: if it is neither.
    """
    written = _object(text)
    if written is not None and isinstance(written.get("users"), dict):
        return DashboardAccess.from_json(text)
    return Users.from_json(text)


def _object(text: str) -> dict[str, object] | None:
    try:
        written = json.loads(text)
    except ValueError:
        return None
    return written if isinstance(written, dict) else None


def _parsed(name: str, value: object) -> PasswordHash:
    try:
        return PasswordHash.parse(str(value))
    except ValueError:
        raise InvalidUsersError(f"what it holds for {name!r} is no hash; set that password again") from None
