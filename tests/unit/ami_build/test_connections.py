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


def test_a_connection_is_a_web_socket_until_it_is_closed() -> None:
    connections = Connections()
    connections.open("a")
    connections.carry("a")
    connections.upgrade("a")
    assert connections.web_sockets == 1
    connections.close("a")
    connections.upgrade("a")  # its client has left before the origin agreed
    assert connections.web_sockets == 0
