"""The store that the other tests use does what the interface says."""

import pytest

from lambda_src.proxy_management.store import Listed


def test_a_write_holds_only_on_top_of_what_it_names(store):
    assert store.write("a", b"1", replaces=None)
    assert not store.write("a", b"2", replaces=None)
    first = store.read("a")
    assert store.write("a", b"2", replaces=first.etag)
    assert not store.write("a", b"3", replaces=first.etag)
    assert not store.write("b", b"1", replaces=first.etag)
    assert store.read("a").data == b"2"


@pytest.mark.parametrize(("after", "found"), [("", ["a", "b"]), ("a", ["b", "c"]), ("c", [])])
def test_the_first_of_a_list(store, after, found):
    for key in "cba":
        store.write(key, b"", replaces=None)
    assert [each.key for each in store.list_first(after=after, at_most=2)] == found


def test_what_is_listed_has_the_tag_of_what_is_read(store):
    for key in ("x/1", "y/1", "z/1"):
        store.write(key, key.encode(), replaces=None)
    listed = store.list_each(["x/", "z/"])
    assert listed == [Listed(key, store.read(key).etag) for key in ("x/1", "z/1")]
    assert [kept.data for kept in store.read_each([each.key for each in listed])] == [b"x/1", b"z/1"]
