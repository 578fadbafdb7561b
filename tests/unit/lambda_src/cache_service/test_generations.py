import pytest

from lambda_src.cache_service.generations import LEASE_SECONDS, LONGEST_SECONDS, PATH, SKEW_SECONDS, Generations
from lambda_src.cache_service.objects import CacheObject
from lambda_src.shared.errors import UnavailableError
from tests.unit.lambda_src.cache_service.stores import DeadStore, MemoryStore


class Clock:
    def __init__(self):
        self.time = 1_000_000.0

    def __call__(self):
        return self.time

    def sleep(self, seconds):
        self.time += seconds


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def store():
    return MemoryStore()


@pytest.fixture
def build(clock, store):
    """Return a function that makes what one container of the function knows of generations."""
    return lambda: Generations(store, clock, clock.sleep)


def test_it_is_looked_up_once_for_a_while(build, store, clock):
    reader = build()
    assert reader.current().name == reader.current().name == ""
    assert store.asked(PATH) == 1
    clock.time += LEASE_SECONDS
    reader.current()
    assert store.asked(PATH) == 2


def test_when_a_new_one_has_begun_nobody_goes_by_the_old_one(build, clock):
    readers = [build() for _ in range(3)]
    started = clock.time
    for reader in readers:
        reader.current()
        clock.time += 0.1
    writer = build()
    writer.begin()

    assert len({each.current().name for each in (*readers, writer)}) == 1
    assert writer.current().name
    assert clock.time - started == pytest.approx(0.3 + LEASE_SECONDS + SKEW_SECONDS)


def test_clearing_one_that_is_long_there_waits_for_nothing(build, clock):
    writer = build()
    before = clock.time
    writer.settle(writer.look())
    assert clock.time == before


def test_clearing_one_that_has_just_begun_waits_until_nobody_goes_by_the_one_before(build, clock, store):
    Generations(store, clock, lambda _: None).begin()
    clock.time += 0.5
    writer = build()
    began = writer.look().began_at
    writer.settle(writer.look())
    assert clock.time == pytest.approx(began + LEASE_SECONDS + SKEW_SECONDS)


def test_clearing_one_while_another_begins_is_in_vain_so_a_further_one_begins(build):
    writer, other = build(), build()
    cleared = writer.look()
    other.begin()
    others = other.look()
    writer.settle(cleared)
    assert writer.look().name not in (cleared.name, others.name)


def test_without_the_store_there_is_none_and_none_can_begin(clock):
    lost = Generations(DeadStore(), clock, clock.sleep)
    assert lost.current() is None
    for refused in (lost.look, lost.begin):
        with pytest.raises(UnavailableError):
            refused()


def test_a_generation_is_known_for_longer_than_anything_of_the_one_before_is_kept(build, store, clock):
    build().begin()
    assert store.objects[PATH].expires_at - clock.time > LONGEST_SECONDS
    assert LONGEST_SECONDS * 2 <= 86_400


@pytest.mark.parametrize("text", [b"", b"\xff", b"name", b"name soon", b"a name 1.0"])
def test_one_that_cannot_be_read_cannot_be_told_until_a_new_one_begins(build, store, clock, text):
    store.put(PATH, CacheObject(text, "text/plain", 0.0))
    reader, writer = build(), build()
    assert [reader.current(), writer.look()] == [None, None]
    writer.begin()
    assert reader.current().name == writer.current().name != ""


def test_what_was_cleared_while_none_could_be_told_is_left_behind(build, store):
    writer = build()
    cleared = writer.look()
    store.put(PATH, CacheObject(b"", "text/plain", 0.0))
    writer.settle(cleared)
    assert writer.look().name != ""
