"""Calls of a function as Lambda makes them, without Lambda."""

from __future__ import annotations

import base64
import contextlib
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, cast

from aws_lambda_powertools.utilities.typing import LambdaContext

from bench.measure import BenchmarkError
from lambda_src.shared.application import Application


@dataclass(frozen=True)
class Call:
    """A call of a route that does what it is for.

    :param path: with `{name}` for what varies.
    :param given: what stands there.
    :param headers: beside the usual ones.
    :param cookies: `name=value`.
    :param status: of the answer.
    """

    method: str
    path: str
    given: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    cookies: Sequence[str] = ()
    status: HTTPStatus = HTTPStatus.OK

    @property
    def name(self) -> str:
        return f"{self.method} {self.path}"

    def event(self) -> dict[str, Any]:
        """Return what Lambda hands over (payload format 2.0)."""
        path = self.path.format(**self.given)
        signer = {"authorizer": {"iam": {"userArn": "arn:aws:iam::123456789012:user/measured"}}}
        http = {"http": {"method": self.method, "path": path, "sourceIp": "127.0.0.1"}}
        return {
            "version": "2.0",
            "rawPath": path,
            "rawQueryString": "",
            "headers": {"content-type": "application/json", **self.headers},
            "cookies": list(self.cookies),
            "queryStringParameters": dict(self.query),
            "requestContext": {**signer, **http, "requestId": "1", "stage": "$default"},
            "body": base64.b64encode(self.body).decode(),
            "isBase64Encoded": True,
        }


def answered(app: Application, call: Call) -> dict[str, Any]:
    """Call a function as Lambda does.

    :raises BenchmarkError: if it does not do what it is asked.
    """
    with contextlib.redirect_stdout(io.StringIO()):  # metrics go there
        reply = app(call.event(), cast(LambdaContext, None))
    if reply["statusCode"] != call.status:
        raise BenchmarkError(f"{call.name} answered {reply['statusCode']}: {str(reply['body'])[:500]}")
    return reply
