"""The strategies of the cache against S3 itself: what many store at once is all there, whatever they store."""

from __future__ import annotations

import time
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest

from contract.cache import Strategy
from lambda_src.cache_service.addresses import LONGEST_KEY, Address
from lambda_src.cache_service.listing import Selection
from lambda_src.cache_service.logic import Cache
from lambda_src.cache_service.objects import CacheObject
from lambda_src.cache_service.s3_store import S3ObjectStore
from lambda_src.cache_service.writing import Order

CALLERS = 200
AT_ONCE = 40
"""Threads; more of them would only wait for each other in this one process."""


@pytest.fixture(scope="module")
def bucket(client):
    s3, name = client("s3"), f"cache-{uuid.uuid4().hex[:12]}"
    s3.create_bucket(Bucket=name)
    yield name
    store = S3ObjectStore(s3, name, lambda _: None)
    while (listing := store.list("")).objects:
        store.delete([each.path for each in listing.objects])
    s3.delete_bucket(Bucket=name)


@pytest.fixture
def cache(client, bucket):
    told = []
    yield Cache(S3ObjectStore(client("s3"), bucket, told.append), time.time)
    assert told == []


@pytest.fixture
def namespace():
    return f"n-{uuid.uuid4().hex[:12]}"


@pytest.mark.behaviour("S3", "two hundred conditional writes at once: each is done wholly or refused")
@pytest.mark.parametrize("strategy", Strategy)
def test_two_hundred_stores_at_once_lose_nothing(cache, namespace, strategy):
    """Half of them store the same, half of them something else; under one key, where the strategy keeps several."""
    contents = [b"same" if number % 2 else f"{number}".encode() for number in range(CALLERS)]

    def store(number):
        key = f"{number}" if strategy is Strategy.KEY_BASED else "k"
        order = Order(namespace, strategy, key, contents[number], "text/plain", 600 + number)
        return cache.store(order, by_hash=strategy is Strategy.TEMPORAL)

    with ThreadPoolExecutor(AT_ONCE) as callers:
        receipts = list(callers.map(store, range(CALLERS)))
        ids = [Address.of_id(receipt.cache_id) for receipt in receipts]
        found = list(callers.map(lambda address: cache.retrieve(namespace, address), ids))

    assert [each.item.data for each in found] == contents
    for receipt, each in zip(receipts, found, strict=True):
        assert each.item.expires_at >= receipt.expires_at
    assert len(set(ids)) == (CALLERS // 2 + 1 if strategy is Strategy.DIRECT else CALLERS)
    listed = cache.catalogue.page(Selection(namespace), 500)
    assert {each.address for each in listed.entries} == set(ids)
    if strategy is Strategy.TEMPORAL_VERSIONED:
        assert sorted(receipt.version for receipt in receipts) == list(range(1, CALLERS + 1))
    if strategy is Strategy.TEMPORAL:
        assert {cache.retrieve_by_hash(namespace, each.cache_hash).item.data for each in receipts[:2]} == {
            b"same",
            b"0",
        }


def test_the_latest_end_counts_however_many_ask_for_another(cache, namespace):
    def store(number):
        seconds = 600 + number * 37 % 97
        return cache.store(Order(namespace, Strategy.DIRECT, "", b"text", "text/plain", seconds), by_hash=False)

    with ThreadPoolExecutor(AT_ONCE) as callers:
        receipts = list(callers.map(store, range(97)))
    (entry,) = cache.catalogue.page(Selection(namespace), 500).entries
    assert entry.head.expires_at == max(receipt.expires_at for receipt in receipts)
    assert cache.retrieve(namespace, entry.address).item.data == b"text"
    assert entry.head.size == 4


@pytest.mark.behaviour("S3", "the ETag of an object is that of its bytes, whatever is written beside them")
def test_who_is_slow_cannot_take_back_an_end_that_was_put_off(client, bucket):
    s3, path = client("s3"), f"{uuid.uuid4()}"
    same = [s3.put_object(Bucket=bucket, Key="same", Body=b"", Metadata={"end": end})["ETag"] for end in "12"]
    assert same[0] == same[1]
    store = S3ObjectStore(s3, bucket, [].append)
    ends = [CacheObject(b"text", "text/plain", end) for end in (10.0, 30.0, 20.0)]
    assert store.put_new(path, ends[0])
    etag = store.get(path, fresh=True).etag
    assert store.replace(path, ends[1], etag)
    assert not store.replace(path, ends[2], etag)
    assert store.get(path) == ends[1]


@pytest.mark.behaviour("S3", "objects are deleted together, each only if its ETag is still the one that is given")
def test_only_what_nobody_has_renewed_is_cleared_away(client, bucket):
    store = S3ObjectStore(client("s3"), bucket, [].append)
    paths = [f"{uuid.uuid4()}/{name}" for name in ("renewed", "ended", "gone")]
    for path in paths:
        store.put(path, CacheObject(b"text", "text/plain", 10.0))
    known = [(path, store.head(path).etag) for path in paths]
    assert [(each.path, each.etag) for each in store.list(paths[0]).objects] == known[:1]
    store.put(paths[0], CacheObject(b"text", "text/plain", 30.0))
    store.delete(paths[2:])
    store.discard(known)
    assert [store.head(path) is not None for path in paths] == [True, False, False]


@pytest.mark.behaviour("S3", "the first byte of an object comes with all that is known of the object")
@pytest.mark.parametrize("data", [b"", b"text"])
def test_whether_something_can_be_read_is_seen_by_its_first_byte(client, bucket, data):
    store, path = S3ObjectStore(client("s3"), bucket, [].append), f"{uuid.uuid4()}"
    assert store.head(path, readable=True) is None
    store.put(path, CacheObject(data, "text/plain", 10.0))
    assert store.head(path, readable=True) == store.head(path)
    client("s3").put_object(Bucket=bucket, Key=path, Body=b"")
    assert store.head(path, readable=True).expires_at == 0.0


@pytest.mark.behaviour("S3", "names of 1,024 bytes, in the order of their bytes, page by page")
def test_any_key_can_be_stored_listed_and_deleted_with_what_is_under_it(cache, namespace):
    keys = ["a/../b", "//", "..", "\0", "漢字" * 30, "é", "%2e%2e", "a b", "k" * LONGEST_KEY, "a+b", "a&b", "'\""]
    for key in keys:
        receipt = cache.store(Order(namespace, Strategy.KEY_BASED, key, key.encode(), "text/plain", 600))
        parent = Address.of_id(receipt.cache_id)
        cache.children.store(namespace, parent, "c" * 128, b"child", "text/plain")
        assert cache.retrieve_by_key(namespace, Strategy.KEY_BASED, key).item.data == key.encode()
        assert cache.children.retrieve(namespace, parent, "c" * 128).data == b"child"

    found, after = [], None
    while True:
        page = cache.catalogue.page(Selection(namespace, after=after), 5)
        found += [each.address.key for each in page.entries]
        if page.next is None:
            break
        after = Address.of_id(page.next)
    assert sorted(found) == sorted(keys)

    assert cache.delete_all(Selection(namespace, key_prefix="a")).entries == 4
    assert cache.delete_all(Selection(namespace)).entries == len(keys) - 4
    assert cache.catalogue.tally(Selection(namespace), 10)[0][Strategy.KEY_BASED].entries == 0
    assert cache.hashes.find(namespace, receipt.cache_hash) is None
