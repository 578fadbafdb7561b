"""Spans of time, cut as Cost Explorer cuts them."""

from __future__ import annotations

import itertools

import pytest

from emulator.account.costs import periods


@pytest.mark.parametrize(
    ("start", "end", "granularity", "expected"),
    [
        ("2026-01-30", "2026-02-02", "DAILY", ["2026-01-30", "2026-01-31", "2026-02-01", "2026-02-02"]),
        ("2026-01-31", "2026-03-10", "MONTHLY", ["2026-01-31", "2026-02-01", "2026-03-01", "2026-03-10"]),
        ("2025-12-01", "2026-01-01", "MONTHLY", ["2025-12-01", "2026-01-01"]),
        (
            "2026-01-01T23:00:00Z", "2026-01-02T01:00:00Z", "HOURLY",
            ["2026-01-01T23:00:00Z", "2026-01-02T00:00:00Z", "2026-01-02T01:00:00Z"],
        ),
    ],
)  # fmt: skip
def test_periods_follow_each_other(start, end, granularity, expected):
    assert periods(start, end, granularity) == list(itertools.pairwise(expected))


@pytest.mark.parametrize(
    ("start", "end", "granularity"),
    [
        ("2026-01-02", "2026-01-02", "DAILY"),
        ("2026-01-02T00:00:00Z", "2026-01-01T00:00:00Z", "HOURLY"),
        ("yesterday", "2026-01-02", "DAILY"),
    ],
)
def test_what_is_no_span_is_refused(start, end, granularity):
    with pytest.raises(ValueError, match=r"before end date|Invalid isoformat"):
        periods(start, end, granularity)
