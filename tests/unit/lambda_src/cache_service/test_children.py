import pytest

from contract.cache import Strategy
from lambda_src.cache_service.addresses import Address, child_path, children_prefix, children_prefix_of
from lambda_src.cache_service.children import Children
from lambda_src.cache_service.objects import CacheObject, content_hash
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

    objects.delete([each.path("a") for each in (PARENT, *others)])
    assert children.sweep("a", children_prefix("a", PARENT))
    assert kept(objects) == ["p_2F1", "p_2F2", "q"]
    assert children.sweep("a", children_prefix_of("a", Strategy.KEY_BASED, "p/"))
    assert kept(objects) == ["q"]


def test_what_belongs_to_an_entry_that_is_there_is_not_swept_away(children, objects):
    other = Address(Strategy.KEY_BASED, "o")
    for address in (PARENT, other):
        store_parent(objects, address=address)
        store(children, parent=address)
    objects.delete([other.path("a")])
    assert children.sweep("a", children_prefix_of("a", Strategy.KEY_BASED, ""))
    assert kept(objects) == ["p"]


def test_what_belonged_to_former_content_goes_when_something_new_is_stored(children, objects):
    store(children)
    store_parent(objects, b"other")
    store(children, "d")
    assert kept(objects) == ["p"]
    assert pages(children) == ["d"]


def test_an_end_that_is_put_off_does_not_put_off_that_of_a_child(children, objects):
    store(children)
    store_parent(objects, end=NOON + 600)
    assert children.retrieve("a", PARENT, "c").expires_at == NOON + 60


def test_only_what_has_room_is_stored(children, objects, clock):
    asked = []
    Children(objects, clock, lambda *new: asked.append(new)).store("a", PARENT, "c", b"child", "image/png")
    assert asked == [("a", 5, child_path("a", PARENT.cache_id, content_hash(b"parent"), "c"))]


def kept(objects):
    return [path.split("/")[2].removeprefix("key_based.") for path in sorted(objects.objects) if "/children/" in path]


def test_more_children_than_one_list_shows_are_deleted(children, objects):
    for number in range(1001):
        path = child_path("a", PARENT.cache_id, content_hash(b"parent"), f"{number}")
        objects.put(path, CacheObject(b"child", "image/png", NOON + 60))
    objects.delete([PARENT.path("a")])
    assert [children.sweep("a", children_prefix("a", PARENT)) for _ in range(2)] == [False, True]
    assert kept(objects) == []
