from bench.memory import Entries, Reports
from lambda_src.cache_service.objects import CacheObject


def test_entries_are_kept_as_conditions_say():
    store, item = Entries(), CacheObject(b"a", "text/plain", 1.0)

    assert store.put_new("x/1", item)
    assert not store.put_new("x/1", item)
    etag = store.get("x/1").etag
    assert store.replace("x/1", item, etag)
    assert not store.replace("x/1", item, etag)
    assert store.head("x/1").size == 1
    store.put("x/2", item)
    assert [each.path for each in store.list("x/", limit=1).objects] == ["x/1"]
    store.delete(["x/1", "x/3"])
    assert (store.get("x/1"), store.head("x/1")) == (None, None)


def test_reports_are_written_over_what_was_read_only():
    store = Reports()

    assert store.write("a", b"1", replaces=None)
    assert not store.write("a", b"2", replaces=None)
    assert store.write("a", b"2", replaces=store.read("a").etag)
    assert [kept.data if kept else None for kept in store.read_each(["a", "b"])] == [b"2", None]
    assert [each.key for each in (*store.list_first(at_most=1), *store.list_each(["a"]))] == ["a", "a"]
