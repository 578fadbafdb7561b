"""A snapshot store in memory that behaves as S3 with conditional writes does."""

from datetime import UTC, datetime, timedelta

import pytest

from lambda_src.proxy_management.logic import Kept

FIRST_WRITE = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


class MemorySnapshots:
    def __init__(self):
        self.kept = {}
        self.writes = 0
        self.before_write = lambda: None

    def read(self, name):
        return self.kept.get(name)

    def read_all(self):
        return list(self.kept.values())

    def write(self, name, snapshot, replaces):
        before, self.before_write = self.before_write, lambda: None
        before()
        current = self.kept.get(name)
        if (current.version if current else None) != replaces:
            return False
        self.kept[name] = Kept(snapshot, f"v{self.writes}", FIRST_WRITE + timedelta(seconds=self.writes))
        self.writes += 1
        return True


@pytest.fixture
def snapshots():
    return MemorySnapshots()
