"""Connections are counted once, and those that have not asked for anything can be told from others."""

from __future__ import annotations

from slipway_proxy.connections import Connections


def test_a_client_is_silent_until_it_asks_and_a_tunnel_is_no_question() -> None:
    connections = Connections()
    connections.open("a")
    connections.open("b")
    connections.carry("a")
    assert connections.silent == 2
    connections.ask("a")
    assert connections.silent == 1
    connections.close("b")
    assert connections.silent == 0


def test_a_connection_counts_once_whatever_it_carries_and_stays_counted() -> None:
    connections = Connections()
    for client in ("a", "a", "b"):
        connections.open(client)
        connections.carry(client)
    connections.close("a")
    connections.open("only asks how the proxy is")
    assert connections.count == 2
