"""Loopback addresses for local instances, so that all of them can use the same ports as on AWS."""

from __future__ import annotations

import contextlib
import errno
import socket
from collections.abc import Iterator

PORTS = (8080, 8081, 8082)
_OWN = tuple(f"127.0.77.{number}" for number in range(10, 250))
_SHARED = "127.0.0.1"
# Held for as long as an address is in use, also against other emulators; it vanishes with its process. It is none that
# a system gives to whoever asks for any port.
_RESERVATION_PORT = 17077


class NoAddressError(Exception):
    """Every address, or every port on the only one, is in use."""


class Address:
    """One loopback address, held until it is released.

    :param text: for example `127.0.77.10`.
    """

    def __init__(self, text: str, reservation: socket.socket) -> None:
        self.text = text
        self._reservation = reservation

    def release(self) -> None:
        """Give the address back."""
        self._reservation.close()


def reserve(candidates: tuple[str, ...] = (*_OWN, _SHARED), ports: tuple[int, ...] = PORTS) -> Address:
    """Reserve the first address on which all ports are free.

    :raises NoAddressError: if there is none.
    """
    for candidate in candidates:
        with contextlib.suppress(OSError):
            return _try(candidate, ports)
    raise NoAddressError(
        f"no loopback address has the ports {', '.join(map(str, ports))} free\n"
        "  next: end the program that uses them (another 'make up' of this project, perhaps)"
    )


def has_own_addresses() -> bool:
    """Tell whether this system has loopback addresses beside 127.0.0.1, as Linux does and macOS does not."""
    with socket.socket() as probe:
        try:
            probe.bind((_OWN[0], 0))
        except OSError as error:
            return error.errno != errno.EADDRNOTAVAIL
    return True


def _try(candidate: str, ports: tuple[int, ...]) -> Address:
    reservation = socket.socket()
    try:
        reservation.bind((candidate, _RESERVATION_PORT))
        for probe in _probes(candidate, ports):
            probe.close()
    except OSError:
        reservation.close()
        raise
    return Address(candidate, reservation)


def _probes(candidate: str, ports: tuple[int, ...]) -> Iterator[socket.socket]:
    for port in ports:
        probe = socket.socket()
        try:
            # An instance that has just ended leaves connections in TIME_WAIT; they are no obstacle to the next.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((candidate, port))
        except OSError:
            probe.close()
            raise
        yield probe
