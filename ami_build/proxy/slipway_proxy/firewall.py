"""Tell the instance's firewall what the settings allow: fills the sets that `nftables.conf` declares.

Knows the sets' names and nothing of the rules that use them.
"""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterable, Iterator, Sequence
from ipaddress import IPv4Network, IPv6Network, collapse_addresses, ip_network

from contract.proxy_settings import ProxySettings

Run = Callable[[Sequence[str], str], subprocess.CompletedProcess[str]]
TABLE = "inet slipway"


class FirewallError(Exception):
    """The firewall refuses."""


def run_with_input(command: Sequence[str], text: str) -> subprocess.CompletedProcess[str]:
    """Run a command that reads `text`."""
    return subprocess.run(command, input=text, capture_output=True, text=True, check=False)


def fill(settings: ProxySettings, nft: str, run: Run = run_with_input) -> None:
    """Replace what the sets hold, all in one transaction.

    :param nft: path of the program.
    :raises FirewallError: if it refuses.
    """
    result = run([nft, "--file", "-"], script(settings))
    if result.returncode:
        raise FirewallError(
            f"the firewall did not take the settings (nft ended with {result.returncode}): {result.stderr.strip()}; "
            "see /etc/nftables.conf and systemctl status nftables"
        )


def script(settings: ProxySettings) -> str:
    """Return the commands for nft."""
    networks = [ip_network(network) for network in settings.allowed_destination_networks]
    sets: dict[str, Iterable[object]] = {
        "service_ports": (settings.proxy_port, settings.health_port),
        "destination_ports": settings.allowed_destination_ports,
        # Elements of a set must not overlap.
        "destinations4": collapse_addresses(each for each in networks if isinstance(each, IPv4Network)),
        "destinations6": collapse_addresses(each for each in networks if isinstance(each, IPv6Network)),
    }
    return "".join(f"{line}\n" for name, elements in sets.items() for line in _lines(name, elements))


def _lines(name: str, elements: Iterable[object]) -> Iterator[str]:
    yield f"flush set {TABLE} {name}"
    if listed := ", ".join(map(str, elements)):
        yield f"add element {TABLE} {name} {{ {listed} }}"
