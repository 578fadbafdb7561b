"""Moments as AWS writes them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from emulator.plugin import clock, moments


@pytest.fixture(autouse=True)
def noon():
    clock.use(lambda: 1_800_000_000.5)


def test_now_and_other_moments_are_written_in_utc():
    assert moments.seconds() == 1_800_000_000.5
    assert moments.text() == "2027-01-15T08:00:00Z"
    assert moments.text(0.0) == "1970-01-01T00:00:00Z"
    assert moments.sentence() == "2027-01-15 08:00:00 GMT"


def test_now_is_what_the_clock_shows_in_utc():
    clock.use(lambda: 1_767_268_800.0)

    assert moments.now() == datetime(2026, 1, 1, 12, tzinfo=UTC)
