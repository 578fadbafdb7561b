"""What happens to a page: out of the cache, else to the HTML service and into the cache.

Knows pages and functions but neither mitmproxy nor HTTP. Whatever goes wrong, and however slow the functions are, it
comes back within its budget with either a page or a reason.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from contract.components import Function
from contract.headers import LEFT_FOR_CHARSET, Result
from contract.modes import BY_DEFAULT, ENGINE_VERSIONS, RULES, Mode, Parameters
from slipway_proxy.breaker import CircuitBreaker
from slipway_proxy.functions import CachedPage, FunctionError, FunctionUnavailableError, TransformedPage
from slipway_proxy.page_cache import PageCache

logger = logging.getLogger(__name__)

FAILURES_THAT_OPEN = 5
COOLDOWN_SECONDS = 5.0
# A cache that hangs must leave enough of the budget to transform the page.
CACHE_SHARE_OF_BUDGET = 0.25
STORE_TIMEOUT_SECONDS = 10.0
MOST_STORES_AT_ONCE = 32
MEMORY_CACHE_BYTES = 64 * 1024 * 1024

UNREAD_CHARSET = "charset not read"
UNREAD_REST = "not read to its end"
"""Why a page, or a part of it, is as it was."""


class Services(Protocol):
    """What the pipeline asks of the functions; see :class:`slipway_proxy.functions.PageServices`."""

    async def transform(
        self, html: bytes, charset: str | None, mode: Mode, parameters: Parameters, correlation_id: str
    ) -> TransformedPage: ...

    async def retrieve(self, key: str, correlation_id: str) -> CachedPage | None: ...

    async def store(self, key: str, body: bytes, correlation_id: str) -> None: ...


@dataclass(frozen=True)
class Page:
    """An HTML page on its way from the origin to the client.

    :param host: name of the origin.
    :param path: path without query.
    :param query: query string, empty if there is none.
    :param mode: what to do with its text.
    :param parameters: how to do it; names an engine in every mode that asks one.
    :param charset: as the origin's Content-Type says, None if it does not.
    :param body: the origin's bytes, without content encoding.
    :param correlation_id: stands in the logs of all parts.
    :param private: meant for one client; never leaves this process for the cache.
    """

    host: str
    path: str
    query: str
    mode: Mode
    charset: str | None
    body: bytes
    correlation_id: str
    private: bool
    parameters: Parameters = BY_DEFAULT

    def cache_key(self, version: str) -> str:
        """Return the key under which this page's transformation is cached: everything that it depends on, hashed."""
        content = hashlib.sha256(self.body).hexdigest()
        parts = [self.host, self.path, self.query, self.mode.value, self._rated_by(), version, self.charset, content]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()

    def _rated_by(self) -> list[str | float | None]:
        """Return what decides which texts are changed, beside the mode; nothing where the mode asks no engine."""
        engine = self.parameters.model
        if self.mode not in RULES or engine is None:
            return []
        return [self.parameters.rating, engine.value, ENGINE_VERSIONS[engine]]


@dataclass(frozen=True)
class Outcome:
    """What became of a page.

    :param result: `TRANSFORMED`, `PARTIAL`, `CACHED`, `PASSED_THROUGH` or `FAILED_OPEN`.
    :param body: the new page; None if it failed.
    :param reason: why it failed, or why some of it, or all, is as it was.
    :param failed_texts: how many texts of a page that is `PARTIAL` could not be rated.
    """

    result: Result
    body: bytes | None = None
    reason: str = ""
    failed_texts: int = 0


class Pipeline:
    """Transforms pages.

    :param services: the functions.
    :param version: version of the deployment, part of every cache key.
    :param budget_seconds: how long a page may take in all.
    :param ttl_seconds: how long a page that was just transformed may be served from memory.
    :param clock: seconds, monotonic.
    """

    def __init__(
        self,
        services: Services,
        *,
        version: str,
        budget_seconds: float,
        ttl_seconds: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._services = services
        self._version = version
        self._budget = budget_seconds
        self._ttl = ttl_seconds
        self._memory = PageCache(max_bytes=MEMORY_CACHE_BYTES, clock=clock)
        self._functions = _breaker(clock)
        self._cache = _breaker(clock)
        self._stores: set[asyncio.Task[None]] = set()

    @property
    def failing(self) -> tuple[str, ...]:
        """Functions that failed several times in a row; a page's own stands for the one that it asks in turn."""
        breakers = {Function.HTML_SERVICE: self._functions, Function.CACHE_SERVICE: self._cache}
        return tuple(function.value for function, breaker in breakers.items() if breaker.open)

    async def process(self, page: Page) -> Outcome:
        """Return the page as its mode makes it, or why not; never raises, never takes longer than the budget."""
        key = page.cache_key(self._version)
        try:
            async with asyncio.timeout(self._budget):
                if (cached := await self._find(key, page)) is not None:
                    return Outcome(Result.CACHED, cached)
                made = await self._transform(page)
        except TimeoutError:
            self._functions.failed()
            return self._failed(page, "timeout")
        except FunctionUnavailableError as error:
            self._functions.failed()
            return self._failed(page, str(error))
        except FunctionError as error:
            return self._failed(page, str(error))
        # What the cache has is called transformed, so nothing else is put there.
        if made.left == LEFT_FOR_CHARSET:
            return Outcome(Result.PASSED_THROUGH, made.body, UNREAD_CHARSET)
        if made.failed_texts or made.left:
            reason = UNREAD_REST if made.left else ""
            return Outcome(Result.PARTIAL, made.body, reason, failed_texts=made.failed_texts)
        self._keep(key, made.body, page)
        return Outcome(Result.TRANSFORMED, made.body)

    async def close(self, timeout_seconds: float) -> None:
        """Give pages that are being stored a little time, then give up on them."""
        if self._stores:
            _, unfinished = await asyncio.wait(self._stores, timeout=timeout_seconds)
            for task in unfinished:
                task.cancel()

    async def _transform(self, page: Page) -> TransformedPage:
        if not self._functions.allows():
            raise FunctionError("functions unavailable")
        made = await self._services.transform(page.body, page.charset, page.mode, page.parameters, page.correlation_id)
        self._functions.succeeded()
        return made

    async def _find(self, key: str, page: Page) -> bytes | None:
        if (body := self._memory.get(key)) is not None:
            return body
        if page.private or not self._cache.allows():
            return None
        try:
            async with asyncio.timeout(self._budget * CACHE_SHARE_OF_BUDGET):
                found = await self._services.retrieve(key, page.correlation_id)
        except (TimeoutError, FunctionError) as error:
            self._cache.failed()
            logger.warning("%s: cache not read: %s", page.correlation_id, str(error) or "timeout")
            return None
        self._cache.succeeded()
        if found is None:
            return None
        self._memory.put(key, found.body, found.seconds)
        return found.body

    def _keep(self, key: str, body: bytes, page: Page) -> None:
        self._memory.put(key, body, self._ttl)
        if page.private:
            return
        # The client does not wait for this. When the cache is slower than the pages come, pages are not stored.
        if len(self._stores) < MOST_STORES_AT_ONCE and self._cache.allows():
            task = asyncio.create_task(self._store(key, body, page))
            self._stores.add(task)
            task.add_done_callback(self._stores.discard)

    async def _store(self, key: str, body: bytes, page: Page) -> None:
        try:
            async with asyncio.timeout(STORE_TIMEOUT_SECONDS):
                await self._services.store(key, body, page.correlation_id)
        except (TimeoutError, FunctionError) as error:
            self._cache.failed()
            logger.warning("%s: page not cached: %s", page.correlation_id, str(error) or "timeout")
        else:
            self._cache.succeeded()

    def _failed(self, page: Page, reason: str) -> Outcome:
        logger.warning("%s: page of %s not transformed: %s", page.correlation_id, page.host, reason)
        return Outcome(Result.FAILED_OPEN, reason=reason)


def _breaker(clock: Callable[[], float]) -> CircuitBreaker:
    return CircuitBreaker(threshold=FAILURES_THAT_OPEN, cooldown_seconds=COOLDOWN_SECONDS, clock=clock)
