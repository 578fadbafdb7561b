"""Calls the semantic text service: signed, over a kept connection, all texts of a page at once.

Only a page with more texts than Lambda lets through takes several calls.

The only module of this service that needs botocore, and it imports that with the first call, so that whoever only
takes pages apart does not wait for it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from contract import headers, routes
from contract.components import Function
from contract.modes import Mode, Parameters
from lambda_src.shared.errors import Detail, InvalidInputError, UnavailableError
from lambda_src.shared.tracing import Tracer

if TYPE_CHECKING:
    from botocore.awsrequest import AWSPreparedRequest, AWSResponse

SIGNED_FOR = "lambda"
CONNECT_TIMEOUT_SECONDS = 1.0
READ_TIMEOUT_SECONDS = 20.0
"""A proxy gives up long before; this only keeps a function from waiting, and being paid for, until its own end."""
TRIES = 2
"""A kept connection may have been closed by the other side just now; the call changes nothing and may be repeated."""

MOST_CHARACTERS = 500_000
"""Of one call. Each may take four bytes, and in Lambda's own JSON two more for a mode that shows it in quotes."""
MOST_TEXTS = 20_000
"""Of one call. A mode may put some dozens of bytes around each."""

TRACE = "x-amzn-trace-id"
"""Header by which AWS X-Ray joins the calls of one request.
Source: https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-tracingheader
"""


@dataclass(frozen=True)
class Caller:
    """On whose behalf a call is made.

    :param correlation_id: stands in the logs of all parts.
    :param trace: X-Ray's header of the request that is being answered; empty if there is none.
    """

    correlation_id: str
    trace: str = ""


@dataclass(frozen=True)
class Transformed:
    """Texts as a mode makes them.

    :param texts: as many as were sent, in the same order.
    :param failed: how many of them are as they were because they could not be rated.
    """

    texts: list[str]
    failed: int = 0


class TextService:
    """The semantic text service at its URL.

    :param url: base URL.
    :param tracer: told of its calls.
    """

    def __init__(self, url: str, tracer: Tracer | None = None) -> None:
        self._url = url.rstrip("/")
        self._tracer = tracer or Tracer()
        self._connections: Connections | None = None

    def transform(self, mode: Mode, texts: Sequence[str], parameters: Parameters, caller: Caller) -> Transformed:
        """Return texts as a mode makes them.

        :raises InvalidInputError: if the service says that the mode's parameters are wrong, in its own words, or that
            the texts are too many for it.
        :raises UnavailableError: if it does not answer, or not with what was asked for.
        """
        found = [self._ask(mode, part, parameters, caller) for part in _parts(texts)]
        return Transformed([text for each in found for text in each.texts], sum(each.failed for each in found))

    def _ask(self, mode: Mode, texts: Sequence[str], parameters: Parameters, caller: Caller) -> Transformed:
        self._connections = self._connections or Connections()
        head = {"content-type": "application/json", headers.CORRELATION_ID: caller.correlation_id}
        url = f"{self._url}{routes.TRANSFORM_TEXTS}"
        with self._tracer.call(Function.SEMANTIC_TEXT_SERVICE.value) as part:
            if trace := part.header or caller.trace:
                head[TRACE] = trace
            answer = self._connections.post(url, head, _question(mode, texts, parameters))
            part.answered(answer.status_code)
        return _read(answer.status_code, answer.content, expected=len(texts))


def _parts(texts: Sequence[str]) -> Iterator[Sequence[str]]:
    """Yield as many texts at a time as go into one call; one that is too long by itself goes alone."""
    start = characters = 0
    for number, text in enumerate(texts):
        if number > start and (characters + len(text) > MOST_CHARACTERS or number - start == MOST_TEXTS):
            yield texts[start:number]
            start, characters = number, 0
        characters += len(text)
    yield texts[start:]


def _question(mode: Mode, texts: Sequence[str], parameters: Parameters) -> bytes:
    question: dict[str, object] = {"mode": mode.value, "texts": list(texts)}
    if parameters.rating is not None:
        question["rating"] = parameters.rating
    if parameters.model is not None:
        question["model"] = parameters.model.value
    # Plain UTF-8: escapes would make texts in another script than Latin three times as large as they have to be.
    return json.dumps(question, ensure_ascii=False).encode(errors="replace")


class Connections:
    """Signs requests with the function's own credentials, and sends them."""

    def __init__(self) -> None:
        from botocore.httpsession import URLLib3Session
        from botocore.session import Session

        session = Session()
        self._credentials = session.get_credentials()
        self._region = session.get_config_variable("region") or "us-east-1"
        timeouts = (CONNECT_TIMEOUT_SECONDS, READ_TIMEOUT_SECONDS)
        self._http = URLLib3Session(timeout=timeouts)  # type: ignore[arg-type]  # its stub knows only one for both

    def post(self, url: str, head: dict[str, str], body: bytes) -> AWSResponse:
        """Send a request and return the answer, whatever its status.

        :raises UnavailableError: if there is none.
        """
        from botocore.exceptions import BotoCoreError, HTTPClientError

        for remaining in reversed(range(TRIES)):
            try:
                return self._http.send(self._sign(url, head, body))
            except (BotoCoreError, HTTPClientError) as error:
                if not remaining or "Timeout" in type(error).__name__:
                    reason = type(error).__name__
                    raise _unavailable(f"it cannot be reached ({reason})") from error
        raise AssertionError("unreachable: the last try returns or raises")

    def _sign(self, url: str, head: dict[str, str], body: bytes) -> AWSPreparedRequest:
        from botocore.auth import SigV4Auth
        from botocore.awsrequest import AWSRequest

        if self._credentials is None:
            raise _unavailable("this function has no credentials to sign with")
        request = AWSRequest(method="POST", url=url, headers=head, data=body)
        SigV4Auth(self._credentials.get_frozen_credentials(), SIGNED_FOR, self._region).add_auth(request)
        return request.prepare()


def _read(status: int, body: bytes, *, expected: int) -> Transformed:
    try:
        if status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
            raise InvalidInputError("too-large", "a text of the page is longer than the semantic text service takes")
        answer = json.loads(body)
        if status == InvalidInputError.status:
            raise _refused(answer["error"])
        if status != 200:
            raise _unavailable(f"it answered {status}")
        texts, failures = answer["texts"], answer.get("failures", [])
        if len(texts) != expected or not all(isinstance(text, str) for text in texts):
            raise _unavailable("it answered with other texts than it was asked for")
        return Transformed(texts, len(failures))
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise _unavailable(f"it answered {status} with something else than was agreed") from error


def _refused(error: dict[str, Any]) -> InvalidInputError:
    """Return what the service finds wrong; its texts are ours, so only what is said about parameters is passed on."""
    details = [Detail(**each) for each in error["details"] if not each["path"].startswith("body.texts")]
    return InvalidInputError(error["code"], error["message"], details)


def _unavailable(why: str) -> UnavailableError:
    return UnavailableError("texts-unavailable", f"the texts could not be transformed by the semantic service: {why}")
