"""Who is signed in: tokens that the function signs and a browser keeps, so that no session is stored anywhere.

A session ends after eight hours, and before that as soon as its user is removed or gets another password, or the key of
sessions is another one. To sign out is to forget the token; whoever copied it before can use it until then.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from contract.users import LONGEST_PASSWORD, DashboardAccess, PasswordHash

if TYPE_CHECKING:
    from itsdangerous import URLSafeTimedSerializer

SESSION_SECONDS = 8 * 3600
FORM_SECONDS = 8 * 3600
BROWSER_SECONDS = 90 * 24 * 3600
"""How long a browser is known as one in which a user has signed in."""

LONGEST_TOKEN = 1024
ID_BYTES = 16

ATTEMPTS_SECONDS = 60.0
MOST_FAILURES_BY_NAME = 5
MOST_FAILURES = 30
"""Wrong passwords that one container of the function takes in a minute, for one name and for all together."""


class TooManyAttemptsError(Exception):
    """There were too many wrong passwords of late.

    :ivar seconds: after how many to try again.
    """

    def __init__(self, seconds: int) -> None:
        super().__init__(f"too many wrong passwords; try again in {seconds} s")
        self.seconds = seconds


@dataclass(frozen=True)
class Session:
    """Somebody who has signed in.

    :param name: the user's.
    :param id: of the session, new with each sign-in.
    """

    name: str
    id: str


class Sessions:
    """Signs and reads tokens.

    :param access: returns who may sign in and the key, at most a minute old.
    :param clock: seconds since 1970.
    """

    def __init__(self, access: Callable[[], DashboardAccess], clock: Callable[[], float]) -> None:
        self._access = access
        self._clock = clock
        self._failures = _Failures(clock)
        self._failures_in_known_browsers = _Failures(clock)

    def sign_in(self, name: str, password: str, browser: str = "") -> str | None:
        """Return a token for a user who gives the right password, None for anybody else; takes part of a second.

        :param browser: what :meth:`browser_token` returned there, if it did. Such a browser has an allowance of its
            own, so that whoever guesses elsewhere does not keep its user out.
            Source: https://owasp.org/www-community/Slow_Down_Online_Guessing_Attacks_with_Device_Cookies
        :raises TooManyAttemptsError: if there were too many wrong passwords of late, of this user or of all.
        """
        known = self._known_browser(name, browser)
        failures = self._failures_in_known_browsers if known else self._failures
        failures.check(known or name)
        access = self._access()
        if len(password) > LONGEST_PASSWORD or not access.users.knows(name, password):
            failures.add(known or name)
            return None
        proof = access.users.hash_of(name)
        assert proof is not None  # noqa: S101 - for readers: `knows` has said so
        return self._signer(access, "session").dumps([name, _fingerprint(access, proof), new_id()])

    def read(self, token: str) -> Session | None:
        """Return whose session a token stands for; None if it is none of ours, is too old, or has been ended."""
        match self._loads("session", token, SESSION_SECONDS):
            case [str(name), str(fingerprint), str(session_id)]:
                access = self._access()
                proof = access.users.hash_of(name)
                if proof is not None and hmac.compare_digest(fingerprint, _fingerprint(access, proof)):
                    return Session(name, session_id)
        return None

    def browser_token(self, name: str) -> str:
        """Return what a browser keeps in which this user has just signed in, to be known as such; it lets nobody in."""
        return self._signer(self._access(), "browser").dumps([name, new_id()])

    def _known_browser(self, name: str, token: str) -> str:
        """Return the id of a browser in which this user has signed in before; an empty text for any other."""
        match self._loads("browser", token, BROWSER_SECONDS):
            case [str(of), str(browser)] if of == name:
                return browser
        return ""

    def form_token(self, session_id: str) -> str:
        """Return what a form has to send back: it shows that the form was made by us, for this session."""
        return self._signer(self._access(), "form").dumps(session_id)

    def is_form_token(self, token: str, session_id: str) -> bool:
        """Return whether a form's token was made for this session, not too long ago."""
        found = self._loads("form", token, FORM_SECONDS)
        return isinstance(found, str) and hmac.compare_digest(found.encode(), session_id.encode())

    def _loads(self, purpose: str, token: str, max_age: int) -> object:
        from itsdangerous import BadData

        if not 0 < len(token) <= LONGEST_TOKEN:
            return None
        try:
            return self._signer(self._access(), purpose).loads(token, max_age=max_age)
        except BadData:
            return None

    def _signer(self, access: DashboardAccess, purpose: str) -> URLSafeTimedSerializer:
        """Return what signs for one purpose: no token of one is any for another."""
        from itsdangerous import TimestampSigner, URLSafeTimedSerializer

        clock = self._clock

        class Signer(TimestampSigner):
            def get_timestamp(self) -> int:
                return int(clock())

        return URLSafeTimedSerializer(
            access.session_key,
            salt=f"slipway dashboard {purpose}",
            signer=Signer,
            signer_kwargs={"digest_method": hashlib.sha256},
        )


def new_id() -> str:
    """Return what nobody can guess."""
    return secrets.token_urlsafe(ID_BYTES)


def _fingerprint(access: DashboardAccess, proof: PasswordHash) -> str:
    """Return what changes with the password, and says nothing of it."""
    return hmac.digest(access.session_key.encode(), str(proof).encode(), "sha256").hex()[:32]


class _Failures:
    """Counts wrong passwords of the last minute, in this container.

    Names count whether or not there is such a user, so that a refusal does not tell. The hash bounds what many
    containers together can try.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._seen: deque[tuple[float, str]] = deque()

    def check(self, name: str) -> None:
        """Let nobody try who has just failed too often.

        :raises TooManyAttemptsError: if so.
        """
        now = self._clock()
        while self._seen and now - self._seen[0][0] >= ATTEMPTS_SECONDS:
            self._seen.popleft()
        wait = partial(_seconds_until, now)
        mine = [moment for moment, of in self._seen if of == name]
        if len(mine) >= MOST_FAILURES_BY_NAME:
            raise TooManyAttemptsError(wait(mine[-MOST_FAILURES_BY_NAME]))
        if len(self._seen) >= MOST_FAILURES:
            raise TooManyAttemptsError(wait(self._seen[-MOST_FAILURES][0]))

    def add(self, name: str) -> None:
        """Count one."""
        self._seen.append((self._clock(), name))


def _seconds_until(now: float, failed_at: float) -> int:
    return max(1, round(failed_at + ATTEMPTS_SECONDS - now))
