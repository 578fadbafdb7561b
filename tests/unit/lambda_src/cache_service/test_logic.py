import hashlib

import pytest

from lambda_src.cache_service.logic import CacheObject, KeyBasedCache, object_path
from lambda_src.shared.errors import NotFoundError


class MemoryStore:
    def __init__(self):
        self.objects = {}

    def put(self, path, item):
        self.objects[path] = item

    def get(self, path):
        return self.objects.get(path)


class Clock:
    def __init__(self):
        self.time = 1000.0

    def __call__(self):
        return self.time


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def cache(clock):
    return KeyBasedCache(MemoryStore(), clock)


def test_what_was_stored_is_retrieved(cache):
    cache.store("pages", "k", b"\x00data", content_type="text/html", ttl_seconds=10)
    assert cache.retrieve("pages", "k") == CacheObject(b"\x00data", "text/html", 1010.0)


def test_receipt(cache):
    stored = cache.store("pages", "k", b"data", content_type="text/html", ttl_seconds=10)
    assert stored.cache_hash == hashlib.sha256(b"data").hexdigest()[:16]
    assert (stored.namespace, stored.paths, stored.size) == ("pages", ("pages/key-based/k",), 4)


def test_cache_id_names_the_entry_not_its_content(cache):
    first = cache.store("pages", "k", b"1", content_type="a", ttl_seconds=10)
    again = cache.store("pages", "k", b"2", content_type="a", ttl_seconds=10)
    other = cache.store("pages", "l", b"2", content_type="a", ttl_seconds=10)
    assert first.cache_id == again.cache_id != other.cache_id


def test_last_store_wins(cache):
    cache.store("pages", "k", b"1", content_type="a", ttl_seconds=10)
    cache.store("pages", "k", b"2", content_type="b", ttl_seconds=10)
    assert cache.retrieve("pages", "k").data == b"2"


def test_missing(cache):
    with pytest.raises(NotFoundError) as caught:
        cache.retrieve("pages", "k")
    assert caught.value.code == "not-cached"


def test_namespaces_are_apart(cache):
    cache.store("a", "k", b"1", content_type="a", ttl_seconds=10)
    with pytest.raises(NotFoundError):
        cache.retrieve("b", "k")


def test_ttl_is_enforced(cache, clock):
    cache.store("pages", "k", b"1", content_type="a", ttl_seconds=10)
    clock.time = 1009.9
    assert cache.retrieve("pages", "k").data == b"1"
    clock.time = 1010.0
    with pytest.raises(NotFoundError) as caught:
        cache.retrieve("pages", "k")
    assert caught.value.code == "expired"


@pytest.mark.parametrize(("now", "left"), [(1000.0, 10), (1000.5, 9), (1009.5, 0), (1020.0, 0)])
def test_what_is_left_is_never_rounded_up(cache, clock, now, left):
    cache.store("pages", "k", b"1", content_type="a", ttl_seconds=10)
    item = cache.retrieve("pages", "k")
    clock.time = now
    assert cache.remaining_seconds(item) == left


def test_object_path():
    assert object_path("pages", "abc") == "pages/key-based/abc"
