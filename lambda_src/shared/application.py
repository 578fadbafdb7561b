"""What all functions do alike: routing, health, correlation id, size bound, error replies and one log line per request.

A service adds its routes with :meth:`Application.route` and nothing else. No page content, query or body is ever
logged: an error that is not foreseen is logged by its type and the lines it passed, never by its message, which may
quote what was being read.
"""

from __future__ import annotations

import base64
import binascii
import json
import platform
import re
import traceback
from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.event_handler import LambdaFunctionUrlResolver, Response
from aws_lambda_powertools.metrics import EphemeralMetrics, MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext
from pydantic import BaseModel

from contract import headers, metrics, routes
from contract.metrics import Metric
from lambda_src.shared.errors import Detail, InvalidInputError, NotFoundError, ServiceError, WrongMethodError
from lambda_src.shared.operations import Content, Operation
from lambda_src.shared.settings import ServiceSettings
from lambda_src.shared.validation import parse_json, parse_query, shorten

JSON = "application/json"

MAX_REPLY_BYTES = 6 * 1024 * 1024 - 4096
"""Lambda lets 6 MB through; the rest is for the reply's headers."""

_CORRELATION_ID = re.compile(r"[A-Za-z0-9._:=/+-]{1,128}")
_LONGEST_LOGGED_PATH = 200


class Application:
    """A function's HTTP interface; an instance is the Lambda handler.

    :param settings: who the function is.
    :param max_body_bytes: larger bodies are refused before they are parsed.
    :param facts: what `/info/status` tells beside version and runtime, for example limits. Nothing secret.
    :param logger: where the log goes; standard output if none is given.
    """

    def __init__(
        self,
        settings: ServiceSettings,
        *,
        max_body_bytes: int,
        facts: Mapping[str, str | int] | None = None,
        logger: Logger | None = None,
    ) -> None:
        self._settings = settings
        self._max_body_bytes = max_body_bytes
        self._facts = {"max_body_bytes": max_body_bytes, **(facts or {})}
        self.logger = logger or Logger(service=settings.name)
        self.logger.append_keys(environment=settings.environment, version=settings.version)
        self._metrics = EphemeralMetrics(namespace=metrics.OWN_NAMESPACE, service=settings.name)
        self._metrics.set_default_dimensions(environment=settings.environment)
        self._has_measured = False
        self.resolver = LambdaFunctionUrlResolver()
        self._operations: list[Operation] = []
        self._tellers: dict[str, Callable[[ServiceError], Response[str]]] = {}
        self.route("GET", routes.HEALTH, "Say whether the service answers.")(self._health)
        self.route("GET", routes.STATUS, "Say which version runs where, and within which bounds.")(self._status)
        self.route("GET", routes.OPENAPI, "Describe all routes as OpenAPI.")(self._openapi)
        self.resolver.not_found(self._no_such_route)
        self.resolver.exception_handler(ServiceError)(self._error_reply)
        self.resolver.exception_handler(Exception)(self._unexpected)

    def __call__(self, event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
        """Answer one function URL event (payload format 2.0)."""
        correlation_id = _correlation_id(event)
        self.logger.set_correlation_id(correlation_id)
        reply = _bounded(self.resolver.resolve(event, context))
        reply["headers"][headers.CORRELATION_ID] = correlation_id
        self._log(event, reply)
        if self._has_measured:
            self._metrics.flush_metrics()
            self._has_measured = False
        return reply

    def measure(self, metric: Metric, value: float) -> None:
        """Count something; it goes to CloudWatch by way of the log, at the end of the current request.

        :param metric: one of the functions' own.
        """
        self._metrics.add_metric(metric.name, MetricUnit.Count, value)
        self._has_measured = True

    def route(
        self,
        method: str,
        path: str,
        summary: str,
        *,
        body: Content = None,
        query: type[BaseModel] | None = None,
        reply: Content = None,
    ) -> Callable[[Callable[..., Response[str] | BaseModel]], Callable[..., Response[str] | BaseModel]]:
        """Register a function for a route; use it as a decorator.

        The function is called with what varies in the path, by its names, and with `body` and `query`, checked, where
        those are given. It returns the reply's model, or a whole response.

        :param path: as in :mod:`contract.routes`.
        :param summary: what it does, for the OpenAPI document.
        :param body: model of a JSON body, or `BINARY` for bytes.
        :param query: model of the query string.
        :param reply: model of the answer, or `BINARY`; None where no model describes it.
        """

        def register(
            function: Callable[..., Response[str] | BaseModel],
        ) -> Callable[..., Response[str] | BaseModel]:
            def answer(**given: object) -> Response[str]:
                correlation_id = str(self.logger.get_correlation_id())
                with self._settings.tracer.request(f"{method} {path}", correlation_id) as part:
                    if query is not None:
                        given["query"] = self.query(query)
                    if body is not None:
                        given["body"] = self.json_body(body) if isinstance(body, type) else self.raw_body()
                    result = function(**given)
                    reply = json_reply(result) if isinstance(result, BaseModel) else result
                    part.answered(reply.status_code)
                    return reply

            self.resolver.route(route_rule(path), method)(answer)
            self._operations.append(Operation(method, path, summary, body, query, reply, function))
            return function

        return register

    def tell_errors(self, below: str, tell: Callable[[ServiceError], Response[str]]) -> None:
        """Answer errors at a path, and at all paths below it, otherwise than in JSON.

        :param tell: returns the reply; it must not fail.
        """
        self._tellers[below] = tell

    @property
    def operations(self) -> Sequence[Operation]:
        """Return what there is, in the order in which it was registered."""
        return tuple(self._operations)

    def raw_body(self) -> bytes:
        """Return the bytes of the current request's body.

        :raises InvalidInputError: if there are too many, or it is not the base64 that Lambda says it is.
        """
        event = self.resolver.current_event
        try:
            body = base64.b64decode(event.body or "", validate=True) if event.is_base64_encoded else event.body or ""
        except binascii.Error as error:
            raise InvalidInputError("invalid-body", "the body is announced as base64 and is not") from error
        data = body.encode() if isinstance(body, str) else body
        if len(data) > self._max_body_bytes:
            problem = f"the body has {len(data)} bytes and at most {self._max_body_bytes} are accepted"
            raise InvalidInputError("too-large", problem, [Detail("body", problem, len(data), self._max_body_bytes)])
        return data

    def json_body[Model: BaseModel](self, model: type[Model]) -> Model:
        """Return the current request's body, read as JSON.

        :raises InvalidInputError: if it is too large, no JSON or does not fit the model.
        """
        return parse_json(model, self.raw_body())

    def query[Model: BaseModel](self, model: type[Model]) -> Model:
        """Return the current request's query.

        :raises InvalidInputError: if it does not fit the model.
        """
        return parse_query(model, self.resolver.current_event.query_string_parameters or {})

    def header(self, name: str, default: str) -> str:
        """Return a header of the current request."""
        return self.resolver.current_event.headers.get(name) or default

    def _health(self) -> Response[str]:
        return json_reply({"status": "ok", "service": self._settings.name, "version": self._settings.version})

    def _status(self) -> Response[str]:
        identity = {"service": self._settings.name, "version": self._settings.version}
        running = {"environment": self._settings.environment, "python": platform.python_version()}
        return json_reply({"status": "ok", **identity, **running, "facts": self._facts})

    def _openapi(self) -> Response[str]:
        from lambda_src.shared.openapi import describe

        return json_reply(describe(self._settings, self._operations))

    def _no_such_route(self, _: Exception) -> Response[str]:
        event = self.resolver.current_event
        asked = f"{event.http_method} {shorten(event.path)}"
        allowed = sorted({each.method for each in self._operations if _fits(each.path, event.path)})
        if event.http_method in allowed or not allowed:  # with that method, its names can be none
            return self._error_reply(NotFoundError("no-such-route", f"there is no route {asked}; see {routes.OPENAPI}"))
        methods = ", ".join(allowed)
        problem = f"there is no route {asked}, only {methods}; see {routes.OPENAPI}"
        reply = self._error_reply(WrongMethodError("wrong-method", problem))
        # Source: RFC 9110, section 15.5.6.
        reply.headers["allow"] = methods
        return reply

    def _unexpected(self, error: Exception) -> Response[str]:
        lines = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(error.__traceback__)]
        self.logger.error("request failed unexpectedly", extra={"error": type(error).__name__, "passed": lines})
        message = f"the service failed; its log has more under correlation id {self.logger.get_correlation_id()}"
        return self._error_reply(ServiceError("internal", message))

    def _error_reply(self, error: ServiceError) -> Response[str]:
        path = self.resolver.current_event.path
        for below, tell in self._tellers.items():
            if path == below or path.startswith(f"{below}/"):
                return tell(error)
        return json_reply(error.to_dict(), error.status)

    def _log(self, event: dict[str, Any], reply: Mapping[str, Any]) -> None:
        request = {
            "method": event["requestContext"]["http"]["method"],
            "path": event["rawPath"][:_LONGEST_LOGGED_PATH],
            "status": reply["statusCode"],
        }
        level: Callable[..., None] = self.logger.error if reply["statusCode"] >= 500 else self.logger.info
        level("request answered", extra=request)


def route_rule(path: str) -> str:
    """Turn a path of :mod:`contract.routes` into a rule for Powertools: `{name}` becomes `<name>`."""
    return path.replace("{", "<").replace("}", ">")


def json_reply(body: Mapping[str, object] | BaseModel, status: HTTPStatus = HTTPStatus.OK) -> Response[str]:
    """Return a reply whose body is JSON."""
    text = body.model_dump_json() if isinstance(body, BaseModel) else json.dumps(body)
    return Response(status_code=status.value, content_type=JSON, body=text)


def bytes_reply(data: bytes, content_type: str) -> Response[str]:
    """Return a reply whose body is these bytes, whatever their type: Powertools itself would encode `bytes` as JSON."""
    reply = Response(status_code=HTTPStatus.OK.value, content_type=content_type, body=base64.b64encode(data).decode())
    reply.base64_encoded = True
    return reply


def _fits(path: str, asked: str) -> bool:
    """Return whether a path with `{name}` for what varies is the one that was asked for."""
    parts, given = path.split("/"), asked.split("/")
    return len(parts) == len(given) and all(
        part == found or (part.startswith("{") and found) for part, found in zip(parts, given, strict=True)
    )


def _bounded(reply: dict[str, Any]) -> dict[str, Any]:
    """Return the reply, or an error that says why not where Lambda would answer 502 in its place.

    Source: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
    """
    body = reply["body"] or ""
    # Lambda counts the reply as JSON, in which a character may take up to six bytes.
    if len(body) * 6 <= MAX_REPLY_BYTES or len(json.dumps(body, ensure_ascii=False).encode()) <= MAX_REPLY_BYTES:
        return reply
    problem = f"the answer has {len(body)} characters, and Lambda lets {MAX_REPLY_BYTES} bytes through"
    error = InvalidInputError("reply-too-large", f"{problem}; ask for less at once", [Detail("body", problem)])
    written = {"body": json.dumps(error.to_dict()), "headers": {"Content-Type": JSON}, "isBase64Encoded": False}
    return {**reply, **written, "statusCode": error.status.value}


def _correlation_id(event: Mapping[str, Any]) -> str:
    """Take the caller's id where it is harmless in a header and a log, else Lambda's own id of the request."""
    given = str(event.get("headers", {}).get(headers.CORRELATION_ID, ""))
    return given if _CORRELATION_ID.fullmatch(given) else str(event["requestContext"]["requestId"])
