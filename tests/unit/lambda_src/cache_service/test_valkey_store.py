"""Valkey in front of a store, with a real server: what it answers for, what it forgets, and how it keeps it."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest

from lambda_src.cache_service.generations import LONGEST_SECONDS
from lambda_src.cache_service.objects import CacheObject
from lambda_src.cache_service.valkey_store import (
    decoded,
    encoded,
    is_lasting,
    valkey_client,
)
from tests.unit.lambda_src.cache_service.fronts import (
    CHANGING,
    LATER,
    OTHER,
    PAGE,
    PATH,
    build,
    client,
    running,
    server,
)
from tests.unit.lambda_src.cache_service.stores import MemoryStore

__all__ = ["build", "client", "running", "server"]


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
