"""Measure a real page through our proxy, against a proxy that does nothing and against the origin itself.

A page that did not take the way that was to be measured (say, one that failed open) ends the benchmark: a fast answer
to another question is worse than none.
"""

from __future__ import annotations

import asyncio
import itertools
import ssl
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import aiohttp

from bench.measure import BenchmarkError, Comparison, Trial, compare, interleave
from bench.report import Section
from contract import headers
from contract.headers import Result
from contract.modes import Mode

PAGES = ("python-whatsnew.html", "sqlite-faq.html")
REQUESTS = 20
"""Requests of one trial; of one that sends every page through the functions, `MISSES`."""
MISSES = 4
CONNECTIONS = 8
WARM_UP_ATTEMPTS = 10
TIMEOUT_SECONDS = 20


@dataclass(frozen=True)
class Route:
    """A way to get a page.

    :param name: how the report calls it.
    :param proxy: URL of the proxy, or None for the origin itself.
    :param expected: the result that our proxy must report; None where there is nothing to report it.
    :param fresh: whether each request asks for an URL that was never asked for.
    """

    name: str
    proxy: str | None
    expected: Result | None = None
    fresh: bool = False


def routes(proxy: str, plain_proxy: str) -> tuple[Route, Route, Route, Route]:
    """Return the four ways: origin, plain proxy, our proxy with the page in its cache, our proxy without."""
    return (
        Route("the origin itself", None),
        Route("mitmproxy with no addon", plain_proxy),
        Route("our proxy, hit", proxy, Result.CACHED),
        Route("our proxy, miss", proxy, Result.TRANSFORMED, fresh=True),
    )


class Client:
    """One HTTP client per route, so that none reuses the connections of another. Use it in a `with` statement.

    :param base_url: the origin's URL without a trailing slash.
    :param authorities: PEM text of all certificate authorities to trust.
    """

    def __init__(self, base_url: str, authorities: str) -> None:
        self._base_url = base_url
        self._trust = ssl.create_default_context(cadata=authorities)
        self._runner = asyncio.Runner()
        self._sessions: dict[Route, aiohttp.ClientSession] = {}
        # Distinct from those of any earlier run against the same cache.
        self._numbers = itertools.count(time.time_ns())

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self._runner.run(self._close())
        self._runner.close()

    def one_by_one(self, route: Route, page: str, requests: int) -> float:
        """Fetch a page several times, one after another, and return the median seconds of one."""
        return self._runner.run(self._one_by_one(route, page, requests))

    def all_at_once(self, route: Route, page: str, requests: int) -> float:
        """Fetch a page several times over as many connections and return all seconds by the number of pages."""
        return self._runner.run(self._all_at_once(route, page, requests))

    def warm_up(self, route: Route, page: str) -> None:
        """Open connections, start functions and fill the cache, until the route does what it is measured for.

        :raises BenchmarkError: if it never does.
        """
        self._runner.run(self._warm_up(route, page))

    async def _one_by_one(self, route: Route, page: str, requests: int) -> float:
        return statistics.median([await self._fetch(route, page) for _ in range(requests)])

    async def _all_at_once(self, route: Route, page: str, requests: int) -> float:
        async def worker(share: int) -> None:
            for _ in range(share):
                await self._fetch(route, page)

        share = requests // CONNECTIONS + 1
        began = time.perf_counter()
        await asyncio.gather(*(worker(share) for _ in range(CONNECTIONS)))
        return (time.perf_counter() - began) / (share * CONNECTIONS)

    async def _warm_up(self, route: Route, page: str) -> None:
        for attempt in itertools.count(1):
            try:
                await self._fetch(route, page)
                return
            except BenchmarkError:
                if attempt == WARM_UP_ATTEMPTS:
                    raise

    async def _fetch(self, route: Route, page: str) -> float:
        query = f"?n={next(self._numbers)}" if route.fresh else ""
        url = f"{self._base_url}/{page}{query}"
        request_headers = {headers.MODE: Mode.XXX.value, "accept-encoding": "gzip"}
        began = time.perf_counter()
        try:
            async with self._session(route).get(url, proxy=route.proxy, headers=request_headers) as response:
                await response.read()
        except (aiohttp.ClientError, TimeoutError) as error:
            raise BenchmarkError(f"{url} did not come back by way of {route.name}: {error or 'timeout'}") from error
        seconds = time.perf_counter() - began
        check(route, url, response.status, response.headers.get(headers.RESULT), response.headers.get(headers.REASON))
        return seconds

    def _session(self, route: Route) -> aiohttp.ClientSession:
        if route not in self._sessions:
            self._sessions[route] = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(ssl=self._trust, limit=CONNECTIONS),
                timeout=aiohttp.ClientTimeout(total=TIMEOUT_SECONDS),
                auto_decompress=False,
            )
        return self._sessions[route]

    async def _close(self) -> None:
        for session in self._sessions.values():
            await session.close()


def check(route: Route, url: str, status: int, result: str | None, reason: str | None) -> None:
    """Make sure that a response took the route that is measured.

    :param result: value of our proxy's result header, if it sent one.
    :param reason: value of its reason header.
    :raises BenchmarkError: if it did not.
    """
    if status != 200:
        raise BenchmarkError(f"{url} came back with status {status} by way of {route.name}; next: fetch it with curl")
    if result != route.expected:
        raise BenchmarkError(
            f"{url} came back {result or 'without a result header'} ({reason or 'no reason given'}) by way of "
            f"{route.name}, not {route.expected}; next: read the logs of the functions and of the instance"
        )


def measure(
    client: Client, all_routes: tuple[Route, Route, Route, Route], sizes: Sequence[tuple[str, int]], rounds: int,
    say: Callable[[str], None],
) -> list[Section]:  # fmt: skip
    """Measure pages one by one and under load, and compare the routes.

    :param sizes: pages and their sizes in bytes.
    :raises BenchmarkError: if a page does not take its route.
    """
    return [
        section
        for page, size in sizes
        for section in (
            _sequential(client, all_routes, page, f"{size / 1000:.0f} KB", rounds, say),
            _under_load(client, all_routes, page, f"{size / 1000:.0f} KB", rounds, say),
        )
    ]


def _sequential(
    client: Client, all_routes: Sequence[Route], page: str, size: str, rounds: int, say: Callable[[str], None]
) -> Section:
    def trial(route: Route) -> Trial:
        return lambda: client.one_by_one(route, page, MISSES if route.fresh else REQUESTS)

    note = "HTTPS over kept connections, gzip; the time of one page, the median of those of one round."
    return Section(
        f"A page of {size}, one request after another",
        note,
        _run(client, {route: trial(route) for route in all_routes}, page, rounds, say),
    )


def _under_load(
    client: Client, all_routes: Sequence[Route], page: str, size: str, rounds: int, say: Callable[[str], None]
) -> Section:
    def trial(route: Route) -> Trial:
        return lambda: client.all_at_once(route, page, REQUESTS * 2)

    steady = [route for route in all_routes if not route.fresh]
    note = f"HTTPS over {CONNECTIONS} kept connections at once, gzip; the time of all pages by their number."
    return Section(
        f"Pages of {size}, {CONNECTIONS} at once",
        note,
        _run(client, {route: trial(route) for route in steady}, page, rounds, say),
    )


def _run(
    client: Client, trials: dict[Route, Trial], page: str, rounds: int, say: Callable[[str], None]
) -> tuple[Comparison, ...]:
    for route in trials:
        say(f"warm up: {route.name}, {page}")
        client.warm_up(route, page)
    seconds = interleave({route.name: trial for route, trial in trials.items()}, rounds, say)
    origin, plain, *ours = (route.name for route in trials)
    pairs = [(each, peer) for each in ours for peer in (plain, origin)] + [(plain, origin)]
    return tuple(compare(seconds, subject, peer) for subject, peer in pairs)
