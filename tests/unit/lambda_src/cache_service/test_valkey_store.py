"""Valkey in front of a store, with a real server: it answers, it forgets in time, and nobody minds when it is gone."""

from __future__ import annotations

import socket
import time

import pytest

from lambda_src.cache_service.logic import CacheObject
from lambda_src.cache_service.valkey_store import PAUSE_SECONDS, ValkeyFront, decoded, encoded, valkey_client
from lambda_src.shared.errors import UnavailableError
from tests.unit.lambda_src.cache_service.servers import Server

LATER = time.time() + 600
PAGE = CacheObject(b"\x00first\nsecond", "text/html; charset=utf-8", LATER)


class MemoryStore:
    """Keeps objects, and counts who asks."""

    def __init__(self):
        self.objects = {}
        self.asked = 0

    def put(self, path, item):
        self.objects[path] = item

    def get(self, path):
        self.asked += 1
        return self.objects.get(path)


class DeadStore:
    def put(self, *_):
        raise UnavailableError("storage-unavailable", "could not write the cache")

    get = put


class Clock:
    """The real time, and what a test adds to it."""

    ahead = 0.0

    def __call__(self):
        return time.time() + self.ahead


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    server = Server(tmp_path_factory.mktemp("valkey"))
    yield server
    server.stop()


@pytest.fixture
def running(server):
    """The server, running and empty."""
    server.start()
    client = valkey_client(server.endpoint, tls=False)
    client.flushall()
    client.config_set("maxmemory", "0")
    client.close()
    return server


@pytest.fixture
def build(server):
    """Return a function that makes a front; its clients are closed after the test."""
    clients = []

    def make(behind, *, endpoint=server.endpoint):
        failures: list[str] = []
        clients.append(valkey_client(endpoint, tls=False))
        front = ValkeyFront(clients[-1], behind, Clock(), failures.append)
        return front, failures

    yield make
    for client in clients:
        client.close()


def test_what_was_put_is_answered_without_the_store_behind(running, build):
    behind = MemoryStore()
    front, failures = build(behind)

    front.put("pages/k", PAGE)

    assert front.get("pages/k") == PAGE
    assert (behind.asked, failures) == (0, [])
    assert behind.objects == {"pages/k": PAGE}


def test_what_only_the_store_behind_has_is_asked_for_once(running, build):
    behind = MemoryStore()
    behind.put("pages/k", PAGE)
    front, _ = build(behind)

    assert [front.get("pages/k") for _ in range(3)] == [PAGE] * 3
    assert behind.asked == 1


def test_what_nobody_has_is_nothing(running, build):
    assert build(MemoryStore())[0].get("pages/k") is None


def test_valkey_forgets_an_entry_at_its_end(running, build):
    client = valkey_client(running.endpoint, tls=False)
    build(MemoryStore())[0].put("pages/k", PAGE)

    assert client.pexpiretime("pages/k") == int(LATER * 1000)
    client.close()


@pytest.mark.parametrize("expires_at", [0.0, 1.5])
def test_what_has_expired_is_not_kept_in_front(running, build, expires_at):
    behind = MemoryStore()
    old = CacheObject(b"old", "a", expires_at)
    behind.put("pages/k", old)
    front, failures = build(behind)

    assert [front.get("pages/k"), front.get("pages/k")] == [old, old]
    assert (behind.asked, failures) == (2, [])


def test_a_server_that_vanishes_is_no_error_and_is_left_alone_for_a_while(running, build):
    behind = MemoryStore()
    front, failures = build(behind)
    front.put("pages/k", PAGE)
    running.stop()

    assert [front.get("pages/k") for _ in range(3)] == [PAGE] * 3
    front.put("pages/l", PAGE)
    assert front.get("pages/l") == PAGE
    assert len(failures) == 1
    assert "ConnectionError" in failures[0]


def test_a_server_that_comes_back_is_used_again_after_the_pause(running, build):
    behind = MemoryStore()
    front, failures = build(behind)
    front.put("pages/k", PAGE)
    running.stop()
    front.get("pages/k")
    running.start()

    front.get("pages/k")
    assert behind.asked == 2, "still within the pause"
    front.now.ahead += PAUSE_SECONDS
    front.get("pages/k")
    front.get("pages/k")
    assert behind.asked == 3
    assert len(failures) == 1


def test_a_connection_that_ended_meanwhile_is_opened_again(running, build):
    front, failures = build(MemoryStore())
    front.put("pages/k", PAGE)
    other = valkey_client(running.endpoint, tls=False)
    other.client_kill_filter(_type="normal", skipme=True)
    other.close()

    assert front.get("pages/k") == PAGE
    assert failures == []


def test_a_server_that_does_not_answer_is_given_up(build):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        behind = MemoryStore()
        behind.put("pages/k", PAGE)
        front, failures = build(behind, endpoint=f"127.0.0.1:{silent.getsockname()[1]}")

        assert [front.get("pages/k"), front.get("pages/k")] == [PAGE, PAGE]
        assert len(failures) == 1
        assert "TimeoutError" in failures[0]


def test_a_full_server_is_no_error(running, build):
    client = valkey_client(running.endpoint, tls=False)
    client.config_set("maxmemory", "1")
    front, failures = build(MemoryStore())

    front.put("pages/k", PAGE)
    assert front.get("pages/k") == PAGE
    assert "OutOfMemoryError" in failures[0]
    client.close()


def test_what_the_store_behind_refuses_is_told_and_not_kept(running, build):
    front, _ = build(DeadStore())

    with pytest.raises(UnavailableError):
        front.put("pages/k", PAGE)
    client = valkey_client(running.endpoint, tls=False)
    assert client.exists("pages/k") == 0
    client.close()


def test_valkey_answers_while_the_store_behind_is_down(running, build):
    build(MemoryStore())[0].put("pages/k", PAGE)

    assert build(DeadStore())[0].get("pages/k") == PAGE


@pytest.mark.parametrize("value", [b"", b"x", b"soon\na\nb", b"1.0\n\xff\nb"])
def test_a_value_of_somebody_else_counts_as_none(value):
    assert decoded(value) is None


@pytest.mark.parametrize("data", [b"", b"\n\n", bytes(range(256))])
def test_bytes_come_back_as_they_were(data):
    item = CacheObject(data, "application/octet-stream", 12.25)

    assert decoded(encoded(item)) == item


def test_a_client_speaks_tls_and_checks_whom_it_speaks_to():
    settings = valkey_client("cache.example:6379").connection_pool.connection_kwargs

    assert (settings["host"], settings["port"]) == ("cache.example", 6379)
    assert settings["ssl_cert_reqs"] == "required"
    assert settings["ssl_check_hostname"] is True
