"""The cache with a Valkey in front that is killed, paused, cut off, started again and lies: nobody who calls notices.

Several containers of the service, each with a front of its own, store, read and delete in the embedded AWS's S3, while
somebody torments the real Valkey and the line to it. Time passes fifty times as fast for the service as for the rest.
"""

from __future__ import annotations

import random
import socket
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from enum import Enum, auto

import boto3
import pytest
from botocore.config import Config

from contract.cache import Strategy
from lambda_src.cache_service.addresses import Address
from lambda_src.cache_service.generations import Generations
from lambda_src.cache_service.logic import Cache
from lambda_src.cache_service.s3_store import S3ObjectStore
from lambda_src.cache_service.valkey_store import ValkeyFront, valkey_client
from lambda_src.cache_service.writing import Order
from lambda_src.shared.errors import NotFoundError
from tests.emulated.test_functions import bucket
from tests.unit.lambda_src.cache_service.servers import Server

__all__ = ["bucket"]

CONTAINERS = 4
SECONDS = 4.0
FASTER = 50
"""A pause of five seconds is over after a tenth of one."""


KINDS = {"stored", "read", "deleted", "missed", "changed"}


class Clock:
    """The time of the service."""

    def __init__(self):
        self._began = time.time()

    def __call__(self):
        return self._began + (time.time() - self._began) * FASTER

    def sleep(self, seconds):
        time.sleep(seconds / FASTER)


class Mood(Enum):
    """What the line to Valkey does with answers."""

    HONEST = auto()
    SILENT = auto()
    LYING = auto()
    CUT = auto()


class Line:
    """A line to Valkey that can be tampered with; questions always arrive, answers as the mood is."""

    def __init__(self, port):
        self._port = port
        self._random = random.Random(1)  # noqa: S311 - no secret
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.endpoint = f"127.0.0.1:{self._listener.getsockname()[1]}"
        self.mood = Mood.HONEST
        self._open = []
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    def set(self, mood):
        self.mood = mood
        if mood is Mood.CUT:
            for end in self._open:
                with suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)

    def close(self):
        self._listener.shutdown(socket.SHUT_RDWR)
        self.set(Mood.CUT)
        for thread in self._threads:
            thread.join()
        for end in (self._listener, *self._open):
            end.close()

    def _accept(self):
        while True:
            try:
                caller = self._listener.accept()[0]
            except OSError:
                return
            self._open.append(caller)
            try:
                server = socket.create_connection(("127.0.0.1", self._port), 1)
            except OSError:
                caller.shutdown(socket.SHUT_RDWR)
                continue
            server.settimeout(None)
            self._open.append(server)
            for source, target, change in ((caller, server, lambda data: data), (server, caller, self._tampered)):
                thread = threading.Thread(target=self._pass_on, args=(source, target, change))
                self._threads.append(thread)
                thread.start()

    def _pass_on(self, source, target, change):
        with suppress(OSError):
            while self.mood is not Mood.CUT and (data := source.recv(65_536)):
                target.sendall(change(data))
        for end in (source, target):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def _tampered(self, data):
        if self.mood is Mood.SILENT:
            return b""
        if self.mood is Mood.LYING:
            lie = bytearray(data)
            lie[self._random.randrange(len(lie))] ^= 1 << self._random.randrange(8)
            return bytes(lie[: self._random.choice((len(lie), len(lie), self._random.randint(1, len(lie))))])
        return data


class Truth:
    """What has been stored and deleted, and so what a read may answer."""

    def __init__(self):
        self._lock = threading.Lock()
        self._contents = {}
        self._stages = {}

    def stored(self, name, content):
        with self._lock:
            self._contents[name], self._stages[name] = content, "kept"

    def set(self, name, stage):
        with self._lock:
            self._stages[name] = stage

    def any(self, picked, *stages):
        with self._lock:
            names = [name for name, stage in self._stages.items() if stage in stages][-200:]
        return picked.choice(names) if names else None

    def stage(self, name):
        with self._lock:
            return self._stages[name]

    def content(self, name):
        return self._contents[name]


class Container:
    """One container of the service, and a caller who knows what is true."""

    def __init__(self, number, store, endpoint, clock, truth):
        self._client = valkey_client(endpoint, tls=False)
        self.failures = []
        front = ValkeyFront(self._client, store, clock, Generations(store, clock, clock.sleep), self.failures.append)
        self._cache = Cache(front, clock)
        self._random = random.Random(number)  # noqa: S311 - no secret
        self._number = number
        self._truth = truth
        self.done = Counter()

    def run(self, until):
        """Do all kinds of things until it is time, and each at least once."""
        count = 0
        while time.monotonic() < until or not self.done.keys() >= KINDS:
            count += 1
            match self._random.choices(("store", "read", "delete", "change"), (3, 12, 1, 1))[0]:
                case "store":
                    self._store(count)
                case "read":
                    self._read()
                case "delete":
                    self._delete()
                case "change":
                    self._change(count)

    def close(self):
        self._client.close()

    def _order(self, namespace, strategy, key, data):
        return Order(namespace, strategy, key, data, "text/plain", 86_400 * 20)

    def _store(self, count):
        """Keep something of which no second is ever like it, under keys that other namespaces have, too."""
        namespace, strategy = self._random.choice(
            [(space, kind) for space in ("a", "b") for kind in (Strategy.DIRECT, Strategy.TEMPORAL)]
            + [("pages", Strategy.KEY_BASED)]
        )
        key = f"{self._number}-{count}" if strategy is Strategy.KEY_BASED else "same"
        content = f"{namespace} {strategy} {self._number} {count} ".encode() * 20
        stored = self._cache.store(self._order(namespace, strategy, key, content), by_hash=False)
        self._truth.stored((namespace, Address.of_id(stored.cache_id)), content)
        self.done["stored"] += 1

    def _read(self):
        name = self._truth.any(self._random, "kept", "deleted")
        if name is None:
            return
        before = self._truth.stage(name)
        try:
            found = self._cache.retrieve(*name).item.data
        except NotFoundError:
            found = None
        after = self._truth.stage(name)
        if found is not None:
            assert found == self._truth.content(name), "a wrong page"
        if before == "deleted":
            assert found is None, f"{name} came back"
            self.done["missed"] += 1
        if after == "kept":
            assert found is not None, f"{name} was lost"
            self.done["read"] += 1

    def _delete(self):
        name = self._truth.any(self._random, "kept")
        if name is None:
            return
        self._truth.set(name, "going")
        self._cache.delete(*name)
        self._truth.set(name, "deleted")
        self.done["deleted"] += 1

    def _change(self, count):
        """Replace what lies under one key in both namespaces; what comes back is this container's last."""
        namespace, key = self._random.choice(("a", "b")), f"changing-{self._number}"
        content = f"{namespace} changes {self._number} {count}".encode()
        self._cache.store(self._order(namespace, Strategy.KEY_BASED, key, content), by_hash=False)
        assert self._cache.retrieve(namespace, Address(Strategy.KEY_BASED, key)).item.data == content
        self.done["changed"] += 1


def torment(server, line, finished):
    """Do something bad to Valkey or its line, let it be good for a moment, and go on."""
    picked, done = random.Random(2), Counter()  # noqa: S311 - no secret
    while not finished.is_set():
        what = picked.choice(("kill", "pause", *Mood))
        done[what] += 1
        match what:
            case "kill":
                server.stop()
                time.sleep(0.05)
                server.start()
            case "pause":
                with server.paused():
                    time.sleep(0.3)
            case Mood():
                line.set(what)
                time.sleep(0.2)
        line.set(Mood.HONEST)
        time.sleep(0.15)
    return done


@pytest.fixture
def store(emulator, bucket):
    client = boto3.client(
        "s3",
        endpoint_url=emulator.endpoint_url,
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=Config(max_pool_connections=CONTAINERS * 2),
    )
    yield S3ObjectStore(client, bucket, lambda _: None)
    client.close()


@pytest.fixture
def server(tmp_path):
    server = Server(tmp_path)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def line(server):
    line = Line(server.port)
    yield line
    line.close()


def test_whatever_becomes_of_valkey_nobody_gets_an_error_a_wrong_page_or_a_deleted_one(store, server, line):
    clock, truth = Clock(), Truth()
    containers = [Container(number, store, line.endpoint, clock, truth) for number in range(CONTAINERS)]
    until, finished = time.monotonic() + SECONDS, threading.Event()
    with ThreadPoolExecutor(CONTAINERS + 1) as threads:
        tormented = threads.submit(torment, server, line, finished)
        running = [threads.submit(container.run, until) for container in containers]
        try:
            for each in running:
                each.result()
        finally:
            finished.set()
    for container in containers:
        container.close()

    assert tormented.result().total() >= 4
    assert any(container.failures for container in containers), "Valkey was never missed"
