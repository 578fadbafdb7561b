"""Where on loopback a load balancer listens.

Its address and, where those are taken, its other ports follow from its ARN. So they are the same after a restart
without anyone having to remember them.
"""

from __future__ import annotations

import contextlib
import errno
import logging
import socket
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from emulator.instances.addresses import Address, NoAddressError, reserve

logger = logging.getLogger("slipway.balancer")

SHARED = "127.0.0.1"
_OWN = tuple(f"127.0.78.{number}" for number in range(10, 250))
_OTHER_PORTS = range(20_000, 30_000)
_ATTEMPTS = 100


@dataclass(frozen=True)
class Place:
    """Where a load balancer can be reached.

    :param address: loopback address.
    :param ports: from a listener's port on AWS to the port on this machine, which is another only where that is taken.
    """

    address: str
    ports: dict[int, int]


class Site:
    """A load balancer's address, held until it is given back.

    :param arn: the load balancer's.
    """

    def __init__(self, arn: str) -> None:
        self._start = zlib.crc32(arn.encode())
        self._held = self._reserve()

    @property
    def address(self) -> str:
        """A loopback address of its own, or 127.0.0.1 where the system has no other, as macOS."""
        return self._held.text if self._held else SHARED

    def bind(self, port: int) -> socket.socket:
        """Return a socket that is bound to a port or, if that is taken, to another.

        On an address that all share only other ports are used: an instance needs the same one.

        :raises OSError: if no port is free.
        """
        if self._held is not None:
            try:
                return _bound(self.address, port)
            except OSError as error:
                logger.warning("port %d of %s cannot be used (%s); taking another", port, self.address, error.strerror)
        for other in self._others(port):
            with contextlib.suppress(OSError):
                return _bound(self.address, other)
        raise OSError(errno.EADDRINUSE, f"no port of {self.address} is free")

    def release(self) -> None:
        """Give the address back."""
        if self._held is not None:
            self._held.release()

    def _reserve(self) -> Address | None:
        first = self._start % len(_OWN)
        with contextlib.suppress(NoAddressError):
            return reserve((*_OWN[first:], *_OWN[:first]), ())
        return None

    def _others(self, port: int) -> Iterator[int]:
        return (_OTHER_PORTS[(self._start + port + step) % len(_OTHER_PORTS)] for step in range(_ATTEMPTS))


def _bound(address: str, port: int) -> socket.socket:
    bound = socket.socket()
    try:
        # Connections of an earlier run in TIME_WAIT are no obstacle.
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.setblocking(False)
        bound.bind((address, port))
        bound.listen()
    except OSError:
        bound.close()
        raise
    return bound
