import random
from datetime import UTC, datetime

import pytest

from contract.statistics import StatisticsSnapshot
from lambda_src.proxy_management.logic import MOST_ATTEMPTS, report, summarize
from lambda_src.shared.errors import UnavailableError


def test_nothing_reported(snapshots):
    summary = summarize(snapshots)
    assert summary.to_dict() == {
        "totals": {"requests": 0, "responses": 0, "response_bytes": 0, "results": {}, "modes": {}, "recycled": 0},
        "processes": 0,
        "updated_at": None,
    }


def test_totals_over_all_processes(snapshots):
    report(snapshots, "i-1", "1", StatisticsSnapshot(1, 10, 9, 1000, {"cached": 2, "transformed": 1}, {"xxx": 3}))
    report(snapshots, "i-1", "2", StatisticsSnapshot(1, 5, 5, 10, {"cached": 1}, {"off": 1}))
    report(snapshots, "i-2", "1", StatisticsSnapshot(1, 1, 1, 1))
    summary = summarize(snapshots)
    assert summary.totals.requests == 16
    assert summary.totals.responses == 15
    assert summary.totals.response_bytes == 1011
    assert summary.totals.results == {"cached": 3, "transformed": 1}
    assert summary.totals.modes == {"off": 1, "xxx": 3}
    assert summary.processes == 3
    assert summary.updated_at == datetime(2026, 1, 2, 3, 4, 7, tzinfo=UTC)


def test_a_later_report_replaces_and_is_not_added(snapshots):
    report(snapshots, "i", "1", StatisticsSnapshot(1, requests=10))
    assert report(snapshots, "i", "1", StatisticsSnapshot(2, requests=12))
    assert summarize(snapshots).totals.requests == 12


@pytest.mark.parametrize("sequence", [1, 2])
def test_an_older_or_repeated_report_is_dropped(snapshots, sequence):
    report(snapshots, "i", "1", StatisticsSnapshot(2, requests=12))
    assert not report(snapshots, "i", "1", StatisticsSnapshot(sequence, requests=1))
    assert summarize(snapshots).totals.requests == 12


@pytest.mark.parametrize("seed", range(5))
def test_order_of_reports_does_not_matter(snapshots, seed):
    reports = [StatisticsSnapshot(n, requests=n * 10) for n in range(10)] * 2
    random.Random(seed).shuffle(reports)  # noqa: S311 - order, not secrets
    for snapshot in reports:
        report(snapshots, "i", "1", snapshot)
    assert summarize(snapshots).totals.requests == 90


@pytest.mark.parametrize("there_before", [False, True])
def test_a_higher_report_that_slips_in_between_stays(snapshots, there_before):
    if there_before:
        report(snapshots, "i", "1", StatisticsSnapshot(1, requests=1))
    snapshots.before_write = lambda: report(snapshots, "i", "1", StatisticsSnapshot(9, requests=9))
    assert not report(snapshots, "i", "1", StatisticsSnapshot(5, requests=5))
    assert summarize(snapshots).totals.requests == 9


def test_a_lower_report_that_slips_in_between_is_replaced(snapshots):
    snapshots.before_write = lambda: report(snapshots, "i", "1", StatisticsSnapshot(3, requests=3))
    assert report(snapshots, "i", "1", StatisticsSnapshot(5, requests=5))
    assert summarize(snapshots).totals.requests == 5


def test_endless_contention_is_told():
    class Contended:
        attempts = 0

        def read(self, _):
            return None

        def write(self, *_, **__):
            self.attempts += 1
            return False

    store = Contended()
    with pytest.raises(UnavailableError, match="i/1"):
        report(store, "i", "1", StatisticsSnapshot(1))
    assert store.attempts == MOST_ATTEMPTS
