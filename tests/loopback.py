"""Keep tests on this machine: a connection or a name that leads elsewhere is refused, and the test fails.

Python itself reports each connection and each look-up of a name, whichever library makes it, so nothing slips past.
What a test starts as a process of its own is not seen here.
"""

from __future__ import annotations

import ipaddress
import socket
import sys
from typing import Any

_OWN_NAMES = {"localhost", "", socket.gethostname()}
_CONNECTIONS = {"socket.connect", "socket.sendto", "socket.sendmsg"}
_LOOK_UPS = {"socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"}


class LeftLoopbackError(OSError):
    """A test tried to reach something that is not on this machine; to what is tested it is a network that is down."""


class Guard:
    """Refuses what leads away from this machine, and remembers it: what is tested may well survive the refusal."""

    def __init__(self) -> None:
        self._refused: list[str] = []

    def install(self) -> None:
        """Watch this process from now on; Python has no way to take that back."""
        sys.addaudithook(self)

    def __call__(self, event: str, arguments: tuple[Any, ...]) -> None:
        """Judge one audit event.

        :raises LeftLoopbackError: if it is an attempt to leave this machine.
        """
        if event in _CONNECTIONS:
            address = arguments[1]  # a tuple; the path of a Unix socket, which stays here, is none
            stays = not isinstance(address, tuple) or _is_here(_text(address[0]))
            target = address
        elif event in _LOOK_UPS:
            target = arguments[0]
            stays = _text(target) in _OWN_NAMES or _is_number(_text(target))
        else:
            return
        if not stays:
            self._refused.append(f"{event} {target}")
            raise LeftLoopbackError(f"{event} {target}: tests reach nothing but 127.0.0.0/8, ::1 and localhost")

    def take(self) -> list[str]:
        """Return what was refused since the last call."""
        refused, self._refused = self._refused, []
        return refused


def _text(host: str | bytes | None) -> str:
    return host.decode() if isinstance(host, bytes) else host or ""


def _is_here(host: str) -> bool:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host in _OWN_NAMES
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return (mapped or address).is_loopback


def _is_number(host: str) -> bool:
    """Tell whether a name is an address in one of its notations, such as 2130706433, so that no server is asked."""
    try:
        socket.inet_aton(host)
    except OSError:
        return ":" in host
    return True
