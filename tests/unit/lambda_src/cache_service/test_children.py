import pytest

from contract.cache import Strategy
from lambda_src.cache_service.addresses import Address, children_prefix, children_prefix_of
from lambda_src.cache_service.children import Children
from lambda_src.cache_service.objects import CacheObject
from lambda_src.shared.errors import NotFoundError
from tests.unit.lambda_src.cache_service.conftest import NOON

PARENT = Address(Strategy.KEY_BASED, "p")


@pytest.fixture
def children(objects, clock):
    store_parent(objects)
    return Children(objects, clock)


def store_parent(objects, data=b"parent", end=NOON + 60, address=PARENT):
    objects.put(address.path("a"), CacheObject(data, "text/plain", end))


def store(children, name="c", seconds=None, parent=PARENT):
    return children.store("a", parent, name, b"child", "image/png", seconds)


def test_a_child_is_kept_as_long_as_its_entry_at_most(children, clock):
    assert store(children).expires_at == NOON + 60
    assert store(children, seconds=10_000).expires_at == NOON + 60
    assert store(children, seconds=5).expires_at == pytest.approx(NOON + 5, abs=0.1)
    assert children.retrieve("a", PARENT, "c").data == b"child"
    clock.pass_by(6)
    with pytest.raises(NotFoundError, match="'c'"):
        children.retrieve("a", PARENT, "c")


def test_a_child_goes_with_its_entry(children, objects):
    store(children)
    objects.delete([PARENT.path("a")])
    for ask in (lambda: children.retrieve("a", PARENT, "c"), lambda: store(children), lambda: pages(children)):
        with pytest.raises(NotFoundError, match="there is no entry"):
            ask()


def test_a_child_belongs_to_what_its_entry_held(children, objects):
    store(children)
    store_parent(objects, b"other")
    assert pages(children) == []
    store_parent(objects)
    assert pages(children) == ["c"]


def test_no_child_is_left_behind_when_its_entry_goes_while_it_is_stored(children, objects):
    real = objects.put

    def go_first(path, item):
        real(path, item)
        objects.delete([PARENT.path("a")])

    objects.put = go_first
    with pytest.raises(NotFoundError):
        store(children)
    assert objects.objects == {}


def pages(children, limit=1):
    found, after = [], ""
    while after is not None:
        page, after = children.page("a", PARENT, after=after, limit=limit)
        found += [each.name for each in page]
    return found


@pytest.mark.parametrize("limit", [1, 2, 500])
def test_children_are_listed_by_name(children, clock, limit):
    names = ["a", "a/b", "..", "\u00e9", "z"]
    for name in names:
        store(children, name)
    store(children, "short", seconds=1)
    clock.pass_by(2)
    assert sorted(pages(children, limit)) == sorted(names)


def test_deleting_one(children):
    store(children)
    store(children, "d")
    assert children.delete("a", PARENT, "c")
    assert not children.delete("a", PARENT, "c")
    assert pages(children) == ["d"]


def test_deleting_all_of_an_entry_or_of_a_prefix(children, objects):
    others = [Address(Strategy.KEY_BASED, key) for key in ("p/1", "p/2", "q")]
    for each in others:
        store_parent(objects, address=each)
    for each in (PARENT, *others):
        store(children, parent=each)

    children.delete_all(children_prefix("a", PARENT))
    assert kept(objects) == ["p_2F1", "p_2F2", "q"]
    children.delete_all(children_prefix_of("a", Strategy.KEY_BASED, "p/"))
    assert kept(objects) == ["q"]


def kept(objects):
    return [path.split("/")[2].removeprefix("key_based.") for path in sorted(objects.objects) if "/children/" in path]


def test_more_children_than_one_list_shows_are_deleted(children, objects):
    for number in range(1001):
        store(children, f"{number}")
    children.delete_all(children_prefix("a", PARENT))
    assert kept(objects) == []
