"""How to add an AWS service to the emulator that only answers questions; and what services say that are not there.

A service is a table from operations to functions of a request. Requests come as JSON with `X-Amz-Target`, as those of
most such services do; one with REST paths needs more than this.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import escape

from emulator.plugin.borrowed import borrow, replace

_app = borrow("app", "SERVICE_HANDLERS")
_router = borrow("core.router", "SERVICE_PATTERNS", "_is_aws_service_name")
_actions = borrow("core.iam_actions", "SERVICE_TO_IAM_NAMESPACE")

NOT_EMULATED = "NotImplemented"
"""What S3 calls it as well; together with this status the SDKs do not try again."""

NOT_EMULATED_STATUS = 501

Json = dict[str, Any]
Operation = Callable[[Json], Json]
"""Gets the request and returns the reply, both as the API's JSON; raises :class:`ServiceError` to refuse."""

Response = tuple[int, dict[str, str], bytes]
Handler = Callable[[str, str, Mapping[str, str], bytes, Mapping[str, Any]], Any]


class ServiceError(Exception):
    """A service refuses a request.

    :param code: the error's name in the API.
    :param status: HTTP status.
    """

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.code = code
        self.status = status


@dataclass(frozen=True)
class Service:
    """One service.

    :param scope: the name that its requests are signed with, which is also the prefix of its IAM actions.
    :param name: what to call it in messages.
    :param operations: by their names in the API.
    """

    scope: str
    name: str
    operations: Mapping[str, Operation]


def register(service: Service) -> None:
    """Add a service to the emulator; its requests need permission like those of any other."""

    async def handle(_method: str, _path: str, headers: Mapping[str, str], body: bytes, _query: object) -> Response:
        return answer(service, headers, body)

    _router.SERVICE_PATTERNS[service.scope] = {"host_patterns": [], "credential_scope": service.scope}
    _actions.SERVICE_TO_IAM_NAMESPACE[service.scope] = service.scope
    _app.SERVICE_HANDLERS[service.scope] = handle


def answer(service: Service, headers: Mapping[str, str], body: bytes) -> Response:
    """Do one request of a service."""
    name = headers.get("x-amz-target", "").rpartition(".")[2]
    operation = service.operations.get(name)
    if operation is None:
        known = ", ".join(sorted(service.operations))
        text = f"{name or 'this request'} of {service.name} is not emulated; of this service there are {known}"
        return refusal(headers, body, ServiceError(NOT_EMULATED, text, NOT_EMULATED_STATUS))
    try:
        return _json(200, operation(json.loads(body or b"{}")))
    except ServiceError as error:
        return refusal(headers, body, error)


def refusal(headers: Mapping[str, str], body: bytes, error: ServiceError) -> Response:
    """Return an error in the form of the protocol in which the request came: query, or one of those with JSON."""
    is_query = "x-www-form-urlencoded" in headers.get("content-type", "") or body.startswith(b"Action=")
    if not is_query:
        status, content, text = _json(error.status, {"__type": error.code, "message": str(error)})
        return status, {**content, "x-amzn-errortype": error.code}, text
    kind = "Sender" if error.status < 500 else "Receiver"
    told = f"<Type>{kind}</Type><Code>{error.code}</Code><Message>{escape(str(error))}</Message>"
    xml = f"<ErrorResponse><Error>{told}</Error><RequestId>{uuid.uuid4()}</RequestId></ErrorResponse>"
    return error.status, {"Content-Type": "text/xml"}, xml.encode()


def _json(status: int, content: Json) -> Response:
    return status, {"Content-Type": "application/x-amz-json-1.1"}, json.dumps(content).encode()


def page[T](items: Sequence[T], request: Json, most: int) -> tuple[Sequence[T], Json]:
    """Return the part of a long list that a request asks for, and the `NextToken` that leads to the rest.

    :param most: items where the request does not say.
    :raises ServiceError: for a token that is none of ours.
    """
    token = request.get("NextToken") or "0"
    if not token.isdecimal():
        raise ServiceError("InvalidPaginationTokenException", f"{token!r} is no token of this list")
    start, size = int(token), int(request.get("MaxResults") or most)
    rest = {"NextToken": str(start + size)} if start + size < len(items) else {}
    return items[start : start + size], rest


class _Handlers(dict[str, Handler]):
    """The emulator's handlers by service; for one that it lacks, a handler that says so."""

    def get(self, service: str, default: Any = None) -> Any:
        return super().get(service) or default or _absent(service)


def _absent(service: str) -> Handler:
    async def handle(
        _method: str, _path: str, headers: Mapping[str, str], body: bytes, _query: Mapping[str, Any]
    ) -> Response:
        text = f"the service {service} is not emulated; docs/emulator.md says what is"
        return refusal(headers, body, ServiceError(NOT_EMULATED, text, NOT_EMULATED_STATUS))

    return handle


def install() -> None:
    """Have services that the emulator lacks answered with an error that says so."""
    replace(_app, "SERVICE_HANDLERS", _Handlers)
    # What a request was signed for is a service; the emulator would look it up in all of botocore's, for seconds.
    replace(_router, "_is_aws_service_name", lambda _original: bool)
