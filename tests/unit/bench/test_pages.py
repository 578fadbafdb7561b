"""Fetching pages through a proxy that answers as ours does."""

import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import certifi
import pytest

from bench.measure import BenchmarkError
from bench.pages import Client, Route, check, measure, routes
from contract import headers
from contract.headers import Result

BODY = b"<p>a page</p>"


class FakeProxy(ThreadingHTTPServer):
    """Answers every request itself; says `cached` from the second time on that it is asked for an URL.

    :param outcome: what it says instead, if given.
    """

    daemon_threads = True

    def __init__(self, outcome: Result | None = None, status: int = 200, silent: bool = False) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.outcome, self.status, self.silent = outcome, status, silent
        self.asked: list[str] = []
        self.connections: set[tuple[str, int]] = set()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # one packet per answer, or the client's delayed acknowledgement costs 40 ms each
    server: FakeProxy

    def do_GET(self) -> None:
        server = self.server
        result = server.outcome or (Result.CACHED if self.path in server.asked else Result.TRANSFORMED)
        server.asked.append(self.path)
        server.connections.add(self.client_address)
        self.send_response(server.status)
        if not server.silent:
            self.send_header(headers.RESULT, result)
            self.send_header(headers.REASON, "as the test wants it")
        self.send_header("content-length", str(len(BODY)))
        self.end_headers()
        self.wfile.write(BODY)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def start():
    """Start a fake proxy; all are stopped after the test."""
    running: list[FakeProxy] = []

    def start(**options) -> FakeProxy:
        proxy = FakeProxy(**options)
        threading.Thread(target=proxy.serve_forever, args=(0.01,), daemon=True).start()
        running.append(proxy)
        return proxy

    yield start
    for proxy in running:
        proxy.shutdown()
        proxy.server_close()


@pytest.fixture
def origin(start):
    return start(silent=True)


@pytest.fixture
def client(origin):
    with Client(origin.url, certifi.contents()) as client:
        yield client


def test_a_hit_is_asked_for_until_it_is_one(client, start):
    proxy = start()
    hit = Route("hit", proxy.url, Result.CACHED)
    client.warm_up(hit, "page.html")
    assert client.one_by_one(hit, "page.html", 3) > 0
    assert len(proxy.asked) == 5
    assert len(set(proxy.asked)) == 1


def test_a_miss_is_never_asked_for_twice(client, start):
    proxy = start()
    client.one_by_one(Route("miss", proxy.url, Result.TRANSFORMED, fresh=True), "page.html", 5)
    assert len(set(proxy.asked)) == 5


def test_two_clients_never_ask_for_the_same_miss(origin, start):
    proxy = start()
    for _ in range(2):
        with Client(origin.url, certifi.contents()) as client:
            client.one_by_one(Route("miss", proxy.url, Result.TRANSFORMED, fresh=True), "page.html", 2)
    assert len(set(proxy.asked)) == 4


def test_connections_are_kept(client, start):
    proxy = start()
    client.one_by_one(Route("miss", proxy.url, Result.TRANSFORMED, fresh=True), "page.html", 5)
    assert len(proxy.connections) == 1


def test_under_load_several_connections_share_the_requests(client, origin):
    assert client.all_at_once(Route("origin", None), "page.html", 40) > 0
    assert len(origin.asked) >= 40
    assert len(origin.connections) > 1


def test_a_page_that_fails_open_ends_the_benchmark(client, start):
    route = Route("our proxy, hit", start(outcome=Result.FAILED_OPEN).url, Result.CACHED)
    with pytest.raises(
        BenchmarkError, match=r"failed-open \(as the test wants it\) by way of our proxy, hit, not cached"
    ):
        client.warm_up(route, "page.html")


def test_a_proxy_that_is_not_ours_ends_the_benchmark(client, start):
    route = Route("our proxy, hit", start(silent=True).url, Result.CACHED)
    with pytest.raises(BenchmarkError, match=r"without a result header \(no reason given\)"):
        client.one_by_one(route, "page.html", 1)


def test_an_error_page_ends_the_benchmark(client, start):
    with pytest.raises(BenchmarkError, match="status 502 by way of the peer"):
        client.one_by_one(Route("the peer", start(status=502, silent=True).url), "page.html", 1)


def test_a_proxy_that_is_not_there_ends_the_benchmark(client):
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{nobody.getsockname()[1]}"
        with pytest.raises(BenchmarkError, match=r"page\.html did not come back by way of the peer: "):
            client.one_by_one(Route("the peer", url), "page.html", 1)


def test_a_plain_proxy_that_claims_results_is_no_peer():
    with pytest.raises(BenchmarkError, match="not None"):
        check(Route("plain", "http://127.0.0.1:1"), "http://127.0.0.1/", 200, Result.TRANSFORMED, None)


def test_every_route_is_compared_with_both_peers(client, start):
    proxy, plain = start(), start(silent=True)
    sections = measure(client, routes(proxy.url, plain.url), [("page.html", 300_000)], 2, lambda _text: None)
    assert [section.title for section in sections] == [
        "A page of 300 KB, one request after another",
        "Pages of 300 KB, 8 at once",
    ]
    assert [(each.subject, each.peer, each.rounds) for each in sections[0].comparisons] == [
        ("our proxy, hit", "mitmproxy with no addon", 2),
        ("our proxy, hit", "the origin itself", 2),
        ("our proxy, miss", "mitmproxy with no addon", 2),
        ("our proxy, miss", "the origin itself", 2),
        ("mitmproxy with no addon", "the origin itself", 2),
    ]
    assert {each.subject for each in sections[1].comparisons} == {"our proxy, hit", "mitmproxy with no addon"}
