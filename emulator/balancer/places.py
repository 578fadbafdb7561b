"""Where on loopback a load balancer listens.

The first one gets the first address, so that what a person has typed into a browser holds for the next deployment too.
Where a port is taken, the other one follows from the ARN, so that it is the same after a restart.
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
    :param wish: the address that it had before; taken if it is free.
    :param own: addresses to choose from.
    """

    def __init__(self, arn: str, wish: str | None = None, own: tuple[str, ...] = _OWN) -> None:
        self._start = zlib.crc32(arn.encode())
        self._held: Address | None = None
        with contextlib.suppress(NoAddressError):
            self._held = reserve((wish, *own) if wish in own else own, ())

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
