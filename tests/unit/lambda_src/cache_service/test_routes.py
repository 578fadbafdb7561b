import pytest

from contract import headers
from lambda_src.cache_service.logic import KeyBasedCache
from lambda_src.cache_service.routes import build_application
from lambda_src.shared.errors import UnavailableError

STORE = "/pages/key-based/store/binary/k-1"
RETRIEVE = "/pages/key-based/retrieve/k-1"


class MemoryStore:
    def __init__(self):
        self.objects = {}

    def put(self, path, item):
        self.objects[path] = item

    def get(self, path):
        return self.objects.get(path)


class DeadStore:
    def put(self, *_):
        raise UnavailableError("storage-unavailable", "could not write the cache")

    get = put


class Clock:
    time = 0.0

    def __call__(self):
        return self.time


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def store():
    return MemoryStore()


@pytest.fixture
def call(caller, clock, store):
    return caller(build_application, KeyBasedCache(store, clock), ttl_seconds=60)


@pytest.mark.parametrize("data", [b"", b"text", bytes(range(256)) * 100])
def test_bytes_come_back_as_they_were(call, data):
    reply = call("POST", STORE, data, headers={"content-type": "text/html; charset=latin1"})
    assert reply.status == 200
    assert reply.json["size"] == len(data)
    assert reply.json["paths"] == ["pages/key-based/k-1"]
    reply = call("GET", RETRIEVE)
    assert (reply.status, reply.data) == (200, data)
    assert reply.headers["content-type"] == "text/html; charset=latin1"


def test_text_body_is_stored_as_utf8(call):
    call("POST", STORE, "é")
    assert call("GET", RETRIEVE).data == "é".encode()


def test_default_ttl(call, clock):
    call("POST", STORE, b"x")
    clock.time = 59
    assert call("GET", RETRIEVE).status == 200
    clock.time = 60
    reply = call("GET", RETRIEVE)
    assert (reply.status, reply.error["code"]) == (404, "expired")


def test_an_entry_says_how_long_it_still_holds(call, clock):
    call("POST", STORE, b"x")
    clock.time = 20.5
    assert call("GET", RETRIEVE).headers[headers.REMAINING_SECONDS] == "39"


def test_own_ttl(call, clock):
    call("POST", STORE, b"x", query={"ttl_seconds": "5"})
    clock.time = 5
    assert call("GET", RETRIEVE).status == 404


@pytest.mark.parametrize("ttl", ["0", "-1", "x", "1.5", "99999999999"])
def test_bad_ttl_is_422(call, store, ttl):
    reply = call("POST", STORE, b"x", query={"ttl_seconds": ttl})
    assert reply.status == 422
    assert reply.error["details"][0]["path"] == "query.ttl_seconds"
    assert not store.objects


def test_unknown_query_is_422(call):
    assert call("POST", STORE, b"x", query={"ttl": "5"}).status == 422


def test_missing_entry_is_404(call):
    reply = call("GET", RETRIEVE)
    assert (reply.status, reply.error["code"]) == (404, "not-cached")


@pytest.mark.parametrize(
    "path",
    [
        "/Pages/key-based/{}/k",
        "/pages/key-based/{}/..",
        "/p%2f/key-based/{}/k",
        f"/{'x' * 64}/key-based/{{}}/k",
        f"/pages/key-based/{{}}/{'x' * 129}",
    ],
)
def test_bad_names_are_422(call, store, path):
    assert call("POST", path.format("store/binary"), b"x").status == 422
    assert call("GET", path.format("retrieve")).status == 422
    assert not store.objects


def test_slash_in_a_key_is_no_route(call):
    assert call("GET", "/pages/key-based/retrieve/a/b").status == 404


@pytest.mark.parametrize("content_type", ["", "é", "a\r\nx: y", "x" * 300])
def test_harmful_content_type_is_replaced(call, content_type):
    call("POST", STORE, b"x", headers={"content-type": content_type})
    assert call("GET", RETRIEVE).headers["content-type"] == "application/octet-stream"


def test_storage_that_is_down_is_503(caller, clock):
    call = caller(build_application, KeyBasedCache(DeadStore(), clock), ttl_seconds=60)
    assert call("POST", STORE, b"x").status == 503


def test_status_tells_the_ttl(call):
    assert call("GET", "/info/status").json["facts"]["ttl_seconds"] == 60
