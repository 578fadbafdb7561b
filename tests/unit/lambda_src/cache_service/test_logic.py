"""What the parts do together; what each does by itself stands in its own tests."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contract.cache import Strategy
from lambda_src.cache_service.addresses import Address
from lambda_src.cache_service.listing import Selection
from lambda_src.cache_service.logic import FOUND_BY_KEY, Cache, Deleted
from lambda_src.cache_service.objects import content_hash
from lambda_src.cache_service.writing import Order
from lambda_src.shared.errors import InvalidInputError, NotFoundError
from tests.unit.lambda_src.cache_service.stores import MemoryStore


def store(cache, strategy, data=b"text", *, key="k", ttl=60, **options):
    return cache.store(Order("a", strategy, key, data, "text/plain", ttl), **options)


@pytest.mark.parametrize("strategy", Strategy)
def test_a_receipt_says_where_everything_is(cache, objects, strategy):
    receipt = store(cache, strategy)
    assert receipt.cache_hash == content_hash(b"text")
    assert receipt.size == 4
    assert set(receipt.paths) <= set(objects.objects)
    assert len(receipt.paths) == 2
    assert cache.retrieve("a", Address.of_id(receipt.cache_id)).item.data == b"text"
    assert objects.objects[receipt.paths[0]].expires_at == receipt.expires_at
    assert receipt.version == (1 if strategy is Strategy.TEMPORAL_VERSIONED else None)


def test_who_does_not_ask_by_hash_saves_a_write(cache, objects):
    receipt = store(cache, Strategy.KEY_BASED, by_hash=False)
    assert objects.calls == [("put", "a/key_based/k")]
    with pytest.raises(NotFoundError, match="by_hash=false"):
        cache.retrieve_by_hash("a", receipt.cache_hash)


@pytest.mark.parametrize(
    ("strategy", "storing", "by_key"),
    [
        (Strategy.KEY_BASED, ["put"], ["get"]),
        (Strategy.DIRECT, ["head", "put_new"], None),
        (Strategy.TEMPORAL, ["put"], None),
        (Strategy.TEMPORAL_LATEST, ["put"], ["list", "head", "get"]),
        (Strategy.TEMPORAL_VERSIONED, ["put", "get", "list", "put_new"], ["list", "head", "get"]),
    ],
)
def test_calls_to_the_store_of_objects(cache, objects, strategy, storing, by_key):
    """As the decision record on the cache says."""

    def calls():
        found = [method for method, _ in objects.calls]
        objects.calls.clear()
        return found

    receipt = store(cache, strategy, by_hash=False)
    assert calls() == storing
    cache.retrieve("a", Address.of_id(receipt.cache_id))
    assert calls() == ["get"]
    if by_key:
        cache.retrieve_by_key("a", strategy, "k")
        assert calls() == by_key
    if receipt.version:
        cache.retrieve_by_key("a", strategy, "k", receipt.version)
        assert calls() == ["get", "get"]


def test_a_slower_older_store_does_not_hide_a_newer_one(cache, clock):
    early = clock.time
    store(cache, Strategy.TEMPORAL_LATEST, b"new")
    clock.time = early - 5
    store(cache, Strategy.TEMPORAL_LATEST, b"old")
    clock.time = early + 1
    assert cache.retrieve_by_key("a", Strategy.TEMPORAL_LATEST, "k").item.data == b"new"


@pytest.mark.parametrize("strategy", FOUND_BY_KEY)
def test_by_key(cache, strategy):
    for number in range(3):
        store(cache, strategy, f"{number}".encode())
    assert cache.retrieve_by_key("a", strategy, "k").item.data == b"2"
    for elsewhere in ("l", "k/", "K"):
        with pytest.raises(NotFoundError, match="kept"):
            cache.retrieve_by_key("a", strategy, elsewhere)


def test_when_the_newest_goes_the_one_before_is_the_newest(cache, clock):
    for strategy in (Strategy.TEMPORAL_LATEST, Strategy.TEMPORAL_VERSIONED):
        store(cache, strategy, b"long")
        store(cache, strategy, b"short", ttl=1)
        deleted = store(cache, strategy, b"deleted")
        cache.delete("a", Address.of_id(deleted.cache_id))
        clock.pass_by(2)
        assert cache.retrieve_by_key("a", strategy, "k").item.data == b"long"


def test_versions_are_found_by_their_numbers(cache):
    for number in range(1, 4):
        assert store(cache, Strategy.TEMPORAL_VERSIONED, f"{number}".encode()).version == number
    for number in range(1, 4):
        found = cache.retrieve_by_key("a", Strategy.TEMPORAL_VERSIONED, "k", number)
        assert found.item.data == f"{number}".encode()
    with pytest.raises(NotFoundError, match="no version 4"):
        cache.retrieve_by_key("a", Strategy.TEMPORAL_VERSIONED, "k", 4)
    with pytest.raises(InvalidInputError, match="not numbered"):
        cache.retrieve_by_key("a", Strategy.TEMPORAL_LATEST, "k", 1)


def test_what_was_replaced_is_not_found_by_its_former_hash(cache):
    store(cache, Strategy.KEY_BASED, b"former")
    store(cache, Strategy.KEY_BASED, b"later")
    assert cache.hashes.find("a", content_hash(b"former")) is None
    assert cache.retrieve_by_hash("a", content_hash(b"later")).item.data == b"later"


def test_deleting_takes_what_is_under_an_entry(cache, objects):
    address = Address.of_id(store(cache, Strategy.DIRECT, by_hash=False).cache_id)
    cache.children.store("a", address, "c", b"", "text/plain")
    assert cache.delete("a", address).entries == 1
    assert objects.objects == {}


def test_deleting_by_prefix_goes_on_where_it_stopped(cache, objects):
    for number in range(5):
        receipt = store(cache, Strategy.KEY_BASED, key=f"p/{number}", by_hash=False)
        cache.children.store("a", Address.of_id(receipt.cache_id), "c", b"", "text/plain")
    store(cache, Strategy.KEY_BASED, key="q", by_hash=False)
    wanted = Selection("a", key_prefix="p/")

    done = cache.delete_all(wanted, limit=3)
    assert (done.entries, done.is_complete) == (3, False)
    done = cache.delete_all(wanted, limit=3)
    assert (done.entries, done.is_complete) == (2, True)
    assert list(objects.objects) == ["a/key_based/q"]


def test_children_do_not_survive_a_deletion_that_stopped_or_broke_off(cache, objects):
    parents = [Address(Strategy.KEY_BASED, f"p/{number}") for number in range(3)]
    wanted = Selection("a", key_prefix="p/")

    def fill():
        for each in parents:
            store(cache, Strategy.KEY_BASED, key=each.key, by_hash=False)
            cache.children.store("a", each, "c", b"", "text/plain")

    def children():
        return [path for path in objects.objects if "/children/" in path]

    fill()
    assert cache.delete_all(wanted, limit=2) == Deleted(2, is_complete=False)
    store(cache, Strategy.KEY_BASED, key="p/0", by_hash=False)
    assert cache.children.page("a", parents[0], after="", limit=10) == ([], None)
    fill()
    # Broken off between the entries and what is under them; and one of them is stored anew.
    objects.delete([each.path("a") for each in parents[1:]])
    assert cache.delete_all(Selection("a", key_prefix="p/1")) == Deleted(0, is_complete=True)
    assert len(children()) == 2
    assert cache.delete_all(wanted) == Deleted(1, is_complete=True)
    assert children() == []


def test_a_hash_never_leads_to_other_content(cache, objects):
    kept = [store(cache, Strategy.KEY_BASED, b"one", key=key) for key in "ab"]
    real, replaced = objects.get, []

    def replace_first(path, **options):
        if not replaced:
            replaced.append(path)
            store(cache, Strategy.KEY_BASED, b"two", key=path[-1])
        return real(path, **options)

    objects.get = replace_first
    found = cache.retrieve_by_hash("a", kept[0].cache_hash)
    assert (found.item.data, found.address.path("a") != replaced[0]) == (b"one", True)
    replaced.clear()
    with pytest.raises(NotFoundError, match="with the hash"):
        cache.retrieve_by_hash("a", kept[0].cache_hash)


@pytest.mark.parametrize("strategy", Strategy)
def test_two_hundred_stores_at_once_lose_nothing(cache, strategy):
    """Half of them store the same, half of them something else; all under one key, or each under its own."""
    contents = [b"same" if number % 2 else f"{number}".encode() for number in range(200)]

    def one(number):
        key = f"{number}" if strategy is Strategy.KEY_BASED else "k"
        return store(cache, strategy, contents[number], key=key)

    with ThreadPoolExecutor(32) as callers:
        receipts = list(callers.map(one, range(200)))
    for content, receipt in zip(contents, receipts, strict=True):
        assert cache.retrieve("a", Address.of_id(receipt.cache_id)).item.data == content
        assert cache.retrieve_by_hash("a", receipt.cache_hash).item.data == content
    assert len({receipt.cache_id for receipt in receipts}) == (101 if strategy is Strategy.DIRECT else 200)
    if strategy is Strategy.TEMPORAL_VERSIONED:
        assert sorted(receipt.version for receipt in receipts) == list(range(1, 201))


steps = st.lists(
    st.tuples(
        st.sampled_from(["store", "delete", "wait"]),
        st.sampled_from(Strategy),
        st.sampled_from(["k", "l"]),
        st.sampled_from([b"1", b"2"]),
        st.integers(1, 4),
    ),
    max_size=25,
)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=steps)
def test_the_cache_behaves_as_its_model(steps, clock):
    """What can be had is what was stored, was not deleted, was not replaced and has not ended; no more and no less."""
    cache, model = Cache(MemoryStore(), clock), {}
    for what, strategy, key, data, seconds in steps:
        if what == "wait":
            clock.pass_by(seconds + 0.5)
        elif what == "delete" and model:
            cache_id = sorted(model)[seconds % len(model)]
            cache.delete("a", Address.of_id(cache_id))
            del model[cache_id]
        elif what == "store":
            receipt = store(cache, strategy, data, key=key, ttl=seconds)
            model[receipt.cache_id] = (data, receipt.expires_at)
        model = {cache_id: kept for cache_id, kept in model.items() if kept[1] > clock.time}
        listed = cache.catalogue.page(Selection("a"), 500).entries
        assert {each.address.cache_id: each.head.content_hash for each in listed} == {
            cache_id: content_hash(data) for cache_id, (data, _) in model.items()
        }
        for each in (b"1", b"2"):
            assert (cache.hashes.find("a", content_hash(each)) is not None) == (each in {d for d, _ in model.values()})
