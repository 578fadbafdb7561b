"""The load balancer's benchmark, small: real processes, real connections, comparisons at the end."""

from __future__ import annotations

from bench.balancing import BALANCED, DIRECT, measure


def test_transfers_and_connections_are_compared_with_those_without_a_load_balancer() -> None:
    said: list[str] = []

    sections = measure(1, said.append, transfer_bytes=1 << 20, connections=3)

    assert [section.title for section in sections] == [
        "1 MiB over one connection",
        "3 connections, one after another, of one byte each",
    ]
    for section in sections:
        [comparison] = section.comparisons
        assert (comparison.subject, comparison.peer, comparison.rounds) == (BALANCED, DIRECT, 1)
        assert comparison.median > 0
    assert said
