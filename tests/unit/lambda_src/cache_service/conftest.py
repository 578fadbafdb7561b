"""The cache service over a store in memory, with a clock that stands until a test moves it."""

import pytest

from lambda_src.cache_service.export import Export
from lambda_src.cache_service.logic import Cache
from lambda_src.cache_service.routes import Terms, build_application
from tests.unit.lambda_src.cache_service.stores import MemoryStore

NOON = 1_795_262_400.0  # 2026-11-21T12:00:00Z


class Clock:
    """Tells the time; each look at it takes a microsecond, so that no two stores are at the same time."""

    def __init__(self):
        self.time = NOON

    def __call__(self):
        self.time += 1e-6
        return self.time

    def pass_by(self, seconds):
        self.time += seconds


class NoZip:
    """Makes no file, and tells what it was asked for."""

    def export(self, namespace, prefix, after):
        asked = f"{namespace}/{prefix}/{after.cache_id if after else ''}"
        return Export(url=f"https://zip.example/{asked}", url_expires_at=1.0, size=2, entries=3, next=None)


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def objects(clock):
    return MemoryStore(lambda: clock.time)


@pytest.fixture
def cache(objects, clock):
    return Cache(objects, clock)


@pytest.fixture
def call(caller, cache):
    terms = Terms(ttl_seconds=60, longest_ttl_seconds=86_400)
    return caller(build_application, cache, exporter=NoZip(), terms=terms)
