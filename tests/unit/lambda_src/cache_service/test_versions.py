from concurrent.futures import ThreadPoolExecutor

import pytest

from contract.cache import Strategy
from lambda_src.cache_service.addresses import Address, newest_first_leaf, numbers_path
from lambda_src.cache_service.listing import CLEARED_AFTER_SECONDS
from lambda_src.cache_service.objects import CacheObject
from lambda_src.cache_service.versions import Numbers, Versions
from lambda_src.shared.errors import UnavailableError
from tests.unit.lambda_src.cache_service.conftest import NOON

VERSIONED = Strategy.TEMPORAL_VERSIONED


@pytest.fixture
def versions(objects, clock):
    return Versions(objects, clock)


def stored(objects, number, *, seconds=60, key="k"):
    """Put a version as the writer does: a second younger than the one before."""
    address = Address(VERSIONED, key, newest_first_leaf(NOON + number, f"{int(number):032x}"))
    objects.put(address.path("a"), CacheObject(f"v{number}".encode(), "text/plain", NOON + seconds))
    return address


def test_versions_are_numbered_one_after_the_other(versions, objects):
    for number in range(1, 4):
        assert versions.number("a", stored(objects, number), NOON) == number


def test_a_version_keeps_its_number(versions, objects):
    address = stored(objects, 1)
    assert versions.number("a", address, NOON) == 1
    versions.number("a", stored(objects, 2), NOON)
    assert versions.number("a", address, NOON) == 1
    assert versions.find("a", "k", 1) == address


def test_who_numbers_numbers_all_that_have_no_number_yet_in_their_order(versions, objects):
    addresses = [stored(objects, number) for number in (3, 1, 2)]
    objects.calls.clear()
    assert [versions.number("a", each, NOON) for each in addresses] == [3, 1, 2]
    assert [method for method, _ in objects.calls] == ["get", "list", "put_new", "get", "get"]


def test_no_number_is_given_twice_even_when_versions_go(versions, objects):
    first = stored(objects, 1)
    versions.number("a", first, NOON)
    objects.delete([first.path("a")])
    assert versions.number("a", stored(objects, 2), NOON) == 2
    assert versions.find("a", "k", 1) is None


def test_two_hundred_at_once_get_all_numbers_within_three_tries(versions, objects):
    def store(number):
        return versions.number("a", stored(objects, number), NOON)

    with ThreadPoolExecutor(32) as callers:
        assert sorted(callers.map(store, range(200))) == list(range(1, 201))
    writes = [path for method, path in objects.calls if method in ("replace", "put_new")]
    assert len(writes) <= 3 * 200


def test_each_key_counts_for_itself(versions, objects):
    assert versions.number("a", stored(objects, 1), NOON) == 1
    assert versions.number("a", stored(objects, 2, key="l"), NOON) == 1


def test_a_version_that_is_gone_gets_no_number(versions, objects):
    address = stored(objects, 1)
    objects.delete([address.path("a")])
    assert versions.number("a", address, NOON) is None


@pytest.mark.parametrize("text", [b"", b"[]", b'{"numbers": []}', b'{"following": "x"}', b"\xff"])
def test_numbers_that_cannot_be_read_are_given_anew(versions, objects, text):
    objects.put(numbers_path("a", "k"), CacheObject(text, "application/json", NOON))
    assert versions.number("a", stored(objects, 1), NOON) == 1


def test_who_never_wins_is_told_that_the_version_is_kept(versions, objects):
    address = stored(objects, 1)
    objects.put_new = lambda *_: False
    with pytest.raises(UnavailableError, match="is kept"):
        versions.number("a", address, NOON)


def test_the_numbers_are_kept_as_long_as_what_they_count(versions, objects):
    for number, end in ((1, 50.0), (2, 20.0)):
        versions.number("a", stored(objects, number), end)
    assert objects.objects[numbers_path("a", "k")].expires_at == 50.0


def test_the_newest_is_that_whose_time_is_not_over(versions, objects):
    addresses = [stored(objects, number, seconds=60 if number == 5 else 0) for number in range(40)]
    assert versions.newest("a", VERSIONED, "k") == addresses[5]
    assert versions.newest("a", VERSIONED, "l") is None


def test_the_newest_takes_two_reads(versions, objects):
    addresses = [stored(objects, number) for number in range(3)]
    objects.calls.clear()
    assert versions.newest("a", VERSIONED, "k") == addresses[2]
    assert [method for method, _ in objects.calls] == ["list", "head"]


def test_all_versions_newest_first(versions, objects):
    for number in range(1, 5):
        versions.number("a", stored(objects, number, seconds=0 if number == 2 else 60), NOON)
    assert [each.number for each in versions.all("a", "k", 100)] == [4, 3, 1]
    assert [each.number for each in versions.all("a", "k", 2)] == [4, 3]


def test_only_what_is_listed_keeps_a_number():
    numbers = Numbers(3, {"d": 1, "c": 2}).with_all(["a", "b", "c"], is_complete=True)
    assert numbers == Numbers(5, {"c": 2, "b": 3, "a": 4})


def test_what_was_beyond_the_newest_thousand_gets_no_second_number(versions, objects):
    every = [stored(objects, number) for number in range(1001)]
    versions.number("a", every[0], NOON)
    assert versions.number("a", every[-1], NOON) == 1000
    objects.delete([each.path("a") for each in every[-2:]])
    assert versions.number("a", stored(objects, 2000), NOON) == 1001
    assert versions.all("a", "k", 1000)[-1].entry.address == every[0]
    assert versions.all("a", "k", 1000)[-1].number is None
    assert versions.find("a", "k", 1) == every[1]


def test_what_was_stored_late_is_numbered_all_the_same(versions, objects):
    for number in (*range(2, 1002), 1):
        address = stored(objects, number + (0 if number > 1 else 500.5))
    assert versions.number("a", address, NOON) == 500


def test_ended_entries_hide_none_that_lives_and_are_cleared(versions, objects, clock):
    alive = stored(objects, 0, seconds=5000)
    for number in range(1, 1001):
        stored(objects, number)
    clock.pass_by(60 + CLEARED_AFTER_SECONDS)
    with pytest.raises(UnavailableError, match="try again"):
        versions.newest("a", VERSIONED, "k")
    assert versions.newest("a", VERSIONED, "k") == alive
    assert list(objects.objects) == [alive.path("a")]


def test_what_has_only_just_ended_is_not_cleared(versions, objects, clock):
    stored(objects, 1)
    clock.pass_by(60 + CLEARED_AFTER_SECONDS - 1)
    assert versions.newest("a", VERSIONED, "k") is None
    assert len(objects.objects) == 1
