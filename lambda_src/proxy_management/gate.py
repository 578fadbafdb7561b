"""Who asks: somebody signed in at the dashboard, or a program whose request AWS has checked.

All requests reach the function signed. Those that an instance's admin port forwards are of whoever can reach that
port, and say so in a header; they need a session. So does everything that has a session's cookie. Only reads events and
writes cookies; what a page shows is the matter of :mod:`.pages`.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from http.cookies import CookieError, SimpleCookie
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from contract.headers import ADMIN_ORIGIN
from lambda_src.proxy_management.callers import signer
from lambda_src.proxy_management.sessions import BROWSER_SECONDS, SESSION_SECONDS, Session, Sessions, new_id
from lambda_src.shared.errors import ForbiddenError, InvalidInputError, UnauthorisedError

if TYPE_CHECKING:
    from aws_lambda_powertools.shared.cookies import Cookie

LONGEST_FORM_BYTES = 64 * 1024
MOST_FIELDS = 200
TOKEN_FIELD = "form-token"  # noqa: S105 - a field's name
FORM_TYPE = "application/x-www-form-urlencoded"

_ID = re.compile(r"[A-Za-z0-9_-]{22}")
_ORIGIN = re.compile(r"(https?)://(\[[0-9a-f:]+\]|[a-z0-9.-]+)(:[0-9]{1,5})?")

type Event = Mapping[str, Any]


@dataclass(frozen=True)
class Visitor:
    """Who sits at a browser.

    :param session: None for somebody who has not signed in.
    :param form_id: what the tokens in forms are made for: the session's id; before sign-in, that of a cookie.
    :param is_new: whether the browser has yet to be told that id.
    :param is_secure: whether its cookies are to travel through TLS only.
    """

    session: Session | None
    form_id: str
    is_new: bool
    is_secure: bool


class Gate:
    """Reads from events who asks.

    :param sessions: knows who is signed in.
    :param deployment: part of the cookies' names, as cookies know no ports: two tunnels from `localhost` to two
        deployments must not sign each other out.
    """

    def __init__(self, sessions: Sessions, deployment: str) -> None:
        self.sessions = sessions
        self.session_cookie = f"slipway-{deployment}-session"
        self._form_cookie = f"slipway-{deployment}-form"
        self._browser_cookie = f"slipway-{deployment}-browser"

    def identify(self, event: Event) -> str:
        """Return who asks for JSON, for the audit trail: a user's name, or the ARN of who signed the request.

        :raises UnauthorisedError: if it comes from a browser, and nobody has signed in there.
        :raises ForbiddenError: if it comes from a browser and would change something: that is done with forms, which
            are checked.
        """
        cookies = _cookies(event)
        if not _header(event, ADMIN_ORIGIN) and self.session_cookie not in cookies:
            return signer(event)
        session = self.sessions.read(cookies.get(self.session_cookie, ""))
        if session is None:
            raise UnauthorisedError("not-signed-in", "nobody has signed in, or no more; open /dashboard and sign in")
        if event["requestContext"]["http"]["method"] != "GET":
            raise ForbiddenError("form-needed", "a browser changes settings with the form at /dashboard/settings only")
        return session.name

    def visitor(self, event: Event) -> Visitor:
        """Return who asks for a page."""
        cookies = _cookies(event)
        is_secure = not _is_plain_loopback(_own_origin(event))
        session = self.sessions.read(cookies.get(self.session_cookie, ""))
        if session is not None:
            return Visitor(session, session.id, False, is_secure)
        form_id = cookies.get(self._form_cookie, "")
        is_known = _ID.fullmatch(form_id) is not None
        return Visitor(None, form_id if is_known else new_id(), not is_known, is_secure)

    def form(self, event: Event, visitor: Visitor, body: bytes) -> dict[str, str]:
        """Return the fields of a form that a page of ours, made for this visitor, has sent.

        :raises ForbiddenError: if it may come from a page of somebody else's, or was made for somebody else.
        :raises InvalidInputError: if it is no form, or too large.
        """
        fields = self.fields(event, body)
        if not self.is_made_for(visitor, fields):
            raise ForbiddenError("stale-form", "this form is too old, or was made for somebody else; open it again")
        del fields[TOKEN_FIELD]
        return fields

    def is_made_for(self, visitor: Visitor, fields: Mapping[str, str]) -> bool:
        """Return whether a form may do what it asks for: it was made for this visitor's session, and is not too old."""
        return self.sessions.is_form_token(fields.get(TOKEN_FIELD, ""), visitor.form_id)

    def fields(self, event: Event, body: bytes) -> dict[str, str]:
        """Return what stands in a form of this dashboard, for whomever it was made; to show it, and to do nothing.

        A field that comes twice has its last value.

        :raises ForbiddenError: if it may come from a page of somebody else's.
        :raises InvalidInputError: if it is no form, or too large.
        """
        own_origin = _own_origin(event)
        if not own_origin or _header(event, "origin") != own_origin:
            raise ForbiddenError("foreign-form", "this form did not come from a page of this dashboard")
        if not _header(event, "content-type").startswith(FORM_TYPE):
            raise InvalidInputError("no-form", f"this is no form; {FORM_TYPE} is allowed")
        if len(body) > LONGEST_FORM_BYTES:
            problem = f"the form has {len(body)} bytes and at most {LONGEST_FORM_BYTES} are accepted"
            raise InvalidInputError("too-large", problem)
        try:
            found = parse_qs(body.decode(), keep_blank_values=True, errors="strict", max_num_fields=MOST_FIELDS)
        except ValueError as error:  # which a wrong encoding is, too
            raise InvalidInputError("no-form", "this form cannot be read; send it again") from error
        return {name: values[-1] for name, values in found.items()}

    def signed_in(self, visitor: Visitor, token: str) -> Visitor:
        """Return who a visitor is once they have this token."""
        session = self.sessions.read(token)
        return replace(visitor, session=session, form_id=session.id if session else "", is_new=False)

    def form_cookie(self, visitor: Visitor) -> Cookie:
        """Return the cookie that a form before sign-in belongs to."""
        return self._cookie(self._form_cookie, visitor.form_id, visitor, SESSION_SECONDS)

    def sign_in(self, event: Event, name: str, password: str) -> str | None:
        """Return a session's token for the right password, None for a wrong one.

        :raises TooManyAttemptsError: if there were too many wrong ones of late.
        """
        return self.sessions.sign_in(name, password, _cookies(event).get(self._browser_cookie, ""))

    def session_cookies(self, visitor: Visitor, name: str, token: str) -> list[Cookie]:
        """Return the cookies of a user who has just signed in: what was before is forgotten."""
        return [
            self._cookie(self._browser_cookie, self.sessions.browser_token(name), visitor, BROWSER_SECONDS),
            self._cookie(self.session_cookie, token, visitor, SESSION_SECONDS),
            self._cookie(self._form_cookie, "", visitor, 0),
        ]

    def forgetting(self, visitor: Visitor) -> list[Cookie]:
        """Return the cookies of somebody who has just signed out; that they did sign in here stays known."""
        return [self._cookie(name, "", visitor, 0) for name in (self.session_cookie, self._form_cookie)]

    def _cookie(self, name: str, value: str, visitor: Visitor, seconds: int) -> Cookie:
        from aws_lambda_powertools.shared.cookies import Cookie, SameSite

        return Cookie(
            name, value, path="/", secure=visitor.is_secure, http_only=True, max_age=seconds,
            same_site=SameSite.STRICT_MODE,
        )  # fmt: skip


def _header(event: Event, name: str) -> str:
    """Return a header's value; a function URL writes all names in small letters."""
    return str(event["headers"].get(name, ""))


def _cookies(event: Event) -> dict[str, str]:
    """Return what the browser keeps. A function URL takes cookies out of the headers, and others may not.

    Source: https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html#urls-payloads
    """
    found: dict[str, str] = {}
    for text in (_header(event, "cookie"), *event.get("cookies", ())):
        try:
            found |= {name: morsel.value for name, morsel in SimpleCookie(text).items()}
        except CookieError:
            continue
    return found


def _own_origin(event: Event) -> str:
    """Return where the browser thinks that it is; an empty text where that cannot be told."""
    found = _header(event, ADMIN_ORIGIN) or f"https://{event['requestContext'].get('domainName', '')}"
    return found if _ORIGIN.fullmatch(found) else ""


def _is_plain_loopback(origin: str) -> bool:
    """Return whether cookies have to travel without TLS, as nothing leaves the machine."""
    match = _ORIGIN.fullmatch(origin)
    if match is None or match[1] != "http":
        return False
    host = match[2].strip("[]")
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
