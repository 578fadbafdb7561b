"""What was deleted comes back from no Valkey, whatever happens to it meanwhile."""

from __future__ import annotations

import pytest

from lambda_src.cache_service.generations import PATH as PATH_OF_GENERATION
from lambda_src.cache_service.generations import Generations
from lambda_src.cache_service.objects import CacheObject
from lambda_src.shared.errors import UnavailableError
from tests.unit.lambda_src.cache_service.fronts import (
    CHANGING,
    OTHER,
    PAGE,
    PATH,
    Clock,
    build,
    client,
    running,
    server,
)
from tests.unit.lambda_src.cache_service.stores import DeadStore, MemoryStore

__all__ = ["build", "client", "running", "server"]


def test_what_was_deleted_is_gone_for_everybody(running, build):
    behind = MemoryStore()
    (one, _), (other, failures) = build(behind), build(behind)
    for path in (PATH, OTHER, CHANGING):
        one.put(path, PAGE)
        assert other.get(path) == PAGE

    one.delete([PATH, OTHER, CHANGING])

    assert [other.get(path) for path in (PATH, OTHER, CHANGING)] == [None] * 3
    assert failures == []


def test_nobody_who_has_read_it_before_brings_back_what_was_deleted(running, build, client):
    class Slow(MemoryStore):
        """Has the object deleted by somebody else just after it was read."""

        def get(self, path, *, fresh=False):
            found = super().get(path, fresh=fresh)
            if path == PATH and found:
                build(self)[0].delete([PATH])
            return found

    behind = Slow()
    behind.put(PATH, PAGE)
    front, _ = build(behind)

    assert front.get(PATH) == PAGE, "it was there when that was asked"
    assert front.get(PATH) is None
    assert client.get(f"/{PATH}") == b"-"


def test_what_is_deleted_while_valkey_is_away_does_not_come_back_with_it(running, build):
    behind, clock = MemoryStore(), Clock()
    reader, _ = build(behind, clock=clock)
    reader.put(PATH, PAGE)
    reader.put(OTHER, PAGE)
    # Valkey is there, and only the one who deletes cannot reach it.
    deleter, failures = build(behind, endpoint="127.0.0.1:1", clock=clock)

    deleter.delete([PATH])

    assert reader.get(PATH) is None
    assert len(failures) == 1
    assert [reader.get(OTHER), reader.get(OTHER)] == [PAGE, PAGE]
    assert behind.asked(OTHER) == 1, "kept again, in the new generation"


def test_who_deletes_while_a_generation_is_new_waits_for_those_who_go_by_the_old_one(running, build):
    behind, clock = MemoryStore(), Clock()
    reader, _ = build(behind, clock=clock)
    reader.put(PATH, PAGE)
    # Somebody has let a generation begin and waits; meanwhile another deletes, who goes by the new one already.
    Generations(behind, clock, lambda _: None).begin()
    build(behind, clock=clock)[0].delete([PATH])

    assert reader.get(PATH) is None


def test_what_has_once_been_deleted_can_be_stored_again(running, build):
    behind = MemoryStore()
    front, _ = build(behind)
    front.put(PATH, PAGE)
    front.delete([PATH])

    front.put(PATH, PAGE)

    assert [front.get(PATH), front.get(PATH)] == [PAGE, PAGE]


class Halting(MemoryStore):
    """Deletes some of what it is to delete, and fails; or fails to keep anything more, if it is told to."""

    is_full = halts = False

    def put(self, path, item):
        if self.is_full:
            raise UnavailableError("storage-unavailable", "could not write the cache")
        super().put(path, item)

    def delete(self, paths):
        super().delete(paths[:1] if self.halts else paths)
        if self.halts:
            raise UnavailableError("storage-unavailable", "could not delete 1 of 2 objects of the cache")


@pytest.mark.parametrize("is_reached", [True, False])
def test_what_went_before_a_deletion_failed_is_not_served_either(running, build, is_reached):
    behind, clock = Halting(), Clock()
    reader, _ = build(behind, clock=clock)
    for path in (PATH, OTHER):
        reader.put(path, PAGE)
    behind.halts = True
    deleter, _ = build(behind, clock=clock, **({} if is_reached else {"endpoint": "127.0.0.1:1"}))
    with pytest.raises(UnavailableError, match="could not delete"):
        deleter.delete([PATH, OTHER])
    # Asked again, a deletion by prefix finds the other alone.
    behind.halts = False
    reader.delete([OTHER])

    assert [reader.get(PATH), reader.get(OTHER)] == [None, None]


def test_nothing_is_deleted_where_what_is_in_front_can_be_neither_cleared_nor_left_behind(running, build):
    behind, clock = Halting(), Clock()
    reader, _ = build(behind, clock=clock)
    reader.put(PATH, PAGE)
    behind.is_full = True
    with pytest.raises(UnavailableError, match="could not write"):
        build(behind, clock=clock, endpoint="127.0.0.1:1")[0].delete([PATH])

    assert behind.get(PATH) == PAGE


def test_a_generation_that_cannot_be_decrypted_any_more_keeps_nobody_from_reading_storing_and_deleting(running, build):
    behind = MemoryStore()
    behind.put(PATH_OF_GENERATION, CacheObject(b"", "text/plain", 0.0))
    front, failures = build(behind)
    front.put(PATH, PAGE)
    assert [front.get(PATH), front.get(PATH), behind.asked(PATH)] == [PAGE, PAGE, 2]
    front.delete([PATH])
    assert front.get(PATH) is None
    front.put(OTHER, PAGE)
    assert [front.get(OTHER), behind.asked(OTHER), failures] == [PAGE, 0, []]


def test_a_store_behind_that_cannot_delete_is_told(running, build):
    with pytest.raises(UnavailableError):
        build(DeadStore())[0].delete([PATH])
