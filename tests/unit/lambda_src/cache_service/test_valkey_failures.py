"""A Valkey that is gone, hangs, is full or lies: nobody minds."""

from __future__ import annotations

import random
from contextlib import suppress
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from lambda_src.cache_service.valkey_store import (
    PAUSE_SECONDS,
)
from lambda_src.shared.errors import UnavailableError
from tests.unit.lambda_src.cache_service.fronts import (
    OTHER,
    PAGE,
    PATH,
    Clock,
    build,
    client,
    listening,
    running,
    server,
)
from tests.unit.lambda_src.cache_service.stores import DeadStore, MemoryStore

__all__ = ["build", "client", "running", "server"]


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
