"""Rules on who may use the proxy: an allow list keeps the internet out, and lets its clients in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from ipaddress import IPv4Network, IPv6Network, collapse_addresses, ip_network
from typing import TYPE_CHECKING

from config.models.base import LOCAL
from config.models.fleet import Scheme

if TYPE_CHECKING:
    from config.models.configuration import Configuration

WIDEST_PREFIXES = {4: 8, 6: 16}
"""By version of IP: a client network with a shorter prefix is no allow list, as no one organisation has that many
addresses. Source for IPv6: https://www.arin.net/participate/policy/nrpm/, section 6.5.2.1
"""


def check_clients(configuration: Configuration) -> None:
    """Check that an allow list lets somebody in, and that a proxy on the internet does not serve everyone.

    :raises ValueError: if all are shut out, or none.
    """
    _check_reach(configuration)
    _check_internet(configuration)


def _check_internet(configuration: Configuration) -> None:
    proxy = configuration.proxy
    if configuration.fleet.scheme is not Scheme.INTERNET_FACING or proxy.authentication.required:
        return
    if not proxy.allowed_client_networks:
        raise ValueError(
            "fleet.scheme internet-facing: a proxy that serves everyone is abused within hours; name its clients in "
            "proxy.allowed_client_networks, set proxy.authentication.required, or make the scheme internal"
        )
    joined = _joined(proxy.allowed_client_networks)
    wide = [str(block) for block in joined if block.prefixlen < WIDEST_PREFIXES[block.version] and not block.is_private]
    if wide:
        raise ValueError(
            f"proxy.allowed_client_networks {', '.join(wide)}: that lets in whole parts of the internet, where an "
            "open proxy is abused within hours; name the networks of your clients, set "
            "proxy.authentication.required, or make fleet.scheme internal"
        )


def _check_reach(configuration: Configuration) -> None:
    """Check that some client can come; only in the embedded AWS do they come from the same machine."""
    named = configuration.proxy.allowed_client_networks
    if not named or configuration.environment == LOCAL:
        return
    blocks = [ip_network(block) for block in named]
    if all(block.version == 6 or block.is_loopback for block in blocks):
        raise ValueError(
            f"proxy.allowed_client_networks {', '.join(named)}: the load balancer has IPv4 addresses alone, and nobody "
            "comes to it from IPv6 or from a loopback address, so that all are shut out; name a network of your "
            "clients as they come, or none for everyone who reaches the load balancer"
        )


def _joined(blocks: Sequence[str]) -> Iterator[IPv4Network | IPv6Network]:
    """Return networks with neighbours joined, so that two halves are seen as the whole that they are."""
    networks = [ip_network(block) for block in blocks]
    yield from collapse_addresses(network for network in networks if isinstance(network, IPv4Network))
    yield from collapse_addresses(network for network in networks if isinstance(network, IPv6Network))
