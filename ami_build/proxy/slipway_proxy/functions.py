"""The proxy's calls to the four functions, over kept connections and signed.

Translates between plain values and HTTP, nothing more: when to call, and what a failure means for a page, is decided
in `pipeline`.
"""

from __future__ import annotations

import asyncio
import gzip
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import quote, urlencode

import aiohttp
from yarl import URL

from contract import headers, routes
from contract.cache import Strategy
from contract.components import Function
from contract.modes import Mode, Parameters
from contract.statistics import Report
from slipway_proxy.signing import Signer, SigningError, join

JSON = "application/json"
BINARY = "application/octet-stream"
# A kept connection may have been closed by the other side just as we used it; all our calls may be repeated safely.
TRIES = 2
LONGEST_PLAIN_PAGE_BYTES = 4 * 1024 * 1024
FAST = 1

_CHARSET = re.compile(r"[A-Za-z0-9._:-]{1,100}")


class FunctionError(Exception):
    """A function did not do what it was asked; the message is a short reason without any content of the page."""


class RefusedContentError(FunctionError):
    """The function does not accept what it was sent, and never will."""


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


@dataclass(frozen=True)
class TransformedPage:
    """A page as the HTML service makes it.

    :param failed_texts: how many of its texts are as they were because they could not be rated.
    :param left: what of the page the service did not read, in the words of :data:`contract.headers.LEFT`.
    """

    body: bytes
    failed_texts: int = 0
    left: str = ""


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
        content_encoding: str | None = None,
        correlation_id: str = "",
    ) -> Answer:
        """Return the answer, whatever its status.

        :raises FunctionUnavailableError: if there is none.
        """
        url = join(self._urls[function], path)
        plain = {"content-type": content_type, headers.CORRELATION_ID: correlation_id}
        if content_encoding:
            plain["content-encoding"] = content_encoding
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
                # As it was signed: aiohttp would write some characters of a query in another way.
                async with self._session.request(
                    method, URL(url, encoded=True), headers=signed, data=body, allow_redirects=False
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

    async def transform(
        self, html: bytes, charset: str | None, mode: Mode, parameters: Parameters, correlation_id: str
    ) -> TransformedPage:
        """Return a page as `mode` makes it.

        :param charset: as the origin's Content-Type says; where that is no name of an encoding, the page's own counts.
        """
        known = charset if charset and _CHARSET.fullmatch(charset) else None
        query = {"mode": mode.value, "charset": known, "rating": parameters.rating, "model": parameters.model}
        chosen = {name: value for name, value in query.items() if value is not None}
        # Lambda lets 6 MB through, and writes bytes in base64. Packing takes long enough to be in nobody's way.
        packed = await asyncio.to_thread(gzip.compress, html, FAST) if len(html) > LONGEST_PLAIN_PAGE_BYTES else None
        answer = await self._caller.call(
            Function.HTML_SERVICE,
            "POST",
            f"{routes.TRANSFORM_PAGE}?{urlencode(chosen, quote_via=quote)}",
            body=html if packed is None else packed,
            content_type=BINARY,
            content_encoding=None if packed is None else "gzip",
            correlation_id=correlation_id,
        )
        _require_success(Function.HTML_SERVICE, answer)
        failed = _number(answer.headers.get(headers.FAILED_TEXTS, ""))
        return TransformedPage(answer.body, failed, answer.headers.get(headers.LEFT, ""))

    async def retrieve(self, key: str, correlation_id: str) -> CachedPage | None:
        """Return a cached page, or None."""
        place = {"namespace": routes.CACHE_NAMESPACE, "strategy": Strategy.KEY_BASED, "key": key}
        path = routes.CACHE_RETRIEVE_BY_KEY.format(**place)
        answer = await self._caller.call(Function.CACHE_SERVICE, "GET", path, correlation_id=correlation_id)
        if answer.status == 404:
            return None
        _require_success(Function.CACHE_SERVICE, answer)
        return CachedPage(answer.body, _number(answer.headers.get(headers.REMAINING_SECONDS, "")))

    async def store(self, key: str, body: bytes, correlation_id: str) -> None:
        """Put a page into the cache."""
        place = {"namespace": routes.CACHE_NAMESPACE, "strategy": Strategy.KEY_BASED, "kind": "binary", "key": key}
        # Nobody asks for a page by its hash, and to have it found so would take another write.
        path = f"{routes.CACHE_STORE_BY_KEY.format(**place)}?by_hash=false"
        answer = await self._caller.call(
            Function.CACHE_SERVICE, "POST", path, body=body, content_type=BINARY, correlation_id=correlation_id
        )
        _require_success(Function.CACHE_SERVICE, answer)

    async def report(self, instance_id: str, process_id: str, report: Report) -> object:
        """Deliver a report; return the fleet's settings as JSON knows them, None if they are those that it names."""
        path = routes.REPORT_STATISTICS.format(instance_id=instance_id, process_id=process_id)
        return _settings(await self._manage("PUT", path, report.to_json().encode()))

    async def fleet_settings(self) -> object:
        """Return the fleet's newest settings as JSON knows them; None if nobody has set any."""
        return _settings(await self._manage("GET", routes.FLEET_SETTINGS, b""))

    async def _manage(self, method: str, path: str, body: bytes) -> Answer:
        answer = await self._caller.call(Function.PROXY_MANAGEMENT, method, path, body=body)
        _require_success(Function.PROXY_MANAGEMENT, answer)
        return answer


def _require_success(function: Function, answer: Answer) -> None:
    if 200 <= answer.status < 300:
        return
    reason = f"{function.value} answered {answer.status}"
    # 403 and 429 come from the platform and not from the function: no other page would fare better.
    if answer.status >= 500 or answer.status in (403, 429):
        raise FunctionUnavailableError(reason)
    if answer.status in (413, 422):
        raise RefusedContentError(reason)
    raise FunctionError(reason)


def _settings(answer: Answer) -> object:
    try:
        body = json.loads(answer.body or b"{}")
    except (ValueError, RecursionError):
        body = None
    if not isinstance(body, dict):
        raise FunctionError(f"{Function.PROXY_MANAGEMENT.value} answered what is no JSON object")
    return body.get("settings")


def _number(text: str) -> int:
    """Return the number; nothing that could be read as one is none: no time left, no texts that failed."""
    return int(text) if text.isdecimal() else 0
