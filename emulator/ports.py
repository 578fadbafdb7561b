"""Ports of the loopback address that stay free until whoever picked one listens there."""

from __future__ import annotations

import itertools
import random
import socket

LOOPBACK = "127.0.0.1"
OWN = range(20_000, 32_768)
"""Where no system looks that is asked for any port: Linux begins at 32768, others do at 49152 (RFC 6335, section 6)."""


def is_free(port: int) -> bool:
    """Return whether a server could listen at a port."""
    with socket.socket() as probe:
        # As a server itself does: connections in TIME_WAIT of an earlier run are no obstacle.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def pick(count: int = 1) -> list[int]:
    """Return free ports, all different.

    A port that the system itself gives (`bind` to 0) may be given to another program before a server listens there,
    and again while the server is started anew; these are not.
    """
    candidates = iter(random.sample(OWN, len(OWN)))
    return list(itertools.islice(filter(is_free, candidates), count))
