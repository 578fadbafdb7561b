"""What the proxy answers itself, as responses of mitmproxy. When it does so is decided elsewhere."""

from __future__ import annotations

import logging

from mitmproxy import http

from contract import headers
from contract.headers import Result
from slipway_proxy import canary
from slipway_proxy.authentication import CHALLENGE, Refused
from slipway_proxy.own_pages import PLAIN_TEXT, OwnPage

logger = logging.getLogger(__name__)

INTERNAL_ERROR = "internal error"


def mark(response: http.Response, result: Result, reason: str | None) -> None:
    """Say in a response what became of it, and why if there is a reason."""
    response.headers[headers.RESULT] = result.value
    response.headers.pop(headers.REASON, None)
    if reason:
        response.headers[headers.REASON] = reason


def refusal(status: int, message: str, reason: str) -> http.Response:
    """Return a refusal.

    :param message: for the person who asked.
    :param reason: a word or two, for programs.
    """
    response = http.Response.make(status, f"{message}\n", PLAIN_TEXT)
    mark(response, Result.REFUSED, reason)
    return response


def mistake() -> http.Response:
    """Return the answer where a mistake of ours keeps us from judging a request; call it from the handler."""
    logger.exception("refused, since a mistake of ours kept us from judging it")
    return refusal(500, f"this request was refused: {INTERNAL_ERROR} of the proxy", INTERNAL_ERROR)


def unauthenticated(refused: Refused) -> http.Response:
    """Return the answer to a client that has not signed in."""
    if refused in (Refused.TOO_OFTEN, Refused.BUSY):
        answer = refusal(429, refused.value, "rate limit")
        answer.headers["retry-after"] = "60" if refused is Refused.TOO_OFTEN else "1"
        return answer
    answer = refusal(407, refused.value, "sign in")
    answer.headers["proxy-authenticate"] = CHALLENGE
    return answer


def own(page: OwnPage) -> http.Response:
    """Return a page of the proxy's own."""
    return http.Response.make(page.status, page.body, page.headers)


def health(draining: bool, running: int, clients: int) -> http.Response:
    """Return the answer to a health check.

    :param running: requests of clients that have not been answered completely, and WebSockets that are open.
    :param clients: connections of clients that there have been.
    """
    told = {**PLAIN_TEXT, canary.RUNNING_REQUESTS: str(running), canary.CLIENTS: str(clients)}
    if draining:
        return http.Response.make(503, "draining\n", told)
    return http.Response.make(200, "ok\n", told)
