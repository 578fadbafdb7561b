from concurrent.futures import ThreadPoolExecutor

import pytest

from contract.cache import Strategy
from lambda_src.cache_service.addresses import Address, marker_path
from lambda_src.cache_service.hash_index import HashIndex
from lambda_src.cache_service.objects import CacheObject, content_hash
from lambda_src.shared.errors import UnavailableError
from tests.unit.lambda_src.cache_service.conftest import NOON

HASH = content_hash(b"text")


@pytest.fixture
def index(objects, clock):
    return HashIndex(objects, clock)


def stored(objects, index, key, *, end=NOON + 60, data=b"text"):
    address = Address(Strategy.KEY_BASED, key)
    objects.put(address.path("a"), CacheObject(data, "text/plain", end))
    index.add("a", HASH, address, end)
    return address


def markers(objects):
    return sorted(path.rpartition(".")[2] for path in objects.objects if path.startswith("a/hashes/"))


def test_of_several_one_of_the_newest_is_found_at_once(index, objects, clock):
    for key in ("b", "a", "c"):
        clock.pass_by(1)
        address = stored(objects, index, key)
    objects.calls.clear()
    assert index.find("a", HASH) == address
    assert [method for method, _ in objects.calls] == ["list", "head"]


def test_nothing_has_that_hash(index, objects):
    stored(objects, index, "k")
    assert index.find("a", "0" * 16) is None
    assert index.find("b", HASH) is None


def test_markers_that_lead_nowhere_are_passed_over_and_cleared(index, objects, clock):
    alive = stored(objects, index, "alive")
    for key, end, data in (("ended", NOON, b"text"), ("replaced", NOON + 60, b"other"), ("gone", NOON + 60, b"text")):
        clock.pass_by(1)
        stored(objects, index, key, end=end, data=data)
    objects.delete(["a/key_based/gone"])
    objects.put(marker_path("a", HASH, "no-id"), CacheObject(b"", "", NOON + 60))

    assert index.find("a", HASH) == alive
    assert markers(objects) == ["alive"]


def test_a_hundred_that_ended_do_not_hide_one_that_did_not(index, objects, clock):
    alive = stored(objects, index, "alive")
    clock.pass_by(1)
    for number in range(100):
        stored(objects, index, f"{number}", end=NOON)
    assert index.find("a", HASH) == alive


def test_what_is_stored_again_while_its_marker_is_cleared_stays_findable(index, objects):
    address = stored(objects, index, "k", end=NOON)
    real = objects.discard

    def store_first(useless):
        objects.put(address.path("a"), CacheObject(b"text", "text/plain", NOON + 60))
        # With the same end as before: even so it is another marker.
        index.add("a", HASH, address, NOON)
        real(useless)

    objects.discard = store_first
    assert index.find("a", HASH) is None
    objects.discard = real
    assert index.find("a", HASH) == address


def test_many_who_store_and_clear_at_once_lose_nothing(index, objects):
    for number in range(60):
        stored(objects, index, f"{number}", end=NOON)

    def store_or_find(number):
        return index.find("a", HASH) if number % 2 else stored(objects, index, f"{number}")

    with ThreadPoolExecutor(16) as callers:
        list(callers.map(store_or_find, range(60)))
    assert {f"{number}" for number in range(0, 60, 2)} <= set(markers(objects))


def test_who_has_to_go_on_is_told_so(index, objects):
    for number in range(1001):
        index.add("a", HASH, Address(Strategy.KEY_BASED, f"{number}"), NOON)
    with pytest.raises(UnavailableError, match="try again"):
        index.find("a", HASH)
    assert index.find("a", HASH) is None
    assert markers(objects) == []
