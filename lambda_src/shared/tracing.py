"""Parts of a trace: which route was taken, which calls it made, how long each took and how it ended.

Lambda makes a segment of each call that it samples; what happens inside is told to the X-Ray daemon beside the function
as subsegments, one datagram each. Where there is no daemon, or a call is not sampled, nothing is made and nothing sent.
Nothing of what users send ever gets into a trace: no path but a route's, no key, no text, no error's message.

Powertools' tracer and the SDK under it are not used: their import takes as long as all that a function needs otherwise.
Source: https://docs.aws.amazon.com/xray/latest/devguide/xray-api-segmentdocuments.html
"""

from __future__ import annotations

import json
import os
import re
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Literal

from lambda_src.shared.errors import ServiceError

if TYPE_CHECKING:
    from botocore.client import BaseClient

DAEMON_ADDRESS = "AWS_XRAY_DAEMON_ADDRESS"
TRACE_HEADER = "_X_AMZN_TRACE_ID"
"""Variables of Lambda's own; the second is another one in each call.
Source: https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime
"""

PROTOCOL = b'{"format": "json", "version": 1}\n'
"""What goes before a document.
Source: https://docs.aws.amazon.com/xray/latest/devguide/xray-api-sendingdata.html#xray-api-daemon
"""

LONGEST_NAME = 200
_NOT_IN_NAMES = re.compile(r"[^\w\s.:/%&#=+\\@-]")

PART = "slipway_part"
"""Under which a client's call carries its part of the trace."""

type Namespace = Literal["aws", "remote"]
"""Of a call: to AWS by its SDK, or to somebody else."""

type Send = Callable[[bytes], None]


class Part:
    """One thing that took time; ended once.

    :param header: what tells a callee that it is called on behalf of this; empty where nothing is traced.
    """

    def __init__(self, header: str = "", document: dict[str, Any] | None = None, tracer: Tracer | None = None) -> None:
        self.header = header
        self._document = document or {}
        self._tracer = tracer

    @property
    def identifier(self) -> str:
        """Return the name of this in its trace, 16 hexadecimal digits; empty where nothing is traced."""
        return str(self._document.get("id", ""))

    def answered(self, status: int, **about: Mapping[str, object]) -> None:
        """Note how it was answered.

        :param about: further fields of the document, for example `aws`.
        """
        self._document["http"] = {"response": {"status": status}}
        self._document |= {name: {**self._document.get(name, {}), **fields} for name, fields in about.items()}
        if status == HTTPStatus.TOO_MANY_REQUESTS:
            self._document["throttle"] = True
        if status >= 400:
            self._document["error" if status < 500 else "fault"] = True

    def failed(self, error: BaseException) -> None:
        """Note that it failed, and with what kind of error; its message may quote what a user has sent."""
        if isinstance(error, ServiceError):
            self.answered(error.status)
        else:
            self._document["fault"] = True
        name = type(error).__name__
        exception = {"id": os.urandom(8).hex(), "type": name, "message": name}
        self._document["cause"] = {"working_directory": "", "paths": [], "exceptions": [exception]}

    def end(self) -> None:
        """Send it."""
        if self._tracer is not None:
            self._tracer.send(self._document)


class Tracer:
    """Tells the daemon what happens in the calls of one function, which serves one at a time.

    :param header: returns the trace header of the current call, `Root=…;Parent=…;Sampled=…`, or an empty text.
    :param send: hands a datagram to the daemon; None where there is none.
    :param clock: seconds since 1970.
    """

    def __init__(
        self, header: Callable[[], str] = str, send: Send | None = None, clock: Callable[[], float] = float
    ) -> None:
        self._header = header
        self._send = send
        self._clock = clock
        self._within = ""

    @classmethod
    def read(cls, variables: Mapping[str, str], clock: Callable[[], float]) -> Tracer:
        """Return the tracer that a function's environment asks for.

        :param variables: read anew for each call, as Lambda changes them.
        :param clock: seconds since 1970.
        """
        host, _, port = variables.get(DAEMON_ADDRESS, "").rpartition(":")
        send = _datagrams(host, int(port)) if host and port.isdecimal() else None
        return cls(lambda: variables.get(TRACE_HEADER, ""), send, clock)

    @contextmanager
    def request(self, name: str, correlation_id: str) -> Iterator[Part]:
        """Trace a request: what is called while it lasts is part of it.

        :param name: the route, with the names of what varies in it.
        """
        part = self._begin(name, "", {"annotations": {"correlation_id": correlation_id}})
        self._within = part.identifier
        try:
            with _ended(part):
                yield part
        finally:
            self._within = ""

    @contextmanager
    def call(self, name: str, namespace: Namespace = "remote") -> Iterator[Part]:
        """Trace a call of somebody else.

        :param name: who is called.
        """
        with _ended(self.begin(name, namespace)) as part:
            yield part

    def begin(self, name: str, namespace: Namespace, **about: Mapping[str, object]) -> Part:
        """Return a call of somebody else, to be ended by the caller.

        :param about: further fields of the document, for example `aws`.
        """
        return self._begin(name, self._within, {"namespace": namespace, **about})

    def _begin(self, name: str, parent: str, fields: Mapping[str, object]) -> Part:
        told = dict(part.partition("=")[::2] for part in self._header().split(";"))
        if self._send is None or told.get("Sampled") != "1" or not (parent or told.get("Parent")):
            return Part()
        identifier = os.urandom(8).hex()
        document = {
            "name": _NOT_IN_NAMES.sub("-", name)[:LONGEST_NAME],
            "id": identifier,
            "trace_id": told.get("Root", ""),
            "parent_id": parent or told["Parent"],
            "type": "subsegment",
            "start_time": self._clock(),
            **fields,
        }
        return Part(f"Root={document['trace_id']};Parent={identifier};Sampled=1", document, self)

    def send(self, document: Mapping[str, object]) -> None:
        """Send a part that has ended; a trace that is lost harms nobody, so an error is no error of the request."""
        if self._send is not None:
            try:
                self._send(PROTOCOL + json.dumps({**document, "end_time": self._clock()}).encode())
            except OSError:
                return


def trace_client(client: BaseClient, tracer: Tracer) -> None:
    """Trace the calls that a client of AWS makes, each as a whole with what it tries again.

    :param client: botocore's; its events are described in
        https://docs.aws.amazon.com/boto3/latest/guide/events.html.
    """
    service = client.meta.service_model.service_id
    events, region = client.meta.events, client.meta.region_name

    def begin(model: Any, context: dict[str, Any], **_: object) -> None:
        about = {"operation": model.name, "region": region}
        context[PART] = tracer.begin(str(service), "aws", aws=about)

    def end(parsed: Mapping[str, Any], context: dict[str, Any], **_: object) -> None:
        told = parsed.get("ResponseMetadata", {})
        about = {"request_id": told.get("RequestId", ""), "retries": told.get("RetryAttempts", 0)}
        part: Part = context.pop(PART, Part())
        part.answered(told.get("HTTPStatusCode", HTTPStatus.OK), aws=about)
        part.end()

    def fail(exception: BaseException, context: dict[str, Any], **_: object) -> None:
        part: Part = context.pop(PART, Part())
        part.failed(exception)
        part.end()

    events.register("before-call", begin)
    events.register("after-call", end)
    events.register("after-call-error", fail)


@contextmanager
def _ended(part: Part) -> Iterator[Part]:
    try:
        yield part
    except Exception as error:
        part.failed(error)
        raise
    finally:
        part.end()


def _datagrams(host: str, port: int) -> Send:
    """Return what sends to the daemon; each time by a new socket, which takes microseconds and outlives nothing."""

    def send(data: bytes) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            sender.setblocking(False)
            sender.sendto(data, (host, port))

    return send
