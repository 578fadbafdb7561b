import pytest

from contract.cache import Strategy
from lambda_src.cache_service.addresses import Address, temporal_leaf
from lambda_src.cache_service.listing import Catalogue, LiveEntry, Selection, Tally, heads, walk
from lambda_src.cache_service.objects import CacheObject
from tests.unit.lambda_src.cache_service.conftest import NOON

KEYS = ["", "a", "a/1", "a/2", "b"]


@pytest.fixture
def filled(objects):
    """Five entries each of two strategies; in between what is no entry, and what is in other namespaces."""
    for number, key in enumerate(KEYS):
        leaf = temporal_leaf(NOON, f"{number:032x}")
        objects.put(Address(Strategy.TEMPORAL, key, leaf).path("n"), CacheObject(b"12", "text/plain", NOON + 60))
        end = NOON + 60 if number % 2 else NOON
        objects.put(Address(Strategy.KEY_BASED, key or "z").path("n"), CacheObject(b"1234", "text/plain", end))
    for path in ("n/hashes/0/key_based.a", "n/temporal/unknown", "n/claims/x", "n1/key_based/a", "m/key_based/a"):
        objects.put(path, CacheObject(b"", "text/plain", NOON + 60))
    return objects


def keys(found):
    return [each.address.key for each in found]


@pytest.mark.parametrize("page_size", [1, 2, 1000])
def test_walking_shows_every_entry_once(filled, page_size):
    found = list(walk(filled, Selection("n"), page_size=page_size))
    # In the order of their paths, in which no key comes between the keys that begin with `a`, and those.
    assert keys(found) == ["a", "a/1", "a/2", "b", "z", "", "a", "a/1", "a/2", "b"]


def test_walking_goes_on_behind_any_id(filled):
    everything = [each.address for each in walk(filled, Selection("n"))]
    for position, address in enumerate(everything):
        rest = [each.address for each in walk(filled, Selection("n", after=address))]
        assert rest == everything[position + 1 :]


def test_only_what_was_selected(filled):
    assert keys(walk(filled, Selection("n", [Strategy.TEMPORAL], "a/"))) == ["a/1", "a/2"]
    assert keys(walk(filled, Selection("n", key_prefix="b"))) == ["b", "b"]
    assert keys(walk(filled, Selection("o"))) == []


def test_walking_asks_for_no_more_than_is_needed(filled):
    filled.calls.clear()
    next(walk(filled, Selection("n"), page_size=1))
    assert [method for method, _ in filled.calls].count("list") <= 2


def test_pages_leave_out_what_has_ended_and_say_where_to_go_on(filled, clock):
    catalogue = Catalogue(filled, clock)
    page = catalogue.page(Selection("n"), 3)
    assert (keys(page.entries), page.next) == (["a", "a/2"], "key_based.a_2F2")
    found = list(page.entries)
    while page.next:
        page = catalogue.page(Selection("n", after=Address.of_id(page.next)), 3)
        found += page.entries
    assert keys(found) == ["a", "a/2", "", "a", "a/1", "a/2", "b"]
    assert all(isinstance(each, LiveEntry) and each.head.expires_at > NOON for each in found)


def test_a_page_that_shows_all_has_no_next(filled, clock):
    assert Catalogue(filled, clock).page(Selection("n"), 10).next is None


def test_a_tally_counts_what_ended_apart(filled, clock):
    tallies, following = Catalogue(filled, clock).tally(Selection("n"), 100)
    assert following is None
    assert list(tallies) == sorted(Strategy)
    counted = tallies[Strategy.KEY_BASED]
    assert (counted.entries, counted.size, counted.expired, counted.expired_size) == (2, 8, 3, 12)
    assert counted.oldest == counted.newest == NOON
    assert tallies[Strategy.TEMPORAL].entries == 5
    assert tallies[Strategy.DIRECT] == Tally()


def test_tallies_that_are_cut_add_up(filled, clock):
    catalogue = Catalogue(filled, clock)
    entries = expired = 0
    after = None
    while True:
        tallies, following = catalogue.tally(Selection("n", after=after), 4)
        entries += sum(each.entries for each in tallies.values())
        expired += sum(each.expired for each in tallies.values())
        if following is None:
            break
        after = Address.of_id(following)
    assert (entries, expired) == (7, 3)


def test_what_goes_between_list_and_look_is_not_counted(filled, clock):
    real = filled.head
    filled.head = lambda path: None if path.endswith("/a") else real(path)
    tallies, _ = Catalogue(filled, clock).tally(Selection("n"), 100)
    assert tallies[Strategy.KEY_BASED].entries == 1


def test_heads_are_in_the_order_of_their_paths(filled):
    found = heads(filled, ["n/key_based/a", "nothing", "n/key_based/b"])
    assert [head is None for head in found] == [False, True, False]
    assert heads(filled, []) == []
