"""The proxy's calls to the four functions, over kept connections and signed.

Translates between plain values and HTTP, nothing more: when to call, and what a failure means for a page, is decided
in `pipeline`.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from contract import headers, routes
from contract.components import Function
from contract.modes import Mode
from contract.statistics import StatisticsSnapshot
from slipway_proxy.signing import Signer, SigningError, join

JSON = "application/json"
BINARY = "application/octet-stream"
# A kept connection may have been closed by the other side just as we used it; all our calls may be repeated safely.
TRIES = 2


class FunctionError(Exception):
    """A function did not do what it was asked; the message is a short reason without any content of the page."""


class FunctionUnavailableError(FunctionError):
    """The function is down, overloaded or not reachable: the next page will not fare better."""


@dataclass(frozen=True)
class Answer:
    """What a function answered, whatever the status."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class CachedPage:
    """A page from the cache service.

    :param seconds: for how long it may still be served.
    """

    body: bytes
    seconds: float


class FunctionCaller:
    """Signed HTTP calls to functions by name.

    :param session: keeps connections; limits belong to its connector.
    :param signer: signs each call.
    :param urls: base URL of each function.
    """

    def __init__(self, session: aiohttp.ClientSession, signer: Signer, urls: Mapping[Function, str]) -> None:
        self._session = session
        self._signer = signer
        self._urls = urls

    async def call(
        self,
        function: Function,
        method: str,
        path: str,
        *,
        body: bytes = b"",
        content_type: str = JSON,
        correlation_id: str = "",
    ) -> Answer:
        """Return the answer, whatever its status.

        :raises FunctionUnavailableError: if there is none.
        """
        url = join(self._urls[function], path)
        plain = {"content-type": content_type, headers.CORRELATION_ID: correlation_id}
        try:
            signed = await self._signer.headers(method, url, plain, body)
            return await self._send(method, url, signed, body)
        except SigningError as error:
            raise FunctionUnavailableError("no credentials") from error
        except aiohttp.ClientError as error:
            raise FunctionUnavailableError(f"{function.value} cannot be reached") from error

    async def _send(self, method: str, url: str, signed: Mapping[str, str], body: bytes) -> Answer:
        for remaining in reversed(range(TRIES)):
            try:
                async with self._session.request(
                    method, url, headers=signed, data=body, allow_redirects=False
                ) as response:
                    return Answer(response.status, await response.read(), response.headers)
            except aiohttp.ServerDisconnectedError:
                if not remaining:
                    raise
        raise AssertionError("unreachable: the last try returns or raises")


class PageServices:
    """The functions as the pipeline needs them.

    :param caller: makes the calls.
    """

    def __init__(self, caller: FunctionCaller) -> None:
        self._caller = caller

    async def segments(self, html: bytes, charset: str | None, correlation_id: str) -> list[str]:
        """Return the texts of a page, in document order."""
        question = {"html": base64.b64encode(html).decode("ascii"), "charset": charset}
        answer = await self._ask(Function.HTML_SERVICE, routes.HTML_TO_SEGMENTS, question, correlation_id)
        return _texts(Function.HTML_SERVICE, answer, "segments")

    async def transform(self, mode: Mode, texts: Sequence[str], correlation_id: str) -> list[str]:
        """Return the texts as `mode` makes them: as many, in the same order."""
        question = {"mode": mode.value, "texts": list(texts)}
        answer = await self._ask(Function.SEMANTIC_TEXT_SERVICE, routes.TRANSFORM_TEXTS, question, correlation_id)
        result = _texts(Function.SEMANTIC_TEXT_SERVICE, answer, "texts")
        if len(result) != len(texts):
            raise FunctionError("semantic-text-service returned another number of texts")
        return result

    async def replace(
        self, html: bytes, charset: str | None, segments: Sequence[str | None], correlation_id: str
    ) -> bytes:
        """Return the page with its texts replaced; None leaves a text's bytes alone."""
        question = {
            "html": base64.b64encode(html).decode("ascii"),
            "charset": charset,
            "segments": list(segments),
        }
        answer = await self._ask(Function.HTML_SERVICE, routes.SEGMENTS_TO_HTML, question, correlation_id)
        try:
            return base64.b64decode(answer["html"], validate=True)
        except (KeyError, TypeError, ValueError) as error:
            raise FunctionError("html-service returned no page") from error

    async def retrieve(self, key: str, correlation_id: str) -> CachedPage | None:
        """Return a cached page, or None."""
        path = routes.CACHE_RETRIEVE.format(namespace=routes.CACHE_NAMESPACE, key=key)
        answer = await self._caller.call(Function.CACHE_SERVICE, "GET", path, correlation_id=correlation_id)
        if answer.status == 404:
            return None
        _require_success(Function.CACHE_SERVICE, answer)
        return CachedPage(answer.body, _seconds(answer.headers.get(headers.REMAINING_SECONDS, "")))

    async def store(self, key: str, body: bytes, correlation_id: str) -> None:
        """Put a page into the cache."""
        path = routes.CACHE_STORE_BINARY.format(namespace=routes.CACHE_NAMESPACE, key=key)
        answer = await self._caller.call(
            Function.CACHE_SERVICE, "POST", path, body=body, content_type=BINARY, correlation_id=correlation_id
        )
        _require_success(Function.CACHE_SERVICE, answer)

    async def report(self, instance_id: str, process_id: str, snapshot: StatisticsSnapshot) -> None:
        """Deliver a process's counters."""
        path = routes.REPORT_STATISTICS.format(instance_id=instance_id, process_id=process_id)
        answer = await self._caller.call(Function.PROXY_MANAGEMENT, "PUT", path, body=snapshot.to_json().encode())
        _require_success(Function.PROXY_MANAGEMENT, answer)

    async def _ask(
        self, function: Function, path: str, question: Mapping[str, object], correlation_id: str
    ) -> dict[str, Any]:
        # Plain UTF-8: escapes would make a page in a non-Latin script three times as large as it has to be. A lone
        # surrogate cannot come from a well-formed answer, and must not end in an unexpected error here.
        body = json.dumps(question, ensure_ascii=False).encode(errors="replace")
        answer = await self._caller.call(function, "POST", path, body=body, correlation_id=correlation_id)
        _require_success(function, answer)
        try:
            parsed = json.loads(answer.body)
        except ValueError as error:
            raise FunctionError(f"{function.value} returned no JSON") from error
        if not isinstance(parsed, dict):
            raise FunctionError(f"{function.value} returned no JSON object")
        return parsed


def _require_success(function: Function, answer: Answer) -> None:
    if 200 <= answer.status < 300:
        return
    reason = f"{function.value} answered {answer.status}"
    # 403 and 429 come from the platform and not from the function: no other page would fare better.
    if answer.status >= 500 or answer.status in (403, 429):
        raise FunctionUnavailableError(reason)
    raise FunctionError(reason)


def _texts(function: Function, answer: Mapping[str, Any], key: str) -> list[str]:
    texts = answer.get(key)
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        raise FunctionError(f"{function.value} returned no list of {key}")
    return texts


def _seconds(text: str) -> float:
    """Return the number; nothing that could be read as one means that no time is left."""
    return float(text) if text.isdecimal() else 0.0
