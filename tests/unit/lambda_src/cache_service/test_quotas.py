"""Namespaces within their quotas: counted as it is, refused in time, and exceeded by no more than is said."""

from __future__ import annotations

import uuid

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from contract.cache import Strategy
from contract.quotas import MEGABYTE, Quota, Quotas
from lambda_src.cache_service.addresses import Address, child_path, marker_path, newest_first_leaf, temporal_leaf
from lambda_src.cache_service.listing import CLEARED_AFTER_SECONDS
from lambda_src.cache_service.objects import MOST_LISTED, CacheObject
from lambda_src.cache_service.quotas import (
    COUNT_SECONDS,
    MOST_CLEARED,
    RECOUNT_SECONDS,
    SHARE,
    Accounts,
    QuotaError,
)
from lambda_src.shared.errors import UnavailableError
from tests.unit.lambda_src.cache_service.stores import DeadStore, MemoryStore

NOW = 1_700_000_000.0
LONG_AGO = NOW - CLEARED_AFTER_SECONDS


class Clock:
    time = NOW

    def __call__(self):
        return self.time


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def objects(clock):
    return MemoryStore(clock)


@pytest.fixture
def build(objects, clock):
    """Return a function that makes what one container of the function knows."""

    def make(megabytes=1, entries=10):
        return Accounts(objects, Quotas({"shop": Quota(megabytes, entries)}, None), clock)

    return make


def temporal(clock, strategy=Strategy.TEMPORAL, key=""):
    leaf = temporal_leaf if strategy is Strategy.TEMPORAL else newest_first_leaf
    return Address(strategy, key, leaf(clock(), uuid.uuid4().hex))


def keep(objects, address, size=1, *, ends=NOW + 10_000, namespace="shop"):
    objects.put(address.path(namespace), CacheObject(bytes(size), "text/plain", ends))


def fill(objects, number, **how):
    for each in range(number):
        keep(objects, Address(Strategy.KEY_BASED, f"{how.get('namespace', '')}{each:05d}"), **how)


def test_the_last_entry_that_fits_is_let_in_and_the_next_is_refused_with_the_way_to_mend_it(build, objects):
    fill(objects, 9)
    accounts = build()
    accounts.admit("shop", 1)
    keep(objects, Address(Strategy.KEY_BASED, "last"))
    with pytest.raises(QuotaError, match=r"keeps 10 entries of 10 and 10 bytes of 1048576.*cache\.quotas") as caught:
        accounts.admit("shop", 1)

    assert caught.value.status == 413
    assert [(each.value, each.allowed) for each in caught.value.details] == [(11, 10), (11, MEGABYTE)]


def test_bytes_count_too(build, objects):
    keep(objects, Address(Strategy.KEY_BASED, "a"), MEGABYTE - 10)
    accounts = build()
    with pytest.raises(QuotaError):
        accounts.admit("shop", 11)
    accounts.admit("shop", 10)


def test_entries_of_all_strategies_and_their_children_count_and_nothing_else_does(build, objects, clock):
    for strategy in Strategy:
        leaf = {Strategy.DIRECT: "0" * 64, Strategy.KEY_BASED: ""}.get(strategy)
        keep(objects, temporal(clock, strategy, "k") if leaf is None else Address(strategy, "k", leaf))
    item = CacheObject(b"x", "a", NOW + 1)
    objects.put(child_path("shop", "direct._.0", "0" * 16, "c"), item)
    for path in (marker_path("shop", "0" * 16, "x"), "shop/claims/x", "shop/numbers/x", "shop-2/key_based/x"):
        objects.put(path, item)

    build(entries=7).admit("shop", 1)
    with pytest.raises(QuotaError, match="keeps 6 entries of 6"):
        build(entries=6).admit("shop", 1)


def test_a_namespace_without_a_quota_is_not_even_counted(build, objects):
    build().admit("pages", 10**9)
    assert objects.calls == []


def test_it_is_not_counted_for_each_store(build, objects):
    accounts = build(entries=1000)
    accounts.admit("shop", 1)
    counted = len(objects.calls)
    for _ in range(50):
        accounts.admit("shop", 1)
    assert len(objects.calls) == counted


def test_what_others_have_stored_is_seen_after_a_while(build, objects, clock):
    accounts = build()
    accounts.admit("shop", 1)
    fill(objects, 10)
    clock.time += COUNT_SECONDS
    with pytest.raises(QuotaError):
        accounts.admit("shop", 1)


def test_what_others_have_deleted_is_seen_a_little_later(build, objects, clock):
    fill(objects, 10)
    accounts = build()
    for _ in range(3):
        with pytest.raises(QuotaError):
            accounts.admit("shop", 1)
    assert objects.calls.count(("list", "shop/key_based/")) == 1, "once for three refusals"
    objects.delete([Address(Strategy.KEY_BASED, "00003").path("shop")])
    clock.time += RECOUNT_SECONDS
    accounts.admit("shop", 1)


def test_counting_stops_where_the_quota_is_known_to_be_reached(build, objects):
    fill(objects, 3 * MOST_LISTED)
    with pytest.raises(QuotaError):
        build(entries=MOST_LISTED).admit("shop", 1)

    assert sum(prefix == "shop/key_based/" for method, prefix in objects.calls if method == "list") == 1


def test_what_has_ended_is_cleared_before_a_store_is_refused_whatever_its_strategy(build, objects, clock):
    parent = Address(Strategy.KEY_BASED, "b")
    ended = [temporal(clock), Address(Strategy.KEY_BASED, "a"), Address(Strategy.DIRECT, "", "0" * 64)]
    for address in ended:
        keep(objects, address, ends=LONG_AGO)
    objects.put(child_path("shop", parent.cache_id, "0" * 16, "c"), CacheObject(b"x", "a", LONG_AGO))
    lasting = [temporal(clock), parent]
    for address, ends in zip(lasting, (LONG_AGO + 1, NOW + 1), strict=True):
        keep(objects, address, ends=ends)

    build(entries=6).admit("shop", 1)
    assert sorted(objects.objects) == sorted(address.path("shop") for address in lasting)
    with pytest.raises(QuotaError):
        build(entries=2).admit("shop", 1)


def test_what_is_stored_again_while_it_is_to_be_cleared_stays(build, objects):
    address = Address(Strategy.DIRECT, "", "0" * 64)
    keep(objects, address, ends=LONG_AGO)
    real = objects.discard

    def renew_first(useless):
        keep(objects, address, ends=NOW + 1)
        real(useless)

    objects.discard = renew_first
    with pytest.raises(QuotaError):
        build(entries=1).admit("shop", 1)
    assert objects.objects[address.path("shop")].expires_at == NOW + 1


def test_what_takes_the_place_of_something_needs_room_for_what_it_is_larger(build, objects):
    fill(objects, 10, size=MEGABYTE // 10 - 20)
    accounts, path = build(), Address(Strategy.KEY_BASED, "00003").path("shop")
    for _ in range(3):
        accounts.admit("shop", MEGABYTE // 10, path)
    with pytest.raises(QuotaError, match="no room for 220 bytes more;"):
        accounts.admit("shop", MEGABYTE // 10 + 200, path)
    accounts.admit("shop", 5, path)
    with pytest.raises(QuotaError, match="in another entry"):
        accounts.admit("shop", 1, Address(Strategy.KEY_BASED, "new").path("shop"))


def test_near_a_quota_it_is_counted_once_in_a_while_and_not_for_each_store(build, objects, clock):
    fill(objects, 995)
    accounts = build(entries=1000)
    for number in range(100):
        accounts.admit("shop", 1, Address(Strategy.KEY_BASED, f"{number:05d}").path("shop"))
    for _ in range(2):
        for _ in range(2):
            accounts.admit("shop", 1)
        clock.time += RECOUNT_SECONDS / 2
    assert sum(method == "list" for method, _ in objects.calls) == len(Strategy) + 1
    clock.time += RECOUNT_SECONDS / 2
    accounts.admit("shop", 1)
    assert sum(method == "list" for method, _ in objects.calls) == 2 * (len(Strategy) + 1)


def test_what_has_ended_is_cleared_for_a_large_entry_too(build, objects, clock):
    keep(objects, temporal(clock), MEGABYTE // 2, ends=LONG_AGO)
    build().admit("shop", MEGABYTE)


def test_so_many_are_looked_at_for_such_as_have_ended_the_oldest_among_them(build, objects, clock):
    for number in range(2 * MOST_CLEARED):
        keep(objects, temporal(clock), ends=LONG_AGO if number < MOST_CLEARED // 2 else NOW + 10_000)
        clock.time += 1
    build(entries=2 * MOST_CLEARED).admit("shop", 1)

    assert sum(method == "head" for method, _ in objects.calls) == MOST_CLEARED
    assert len(objects.objects) == 2 * MOST_CLEARED - MOST_CLEARED // 2


def test_old_entries_that_live_do_not_hide_those_that_have_ended(build, objects, clock):
    for number in range(2 * MOST_CLEARED):
        keep(objects, temporal(clock), ends=NOW + 10_000 if number < MOST_CLEARED else LONG_AGO)
        clock.time += 1
    build(entries=2 * MOST_CLEARED).admit("shop", 1)
    assert len(objects.objects) < 2 * MOST_CLEARED


def test_a_store_that_does_not_answer_is_told(clock):
    with pytest.raises(UnavailableError):
        Accounts(DeadStore(), Quotas({}, Quota(1, 1)), clock).admit("shop", 1)


@given(
    containers=st.integers(1, 20),
    before=st.integers(0, 40),
    turns=st.lists(st.tuples(st.integers(0, 19), st.sampled_from([0.0, 0.5, 6.0, 30.0])), max_size=400),
)
@example(containers=20, before=0, turns=[(number, 0.0) for number in range(20)] * 20)
@example(containers=8, before=0, turns=[(number, 1.0) for number in range(8)] * 50)
@settings(max_examples=40, deadline=None)
def test_many_containers_exceed_a_quota_by_no_more_than_is_said(containers, before, turns):
    """Each by an eighth of what was left when it last counted and one entry, or what it lets in within five seconds."""
    clock, quota = Clock(), Quota(1000, 40)
    objects = MemoryStore(clock)
    fill(objects, before)
    every = [Accounts(objects, Quotas({"shop": quota}, None), clock) for _ in range(containers)]
    let_in = [list[float]() for _ in every]
    for number, (which, passed) in enumerate(turns):
        clock.time += passed
        try:
            every[which % containers].admit("shop", 1)
        except QuotaError:
            continue
        let_in[which % containers].append(clock.time)
        keep(objects, Address(Strategy.KEY_BASED, f"new-{number}"))

    left = quota.entries - before
    at_once = [
        max((sum(t <= each < t + RECOUNT_SECONDS for each in times) for t in times), default=0) for times in let_in
    ]
    allowed = sum(min(left, max(left / SHARE + 1, most)) for most in at_once)
    assert len(objects.objects) <= quota.entries + (0 if containers == 1 else allowed)
