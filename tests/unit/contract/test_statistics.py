"""Counters survive their journey from a proxy process to the receiver."""

import pytest

from contract.statistics import StatisticsSnapshot


def test_what_is_written_is_read() -> None:
    snapshot = StatisticsSnapshot(7, requests=3, responses=2, response_bytes=9, results={"cached": 1}, modes={"xxx": 2})

    assert StatisticsSnapshot.from_json(snapshot.to_json()) == snapshot
    assert StatisticsSnapshot.from_json(snapshot.to_json().encode()) == snapshot


def test_counters_start_at_zero() -> None:
    assert StatisticsSnapshot.from_json('{"sequence": 1}') == StatisticsSnapshot(1, 0, 0, 0, {}, {})


def test_snapshots_do_not_share_their_counters() -> None:
    first, second = StatisticsSnapshot(1), StatisticsSnapshot(1)
    first.results["cached"] = 1

    assert second.results == {}


@pytest.mark.parametrize("text", ['{"sequence": 1, "colour": 2}', "{}"])
def test_an_unknown_or_missing_key_is_refused(text: str) -> None:
    with pytest.raises(TypeError):
        StatisticsSnapshot.from_json(text)


@pytest.mark.parametrize("text", ["", "[]", "3"])
def test_what_is_no_json_object_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"JSON object|Expecting"):
        StatisticsSnapshot.from_json(text)
