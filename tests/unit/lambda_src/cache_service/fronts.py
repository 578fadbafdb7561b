"""What the tests of Valkey in front of a store share: a real server, clients of it, and entries."""

from __future__ import annotations

import socket
import threading
import time
from contextlib import contextmanager

import pytest

from lambda_src.cache_service.generations import Generations
from lambda_src.cache_service.objects import CacheObject
from lambda_src.cache_service.valkey_store import ValkeyFront, valkey_client
from tests.unit.lambda_src.cache_service.servers import Server

LATER = time.time() + 6 * 3600
"""Long after the last test: this is read when the tests are collected, and they run some ten minutes later."""

PAGE = CacheObject(b"\x00first\nsecond", "text/html; charset=utf-8", LATER)
PATH = "pages/key_based/k"
OTHER = "pages/key_based/l"
CHANGING = "shop/key_based/k"

PATIENT = {"connect_seconds": 10.0, "read_seconds": 10.0}
"""A server that is well answers within that time even on the busiest machine."""


class Clock:
    """The real time, and what a test adds to it; sleeping only adds."""

    def __init__(self):
        self.ahead = 0.0

    def __call__(self):
        return time.time() + self.ahead

    def sleep(self, seconds):
        self.ahead += seconds


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    server = Server(tmp_path_factory.mktemp("valkey"))
    yield server
    server.stop()


@pytest.fixture
def running(server):
    """The server, running and empty."""
    server.start()
    client = valkey_client(server.endpoint, tls=False, **PATIENT)
    client.flushall()
    client.config_set("maxmemory", "0")
    client.close()
    return server


@pytest.fixture
def client(running):
    """A client beside those of the service."""
    client = valkey_client(running.endpoint, tls=False, **PATIENT)
    yield client
    client.close()


@pytest.fixture
def build(server):
    """Return a function that makes a front; its clients are closed after the test."""
    clients = []

    def make(behind, *, endpoint=server.endpoint, clock=None, timeouts=PATIENT):
        clock = clock or Clock()
        failures: list[str] = []
        clients.append(valkey_client(endpoint, tls=False, **timeouts))
        counted = Generations(behind, clock, clock.sleep)
        return ValkeyFront(clients[-1], behind, clock, counted, failures.append), failures

    yield make
    for client in clients:
        client.close()


@contextmanager
def listening(answer):
    """A server that answers every connection by a function, in a thread."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve():
            while True:
                try:
                    connection = listener.accept()[0]
                except OSError:
                    return
                with connection:
                    answer(connection)

        thread = threading.Thread(target=serve)
        thread.start()
        yield f"127.0.0.1:{listener.getsockname()[1]}"
        listener.shutdown(socket.SHUT_RDWR)
    thread.join()
