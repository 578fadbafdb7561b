"""Pages in memory: bounded in size and in time."""

from __future__ import annotations

from slipway_proxy.page_cache import PageCache


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_page_is_served_until_its_time_is_over() -> None:
    clock = Clock()
    cache = PageCache(max_bytes=100, clock=clock)
    cache.put("k", b"page", 10)
    cache.put("short", b"page", 5)
    clock.now = 9.9
    assert cache.get("short") is None
    assert cache.get("k") == b"page"
    clock.now = 10
    assert cache.get("k") is None
    assert cache.get("other") is None


def test_the_page_that_was_not_used_for_longest_goes_first() -> None:
    cache = PageCache(max_bytes=40, clock=Clock())
    for key in "abcd":
        cache.put(key, b"0123456789", 10)
    assert cache.get("a")
    cache.put("e", b"0123456789", 10)
    assert [key for key in "abcde" if cache.get(key)] == ["a", "c", "d", "e"]


def test_replacing_a_page_counts_its_size_once() -> None:
    cache = PageCache(max_bytes=40, clock=Clock())
    for _ in range(10):
        cache.put("a", b"0123456789", 10)
    cache.put("b", b"0123456789", 10)
    assert cache.get("a")
    assert cache.get("b")


def test_a_page_that_would_fill_the_cache_is_not_kept() -> None:
    cache = PageCache(max_bytes=40, clock=Clock())
    cache.put("a", b"0123456789", 10)
    cache.put("big", b"0" * 11, 10)
    assert cache.get("big") is None
    assert cache.get("a")
