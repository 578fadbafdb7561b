import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from contract.cache import Strategy
from lambda_src.cache_service.addresses import Address
from lambda_src.cache_service.objects import CacheObject
from lambda_src.cache_service.writing import CLAIM_SECONDS, TRIES, Order, Writer
from lambda_src.shared.errors import InvalidInputError, UnavailableError
from tests.unit.lambda_src.cache_service.conftest import NOON

ORDER = Order("a", Strategy.TEMPORAL, "k", b"text", "text/plain", 60)
DIRECT = replace(ORDER, strategy=Strategy.DIRECT)
EACH_ITS_OWN = (Strategy.TEMPORAL, Strategy.TEMPORAL_LATEST, Strategy.TEMPORAL_VERSIONED)


@pytest.fixture
def writer(objects, clock):
    return Writer(objects, clock, pause=lambda: None)


@pytest.mark.parametrize("strategy", EACH_ITS_OWN)
def test_every_store_is_an_entry_of_its_own(writer, objects, strategy):
    found = [writer.write(replace(ORDER, strategy=strategy)) for _ in range(3)]
    paths = [each.address.path("a") for each in found]
    assert set(paths) == set(objects.objects)
    assert len(set(paths)) == 3
    ids = sorted(paths, reverse=strategy is not Strategy.TEMPORAL)
    assert ids == paths, "by time, the newest of a key first where that is what is asked for"


def test_nobody_can_guess_an_address(objects):
    same_moment = Writer(objects, lambda: NOON)
    assert same_moment.write(ORDER).address != same_moment.write(ORDER).address


def test_a_key_has_one_entry_and_the_last_store_wins(writer, objects):
    order = replace(ORDER, strategy=Strategy.KEY_BASED)
    writer.write(order)
    writer.write(replace(order, data=b"other"))
    assert {path: item.data for path, item in objects.objects.items()} == {"a/key_based/k": b"other"}


def test_the_same_content_is_kept_once(writer, objects):
    addresses = {writer.write(DIRECT).address for _ in range(3)}
    assert [each.path("a") for each in addresses] == list(objects.objects)


def test_content_of_another_type_or_key_is_other_content(writer):
    other_type, other_key = replace(DIRECT, content_type="text/html"), replace(DIRECT, key="l")
    assert len({writer.write(each).address for each in (DIRECT, other_type, other_key)}) == 3


def test_an_end_is_put_off_and_never_brought_forward(writer, clock):
    first = writer.write(DIRECT)
    assert writer.write(replace(DIRECT, ttl_seconds=5)).expires_at == first.expires_at
    assert writer.write(replace(DIRECT, ttl_seconds=100)).expires_at == first.expires_at + 40
    clock.pass_by(200)
    assert writer.write(DIRECT).expires_at == first.expires_at + 200


def test_content_that_is_stored_again_at_once_is_not_written_again(writer, objects):
    for _ in range(2):
        writer.write(DIRECT)
    assert [method for method, _ in objects.calls] == ["head", "put_new", "head"]


def test_the_latest_end_counts_whoever_asks_for_it_and_when(writer, objects):
    seconds = [number * 37 % 199 + 1 for number in range(199)]
    with ThreadPoolExecutor(20) as callers:
        done = list(callers.map(lambda ttl: writer.write(replace(DIRECT, ttl_seconds=ttl)), seconds))
    (item,) = objects.objects.values()
    assert item.expires_at == max(each.expires_at for each in done)
    assert item.expires_at >= NOON + 199


@pytest.mark.parametrize("strategy", EACH_ITS_OWN)
def test_a_repeated_store_makes_one_entry(writer, objects, clock, strategy):
    order = replace(ORDER, strategy=strategy, ttl_seconds=2 * 24 * 3600, idempotency_key="once")
    with ThreadPoolExecutor(8) as callers:
        addresses = {each.address for each in callers.map(writer.write, [order] * 16)}
    clock.pass_by(CLAIM_SECONDS - 60)
    addresses.add(writer.write(order).address)
    assert len(addresses) == 1
    assert len([path for path in objects.objects if not path.startswith("a/claims/")]) == 1


@pytest.mark.parametrize("strategy", EACH_ITS_OWN)
def test_a_repeated_store_has_the_end_of_the_first(writer, objects, clock, strategy):
    order = replace(ORDER, strategy=strategy, ttl_seconds=3600, idempotency_key="once")
    first = writer.write(order)
    for seconds, ttl in ((1800, 1), (1799, 7200)):
        clock.pass_by(seconds)
        assert writer.write(replace(order, ttl_seconds=ttl)) == first
        assert objects.objects[first.address.path("a")].expires_at == first.expires_at
    clock.pass_by(2)
    assert writer.write(order).address != first.address


def test_only_what_is_new_is_subject_to_a_quota(objects, clock):
    asked = []
    writer = Writer(objects, clock, admit=lambda *new: asked.append(new))
    orders = [DIRECT, ORDER, replace(ORDER, idempotency_key="once"), replace(ORDER, strategy=Strategy.KEY_BASED)]
    for order in orders:
        writer.write(order)
    assert asked == [("a", 4, "")] * 3 + [("a", 4, "a/key_based/k")]
    asked.clear()
    # Repeated, put off, and stored again after its end.
    for order, seconds in ((orders[2], 0), (DIRECT, 0), (replace(DIRECT, ttl_seconds=90), 100), (DIRECT, 0)):
        writer.write(order)
        clock.pass_by(seconds)
    assert asked == []


@pytest.mark.parametrize("order", [DIRECT, ORDER, replace(ORDER, idempotency_key="once")])
def test_what_is_refused_leaves_nothing_behind(objects, clock, order):
    def refuse(*_):
        raise InvalidInputError("full", "full")

    with pytest.raises(InvalidInputError):
        Writer(objects, clock, admit=refuse).write(order)
    assert objects.objects == {}


def test_an_idempotency_key_is_of_its_key_strategy_and_namespace(writer):
    order = replace(ORDER, idempotency_key="once")
    others = [replace(order, key="l"), replace(order, namespace="b"), replace(order, strategy=Strategy.TEMPORAL_LATEST)]
    written = [writer.write(each) for each in (order, *others)]
    assert len({(each.address.strategy, each.address.leaf) for each in written}) == 4


def test_an_idempotency_key_for_other_content_is_refused(writer):
    order = replace(ORDER, idempotency_key="once")
    writer.write(order)
    for other in (replace(order, data=b"x"), replace(order, content_type="text/html")):
        with pytest.raises(InvalidInputError, match="was given for other content"):
            writer.write(other)


@pytest.mark.parametrize(("ttl", "seconds"), [(10 * 24 * 3600, CLAIM_SECONDS), (60, 60)])
def test_an_idempotency_key_is_forgotten_after_a_day_or_with_its_entry(writer, clock, ttl, seconds):
    order = replace(ORDER, ttl_seconds=ttl, idempotency_key="once")
    first = writer.write(order)
    clock.pass_by(seconds + 1)
    assert writer.write(replace(order, data=b"x")).address != first.address


def test_a_claim_says_nothing_but_the_address(writer, objects):
    written = writer.write(replace(ORDER, idempotency_key="once"))
    (claim,) = (item for path, item in objects.objects.items() if path.startswith("a/claims/"))
    assert json.loads(claim.data)["leaf"] == written.address.leaf


@pytest.mark.parametrize("order", [DIRECT, replace(ORDER, idempotency_key="once")])
def test_who_never_wins_is_told_to_try_again(objects, clock, order):
    objects.put_new = objects.replace = lambda *_: False
    pauses = []
    with pytest.raises(UnavailableError, match="try again"):
        Writer(objects, clock, pause=lambda: pauses.append(0)).write(order)
    assert len(pauses) == TRIES


def test_an_entry_that_vanishes_meanwhile_is_written(objects, clock):
    writer = Writer(objects, clock, pause=lambda: None)
    address = Address(Strategy.DIRECT, "k", DIRECT.digest)
    objects.put(address.path("a"), CacheObject(b"text", "text/plain", 0.0))
    real = objects.head

    def vanish(path, **options):
        found = real(path, **options)
        objects.delete([path])
        objects.head = real
        return found

    objects.head = vanish
    assert writer.write(DIRECT).address == address
    assert objects.objects[address.path("a")].expires_at > NOON
