"""Valkey in front of a store, with a real server: it answers, it forgets, and nobody minds when it is gone or lies."""

from __future__ import annotations

import random
import socket
import threading
import time
from contextlib import contextmanager, suppress
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from lambda_src.cache_service.generations import LONGEST_SECONDS, Generations
from lambda_src.cache_service.generations import PATH as PATH_OF_GENERATION
from lambda_src.cache_service.objects import CacheObject
from lambda_src.cache_service.valkey_store import (
    PAUSE_SECONDS,
    ValkeyFront,
    decoded,
    encoded,
    is_lasting,
    valkey_client,
)
from lambda_src.shared.errors import UnavailableError
from tests.unit.lambda_src.cache_service.servers import Server
from tests.unit.lambda_src.cache_service.stores import DeadStore, MemoryStore

LATER = time.time() + 600
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


def test_what_was_put_is_answered_without_the_store_behind(running, build):
    behind = MemoryStore()
    front, failures = build(behind)
    front.put(PATH, PAGE)
    assert front.put_new(OTHER, PAGE)
    assert not front.put_new(OTHER, replace(PAGE, data=b"lost"))

    assert [front.get(PATH), front.get(OTHER)] == [PAGE, PAGE]
    assert (behind.asked(PATH), behind.asked(OTHER), failures) == (0, 0, [])
    assert behind.objects == {PATH: PAGE, OTHER: PAGE}


def test_what_only_the_store_behind_has_is_asked_for_once(running, build):
    behind = MemoryStore()
    behind.put(PATH, PAGE)
    front, _ = build(behind)

    assert [front.get(PATH) for _ in range(3)] == [PAGE] * 3
    assert behind.asked(PATH) == 1


def test_a_later_end_takes_the_place_of_the_one_before(running, build):
    behind = MemoryStore()
    front, _ = build(behind)
    front.put(PATH, PAGE)
    later = replace(PAGE, expires_at=LATER + 60)

    assert not front.replace(PATH, later, "another")
    assert front.replace(PATH, later, behind.get(PATH).etag)
    assert front.get(PATH) == later
    assert front.get(PATH, fresh=True).etag


def test_what_nobody_has_is_nothing(running, build):
    assert build(MemoryStore())[0].get(PATH) is None


def test_what_may_change_is_read_through(running, build, client):
    behind = MemoryStore()
    front, _ = build(behind)
    front.put(CHANGING, PAGE)

    assert [front.get(CHANGING) for _ in range(2)] == [PAGE] * 2
    assert front.head(CHANGING).size == len(PAGE.data)
    assert [each.path for each in front.list("shop/").objects] == [CHANGING]
    assert behind.asked(CHANGING) == 2
    assert client.dbsize() == 0


@pytest.mark.parametrize(
    ("path", "lasting"),
    [
        ("shop/direct/_/00", True),
        ("shop/temporal/_/2026/01/01/00/x", True),
        ("shop/temporal_latest/k/1-x", True),
        ("shop/temporal_versioned/k/1-x", True),
        ("pages/key_based/k", True),
        ("shop/key_based/k", False),
        ("shop/hashes/00/direct._.00", False),
        ("pages/children/key_based.k/00/c", False),
        ("shop/numbers/k", False),
        ("_front/generation", False),
    ],
)
def test_what_never_changes(path, lasting):
    assert is_lasting(path) is lasting


@pytest.mark.parametrize(("stays", "kept"), [(600, 600), (86_400, LONGEST_SECONDS)])
def test_valkey_forgets_an_entry_at_its_end_or_after_half_a_day(running, build, client, stays, kept):
    now = time.time()
    build(MemoryStore())[0].put(PATH, replace(PAGE, expires_at=now + stays))

    assert client.pexpiretime(f"/{PATH}") / 1000 - now == pytest.approx(kept, abs=5)


@pytest.mark.parametrize("expires_at", [0.0, 1.5])
def test_what_has_expired_is_not_kept_in_front(running, build, expires_at):
    behind = MemoryStore()
    old = CacheObject(b"old", "a", expires_at)
    behind.put(PATH, old)
    front, failures = build(behind)

    assert [front.get(PATH), front.get(PATH)] == [old, old]
    assert (behind.asked(PATH), failures) == (2, [])


def test_what_was_deleted_is_gone_for_everybody(running, build):
    behind = MemoryStore()
    (one, _), (other, failures) = build(behind), build(behind)
    for path in (PATH, OTHER, CHANGING):
        one.put(path, PAGE)
        assert other.get(path) == PAGE

    one.delete([PATH, OTHER, CHANGING])

    assert [other.get(path) for path in (PATH, OTHER, CHANGING)] == [None] * 3
    assert failures == []


def test_nobody_who_has_read_it_before_brings_back_what_was_deleted(running, build, client):
    class Slow(MemoryStore):
        """Has the object deleted by somebody else just after it was read."""

        def get(self, path, *, fresh=False):
            found = super().get(path, fresh=fresh)
            if path == PATH and found:
                build(self)[0].delete([PATH])
            return found

    behind = Slow()
    behind.put(PATH, PAGE)
    front, _ = build(behind)

    assert front.get(PATH) == PAGE, "it was there when that was asked"
    assert front.get(PATH) is None
    assert client.get(f"/{PATH}") == b"-"


def test_what_is_deleted_while_valkey_is_away_does_not_come_back_with_it(running, build):
    behind, clock = MemoryStore(), Clock()
    reader, _ = build(behind, clock=clock)
    reader.put(PATH, PAGE)
    reader.put(OTHER, PAGE)
    # Valkey is there, and only the one who deletes cannot reach it.
    deleter, failures = build(behind, endpoint="127.0.0.1:1", clock=clock)

    deleter.delete([PATH])

    assert reader.get(PATH) is None
    assert len(failures) == 1
    assert [reader.get(OTHER), reader.get(OTHER)] == [PAGE, PAGE]
    assert behind.asked(OTHER) == 1, "kept again, in the new generation"


def test_who_deletes_while_a_generation_is_new_waits_for_those_who_go_by_the_old_one(running, build):
    behind, clock = MemoryStore(), Clock()
    reader, _ = build(behind, clock=clock)
    reader.put(PATH, PAGE)
    # Somebody has let a generation begin and waits; meanwhile another deletes, who goes by the new one already.
    Generations(behind, clock, lambda _: None).begin()
    build(behind, clock=clock)[0].delete([PATH])

    assert reader.get(PATH) is None


def test_what_has_once_been_deleted_can_be_stored_again(running, build):
    behind = MemoryStore()
    front, _ = build(behind)
    front.put(PATH, PAGE)
    front.delete([PATH])

    front.put(PATH, PAGE)

    assert [front.get(PATH), front.get(PATH)] == [PAGE, PAGE]


class Halting(MemoryStore):
    """Deletes some of what it is to delete, and fails; or fails to keep anything more, if it is told to."""

    is_full = halts = False

    def put(self, path, item):
        if self.is_full:
            raise UnavailableError("storage-unavailable", "could not write the cache")
        super().put(path, item)

    def delete(self, paths):
        super().delete(paths[:1] if self.halts else paths)
        if self.halts:
            raise UnavailableError("storage-unavailable", "could not delete 1 of 2 objects of the cache")


@pytest.mark.parametrize("is_reached", [True, False])
def test_what_went_before_a_deletion_failed_is_not_served_either(running, build, is_reached):
    behind, clock = Halting(), Clock()
    reader, _ = build(behind, clock=clock)
    for path in (PATH, OTHER):
        reader.put(path, PAGE)
    behind.halts = True
    deleter, _ = build(behind, clock=clock, **({} if is_reached else {"endpoint": "127.0.0.1:1"}))
    with pytest.raises(UnavailableError, match="could not delete"):
        deleter.delete([PATH, OTHER])
    # Asked again, a deletion by prefix finds the other alone.
    behind.halts = False
    reader.delete([OTHER])

    assert [reader.get(PATH), reader.get(OTHER)] == [None, None]


def test_nothing_is_deleted_where_what_is_in_front_can_be_neither_cleared_nor_left_behind(running, build):
    behind, clock = Halting(), Clock()
    reader, _ = build(behind, clock=clock)
    reader.put(PATH, PAGE)
    behind.is_full = True
    with pytest.raises(UnavailableError, match="could not write"):
        build(behind, clock=clock, endpoint="127.0.0.1:1")[0].delete([PATH])

    assert behind.get(PATH) == PAGE


def test_a_generation_that_cannot_be_decrypted_any_more_keeps_nobody_from_reading_storing_and_deleting(running, build):
    behind = MemoryStore()
    behind.put(PATH_OF_GENERATION, CacheObject(b"", "text/plain", 0.0))
    front, failures = build(behind)
    front.put(PATH, PAGE)
    assert [front.get(PATH), front.get(PATH), behind.asked(PATH)] == [PAGE, PAGE, 2]
    front.delete([PATH])
    assert front.get(PATH) is None
    front.put(OTHER, PAGE)
    assert [front.get(OTHER), behind.asked(OTHER), failures] == [PAGE, 0, []]


def test_a_store_behind_that_cannot_delete_is_told(running, build):
    with pytest.raises(UnavailableError):
        build(DeadStore())[0].delete([PATH])


def test_a_server_that_vanishes_is_no_error_and_is_left_alone_for_a_while(running, build):
    behind = MemoryStore()
    front, failures = build(behind)
    front.put(PATH, PAGE)
    running.stop()

    assert [front.get(PATH) for _ in range(3)] == [PAGE] * 3
    front.put(OTHER, PAGE)
    assert front.get(OTHER) == PAGE
    assert len(failures) == 1
    assert "ConnectionError" in failures[0]


def test_a_server_that_comes_back_is_used_again_after_the_pause(running, build):
    behind, clock = MemoryStore(), Clock()
    front, failures = build(behind, clock=clock)
    front.put(PATH, PAGE)
    running.stop()
    front.get(PATH)
    running.start()

    front.get(PATH)
    assert behind.asked(PATH) == 2, "still within the pause"
    clock.ahead += PAUSE_SECONDS
    front.get(PATH)
    front.get(PATH)
    assert behind.asked(PATH) == 3
    assert len(failures) == 1


def test_a_server_that_hangs_is_given_up_and_used_again_when_it_goes_on(running, build):
    behind, clock = MemoryStore(), Clock()
    front, failures = build(behind, clock=clock, timeouts={"read_seconds": 1.0})
    front.put(PATH, PAGE)
    with running.paused():
        assert [front.get(PATH), front.get(PATH)] == [PAGE, PAGE]
        front.delete([PATH])
    assert "TimeoutError" in failures[0]
    assert len(failures) == 1

    clock.ahead += PAUSE_SECONDS
    assert front.get(PATH) is None
    front.put(OTHER, PAGE)
    assert front.get(OTHER) == PAGE
    assert (behind.asked(OTHER), len(failures)) == (0, 1)


def test_a_connection_that_ended_meanwhile_is_opened_again(running, build, client):
    front, failures = build(MemoryStore())
    front.put(PATH, PAGE)
    client.client_kill_filter(_type="normal", skipme=True)

    assert front.get(PATH) == PAGE
    assert failures == []


def test_a_full_server_is_no_error(running, build, client):
    client.config_set("maxmemory", "1")
    front, failures = build(MemoryStore())

    front.put(PATH, PAGE)
    assert front.get(PATH) == PAGE
    assert "OutOfMemoryError" in failures[0] or "OOM" in failures[0]


def test_what_the_store_behind_refuses_is_told_and_not_kept(running, build, client):
    front, _ = build(DeadStore())

    for refused in (
        lambda: front.put(PATH, PAGE),
        lambda: front.put_new(PATH, PAGE),
        lambda: front.replace(PATH, PAGE, "etag"),
        lambda: front.get(PATH),
    ):
        with pytest.raises(UnavailableError):
            refused()
    assert client.dbsize() == 0


HEADS = st.sampled_from([bytes([byte]) for byte in b"$*:+-%~_#,(=|>!"])
NUMBERS = st.sampled_from([b"-3", b"-1", b"0", b"1", b"5", b"1000000", b"1" + b"0" * 30, b"x", b""])
PIECES = st.binary(max_size=30) | st.builds(lambda head, number: head + number + b"\r\n", HEADS, NUMBERS)


@given(st.lists(PIECES, max_size=6).map(b"".join))
@example(b"$5\r\nab")
@example(b"$1" + b"0" * 30 + b"\r\n")
@example(b"*1\r\n" * 5000)
@example(b"+OK\r\n" * 3)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_server_that_answers_garbage_is_no_error(build, garbage):
    def answer(connection):
        connection.recv(1000)
        # It may have hung up, having heard enough.
        with suppress(OSError):
            connection.sendall(garbage)

    behind, clock = MemoryStore(), Clock()
    behind.put(PATH, PAGE)
    with listening(answer) as endpoint:
        front, _ = build(behind, endpoint=endpoint, clock=clock, timeouts={})
        for step in (
            lambda: front.get(PATH) == PAGE,
            lambda: front.put(OTHER, PAGE) is None,
            lambda: front.delete([OTHER]) is None,
            lambda: front.get(OTHER) is None,
        ):
            assert step()
            clock.ahead += PAUSE_SECONDS


def test_values_that_are_changed_or_mixed_up_are_no_pages_and_are_put_right(running, build, client):
    behind = MemoryStore()
    front, failures = build(behind)
    pages = {f"pages/key_based/{name}": replace(PAGE, data=name.encode() * 9) for name in "abcdef"}
    for path, page in pages.items():
        front.put(path, page)
    kept = {path: client.get(f"/{path}") for path in pages}
    picked = random.Random(6)  # noqa: S311 - no secret
    for path, value in kept.items():
        flipped = bytearray(value)
        flipped[picked.randrange(len(value))] ^= 1 << picked.randrange(8)
        wrong = [
            bytes(flipped),
            value[: picked.randrange(2, len(value))],
            value + b"x",
            kept[picked.choice(list(kept))],
        ]
        for each in wrong:
            client.set(f"/{path}", each)
            assert front.get(path) == pages[path]
            assert client.get(f"/{path}") == value
    assert failures == []


@pytest.mark.parametrize("value", [b"", b"x", b"soon\na\nb", bytes(16) + b"1.0\na\nb"])
def test_a_value_of_somebody_else_counts_as_none(value):
    assert decoded("/a", value) is None


@pytest.mark.parametrize("data", [b"", b"\n\n", bytes(range(256))])
def test_bytes_come_back_as_they_were_and_under_their_own_name_only(data):
    item = CacheObject(data, "application/octet-stream", 12.25)

    assert decoded("/a", encoded("/a", item)) == item
    assert decoded("/b", encoded("/a", item)) is None


def test_a_client_speaks_tls_and_checks_whom_it_speaks_to():
    settings = valkey_client("cache.example:6379").connection_pool.connection_kwargs

    assert (settings["host"], settings["port"]) == ("cache.example", 6379)
    assert settings["ssl_cert_reqs"] == "required"
    assert settings["ssl_check_hostname"] is True
