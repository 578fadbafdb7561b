"""Ports that stay free until a server listens there."""

from __future__ import annotations

import socket

from emulator import ports


def test_ports_are_free_different_and_none_that_the_system_gives_away():
    found = ports.pick(3)

    assert len(set(found)) == 3
    assert all(ports.is_free(port) and port < 32_768 for port in found)


def test_a_port_at_which_somebody_listens_is_not_free(monkeypatch):
    with socket.create_server((ports.LOOPBACK, 0)) as server:
        taken = server.getsockname()[1]
        (free,) = ports.pick()
        assert not ports.is_free(taken)

        monkeypatch.setattr(ports, "OWN", (taken, free))
        assert ports.pick() == [free]
