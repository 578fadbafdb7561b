"""Whom the proxy serves and where it connects to: decided on addresses; rules about names (`hosts`) come on top.

A proxy that faces the internet is a way into the network around it. So a destination must be a public address on an
allowed port unless its network is allowed by configuration, and whoever asks must come from an allowed network.
"""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Awaitable, Callable, Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
Resolve = Callable[[str, int], Awaitable[list[str]]]

# Credentials of the instance come from here, so not even an allowed network opens these.
METADATA_ADDRESSES = frozenset(map(ip_address, ("169.254.169.254", "169.254.170.2", "169.254.170.23", "fd00:ec2::254")))
NAT64 = IPv6Network("64:ff9b::/96")
# https://www.iana.org/assignments/ipv6-address-space: all that is given out; outside it IPv4 addresses are wrapped too.
GLOBAL_UNICAST = IPv6Network("2000::/3")
VERDICT_SECONDS = 5.0
MOST_VERDICTS = 1024


async def resolve(host: str, port: int) -> list[str]:
    """Return the addresses of a host name, in every notation that the system accepts; none if there are none."""
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, ValueError):  # also of a name that can be none: too long a label, a null character
        return []
    return [str(entry[4][0]) for entry in found]


def parse(address: str) -> Address:
    """Return an address in its plainest form: an IPv4 address that is wrapped in an IPv6 one comes out as IPv4.

    :raises ValueError: if it is no address.
    """
    parsed = ip_address(address.partition("%")[0])
    if isinstance(parsed, IPv6Address):
        if parsed in NAT64:
            return IPv4Address(int(parsed) & 0xFFFFFFFF)
        return parsed.ipv4_mapped or parsed.sixtofour or parsed
    return parsed


def contains(networks: Iterable[Network], address: Address) -> bool:
    """Return whether one of the networks holds the address."""
    return any(address in network for network in networks)


def _is_public(address: Address) -> bool:
    if isinstance(address, IPv6Address) and address not in GLOBAL_UNICAST:
        return False
    return address.is_global and not address.is_multicast


class ClientGuard:
    """Decides who is served.

    :param networks: CIDR blocks; none means everyone. This machine itself is always served, for its health check.
    """

    def __init__(self, networks: Iterable[str]) -> None:
        self._networks = [ip_network(network) for network in networks]

    def allows(self, client: str) -> bool:
        """Return whether a client with this address is served."""
        address = parse(client)
        return not self._networks or address.is_loopback or contains(self._networks, address)


class DestinationGuard:
    """Decides where the proxy may connect to.

    :param ports: TCP ports that may be reached.
    :param networks: CIDR blocks that may be reached though they are not public.
    :param own_addresses: addresses of this machine besides the loopback ones.
    :param own_ports: ports on which this machine's services listen; the proxy must never call itself.
    :param refusal_of_name: returns why a host is refused by its name, or None.
    :param resolver: turns a name into addresses.
    :param clock: seconds, monotonic.
    """

    def __init__(
        self,
        *,
        ports: Iterable[int],
        networks: Iterable[str],
        own_addresses: Iterable[str],
        own_ports: Iterable[int],
        refusal_of_name: Callable[[str], str | None],
        resolver: Resolve = resolve,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._ports = frozenset(ports)
        self._networks = [ip_network(network) for network in networks]
        self._own_addresses = frozenset(map(parse, own_addresses))
        self._own_ports = frozenset(own_ports)
        self.refusal_of_name = refusal_of_name
        self._resolve = resolver
        self._clock = clock
        self._verdicts: dict[tuple[str, int], tuple[float, str | None]] = {}

    async def refusal(self, host: str, port: int) -> str | None:
        """Return why this destination is refused, or None; a name that does not resolve is not our business.

        Rules about names may change at any moment, and are asked each time. A verdict about addresses holds for a few
        seconds, since each request on a kept connection asks. What decides in the end is :meth:`refusal_of_address`
        with the peer of the connection.
        """
        if port in self._ports and (reason := self.refusal_of_name(host)) is not None:
            return reason
        known = self._verdicts.get((host, port))
        if known is not None and self._clock() < known[0]:
            return known[1]
        verdict = await self._judge(host, port)
        if len(self._verdicts) >= MOST_VERDICTS:
            self._verdicts.clear()
        self._verdicts[host, port] = (self._clock() + VERDICT_SECONDS, verdict)
        return verdict

    def refusal_of_address(self, address: str, port: int) -> str | None:
        """Return why a connection to this address is refused, or None."""
        if port not in self._ports:
            allowed = ", ".join(map(str, sorted(self._ports)))
            return f"port {port} is not allowed, allowed are {allowed}"
        parsed = parse(address)
        if parsed in METADATA_ADDRESSES:
            return "it is a metadata service"
        if port in self._own_ports and (parsed.is_loopback or parsed in self._own_addresses):
            return "it is this proxy itself"
        if contains(self._networks, parsed):
            return None
        if not _is_public(parsed) or parsed in self._own_addresses:
            return "its address is not a public one"
        return None

    async def _judge(self, host: str, port: int) -> str | None:
        if port not in self._ports:
            return self.refusal_of_address("0.0.0.0", port)  # noqa: S104
        for address in await self._resolve(host, port):
            if (reason := self.refusal_of_address(address, port)) is not None:
                return reason
        return None
