"""What the headers of a request and of its response say, and changes to them. Decides nothing about text."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from mitmproxy import http
from mitmproxy.net.http.headers import parse_content_type

from contract.modes import Mode

# With these a browser could have its copy of a page confirmed by the origin, which knows nothing of modes.
VALIDATORS = ("content-md5", "etag", "last-modified")
CONDITIONS = ("if-modified-since", "if-none-match")
# They describe the origin's bytes.
OUTDATED = (
    "accept-ranges",
    "content-digest",
    "digest",
    "repr-digest",
    "transfer-encoding",
)


def reason_to_pass(request: http.Request, response: http.Response, mode: Mode) -> str | None:
    """Return why a response is not to be changed, or None."""
    rules: tuple[tuple[str, Callable[[], bool]], ...] = (
        ("no body", lambda: request.method == "HEAD" or response.status_code < 200),
        ("no page", lambda: response.status_code in (204, 205) or 300 <= response.status_code < 400),
        ("part of a page", lambda: response.status_code == 206),
        ("not html", lambda: not is_html(response)),
        ("mode off", lambda: mode is Mode.OFF),
    )
    return next((reason for reason, applies in rules if applies()), None)


def is_html(response: http.Response) -> bool:
    """Return whether the origin calls its response HTML."""
    parsed = parse_content_type(response.headers.get("content-type", ""))
    return parsed is not None and (parsed[0].lower(), parsed[1].lower()) == ("text", "html")


def charset(response: http.Response) -> str | None:
    """Return the charset that the origin names, or None."""
    parsed = parse_content_type(response.headers.get("content-type", ""))
    parameters = {name.lower(): value.strip("\"' ") for name, value in parsed[2].items()} if parsed else {}
    return parameters.get("charset") or None


def is_private(request: http.Request, response: http.Response) -> bool:
    """Return whether a page may be meant for one client (RFC 9111; cookies count too, as pages with them vary)."""
    directives = response.headers.get("cache-control", "").lower().split(",")
    return (
        "authorization" in request.headers
        or "cookie" in request.headers
        or "set-cookie" in response.headers
        or any(directive.partition("=")[0].strip() in ("no-store", "private") for directive in directives)
    )


def forbid_keeping(response: http.Response) -> None:
    """Have no browser keep a page that it would still show when the functions are back."""
    response.headers["cache-control"] = "no-store"


def remove(message: http.Message, names: Iterable[str]) -> None:
    """Take header fields out."""
    for name in names:
        message.headers.pop(name, None)


def replace_body(response: http.Response, raw: bytes) -> None:
    """Put another body in, and take out what described the old one."""
    remove(response, OUTDATED)
    response.trailers = None
    response.raw_content = raw
    response.headers["content-length"] = str(len(raw))
