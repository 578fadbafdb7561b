"""Passes what a browser asks the admin port on to the proxy-management function, and its answers back.

Only paths of the dashboard and of what it shows, only headers that are listed here, and bodies of forms only. It knows
nobody: the function asks people to sign in, and is told in a header of ours that a browser asks and where that is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import parse_qsl, quote, urlencode

import httpx
from fastapi import Request, Response
from fastapi.responses import PlainTextResponse

from contract import routes
from contract.components import Function
from contract.headers import ADMIN_ORIGIN
from slipway_proxy.health.functions import FunctionClient

LONGEST_BODY_BYTES = 64 * 1024
LONGEST_QUERY = 2048

TO_THE_FUNCTION = ("accept", "content-type", "origin", "hx-request")
TO_THE_BROWSER = (
    "cache-control",
    "content-security-policy",
    "content-type",
    "cross-origin-opener-policy",
    "hx-redirect",
    "referrer-policy",
    "retry-after",
    "x-content-type-options",
)
UNLESS_SAID = {"cache-control": "no-store", "x-content-type-options": "nosniff"}
"""What a browser is told where the function does not say otherwise: what stands here is for who asked just now."""

# The dashboard's cookies; a browser has others from whatever else was on its loopback.
_COOKIE = re.compile(r"slipway-[A-Za-z0-9-]+-(?:session|form|browser)")
_COOKIE_VALUE = re.compile(r"[A-Za-z0-9._-]+")
# No segment begins with a point, so none means another folder.
_BELOW_DASHBOARD = re.compile(rf"{routes.DASHBOARD}(?:/[A-Za-z0-9_-][A-Za-z0-9._-]*)*")


async def forward(functions: FunctionClient, request: Request) -> Response:
    """Return the function's answer to a request."""
    path, query = request.url.path.removesuffix("/"), request.url.query
    if path.startswith(routes.DASHBOARD) and not _BELOW_DASHBOARD.fullmatch(path):
        return _problem(404, "there is no such page")
    if len(query) > LONGEST_QUERY:
        return _problem(414, f"the query has {len(query)} characters, {LONGEST_QUERY} are allowed")
    body = await _body(request)
    if body is None:
        return _problem(413, f"a form may have {LONGEST_BODY_BYTES} bytes")
    # Signature Version 4 signs a query as it is written here, and not as any browser writes it.
    written = urlencode(parse_qsl(query, keep_blank_values=True), quote_via=quote)
    target = f"{path}?{written}" if written else path
    try:
        answer = await functions.send(
            Function.PROXY_MANAGEMENT, request.method, target, headers=_asked(request), body=body
        )
    except httpx.HTTPError as error:
        return _problem(502, f"the proxy-management function cannot be reached: {str(error) or type(error).__name__}")
    return _answered(answer)


async def _body(request: Request) -> bytes | None:
    """Return the body, None if it is too large."""
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > LONGEST_BODY_BYTES:
            return None
    return body


def _asked(request: Request) -> dict[str, str]:
    own = [
        f"{name}={value}"
        for name, value in request.cookies.items()
        if _COOKIE.fullmatch(name) and _COOKIE_VALUE.fullmatch(value)
    ]
    cookie = {"cookie": "; ".join(own)} if own else {}
    # Never left out: without it, the function would take whoever sits at the browser for a program that AWS knows.
    origin = {ADMIN_ORIGIN: f"{request.url.scheme}://{request.headers['host'].lower()}"}
    return {**_listed(request.headers, TO_THE_FUNCTION), **cookie, **origin}


def _answered(answer: httpx.Response) -> Response:
    headers = UNLESS_SAID | _listed(answer.headers, TO_THE_BROWSER)
    response = Response(answer.content, status_code=answer.status_code, headers=headers)
    location = answer.headers.get("location", "")
    if location.startswith(routes.DASHBOARD):
        response.headers["location"] = location
    for cookie in answer.headers.get_list("set-cookie"):
        if _COOKIE.fullmatch(cookie.partition("=")[0]):
            response.headers.append("set-cookie", cookie)
    return response


def _problem(status: int, text: str) -> Response:
    return PlainTextResponse(f"{text}\n", status_code=status, headers=UNLESS_SAID)


def _listed(headers: Mapping[str, str], names: tuple[str, ...]) -> dict[str, str]:
    """Return those of the names, without values that could not be sent on: a header is printable ASCII here."""
    found = {name: headers[name] for name in names if name in headers}
    return {name: value for name, value in found.items() if value.isascii() and value.isprintable()}
