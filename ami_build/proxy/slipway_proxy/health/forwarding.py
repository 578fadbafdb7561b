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
COOKIES = "slipway-"
"""What the names of the dashboard's cookies begin with; a browser has others from whatever else was on its loopback."""

# No segment begins with a point, so none means another folder.
_BELOW_DASHBOARD = re.compile(rf"{routes.DASHBOARD}(?:/[A-Za-z0-9_-][A-Za-z0-9._-]*)*")


async def forward(functions: FunctionClient, request: Request) -> Response:
    """Return the function's answer to a request."""
    path, query = request.url.path, request.url.query
    if path.startswith(routes.DASHBOARD) and not _BELOW_DASHBOARD.fullmatch(path):
        return PlainTextResponse("there is no such page\n", status_code=404)
    if len(query) > LONGEST_QUERY:
        problem = f"the query has {len(query)} characters, {LONGEST_QUERY} are allowed\n"
        return PlainTextResponse(problem, status_code=414)
    body = await _body(request)
    if body is None:
        return PlainTextResponse(f"a form may have {LONGEST_BODY_BYTES} bytes\n", status_code=413)
    # Signature Version 4 signs a query as it is written here, and not as any browser writes it.
    written = urlencode(parse_qsl(query, keep_blank_values=True), quote_via=quote)
    target = f"{path}?{written}" if written else path
    try:
        answer = await functions.send(
            Function.PROXY_MANAGEMENT, request.method, target, headers=_asked(request), body=body
        )
    except httpx.HTTPError as error:
        return PlainTextResponse(
            f"the proxy-management function cannot be reached: {str(error) or type(error).__name__}\n", status_code=502
        )
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
    own = {name: value for name, value in request.cookies.items() if name.startswith(COOKIES)}
    cookie = {"cookie": "; ".join(f"{name}={value}" for name, value in own.items())} if own else {}
    origin = {ADMIN_ORIGIN: f"{request.url.scheme}://{request.headers['host'].lower()}"}
    return {**_listed(request.headers, TO_THE_FUNCTION), **cookie, **origin}


def _answered(answer: httpx.Response) -> Response:
    response = Response(answer.content, status_code=answer.status_code, headers=_listed(answer.headers, TO_THE_BROWSER))
    location = answer.headers.get("location", "")
    if location.startswith(routes.DASHBOARD):
        response.headers["location"] = location
    for cookie in answer.headers.get_list("set-cookie"):
        if cookie.startswith(COOKIES):
            response.headers.append("set-cookie", cookie)
    return response


def _listed(headers: Mapping[str, str], names: tuple[str, ...]) -> dict[str, str]:
    return {name: headers[name] for name in names if name in headers}
