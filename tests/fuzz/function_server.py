"""A function's application as a WSGI application: each request becomes the event that its URL would send."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import parse_qsl

Handler = Callable[[dict[str, Any], Any], dict[str, Any]]


def as_wsgi(handler: Handler) -> Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]:
    """Return the application; bodies go in base64, as Lambda sends all that is not text."""

    def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        reply = handler(_event(environ), None)
        body = reply["body"] or ""
        data = base64.b64decode(body) if reply.get("isBase64Encoded") else body.encode()
        headers = [(name, str(value)) for name, value in reply["headers"].items()]
        headers += [("set-cookie", cookie) for cookie in reply.get("cookies") or ()]
        start_response(f"{reply['statusCode']} -", headers)
        return [data]

    return application


def _event(environ: dict[str, Any]) -> dict[str, Any]:
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    head = {name[5:].lower().replace("_", "-"): value for name, value in environ.items() if name.startswith("HTTP_")}
    # Lambda joins the values of a name that comes several times.
    query: dict[str, str] = {}
    for name, value in parse_qsl(environ.get("QUERY_STRING", ""), keep_blank_values=True):
        query[name] = f"{query[name]},{value}" if name in query else value
    http = {"method": environ["REQUEST_METHOD"], "path": environ["PATH_INFO"], "sourceIp": "127.0.0.1"}
    return {
        "version": "2.0",
        "rawPath": environ["PATH_INFO"],
        "rawQueryString": environ.get("QUERY_STRING", ""),
        "queryStringParameters": query,
        "headers": head | {"content-type": environ.get("CONTENT_TYPE", "")},
        "requestContext": {"http": http, "requestId": "request-id", "stage": "$default"},
        "body": base64.b64encode(body).decode(),
        "isBase64Encoded": True,
    }
