"""Rules on what AWS counts and several sections add to."""

from __future__ import annotations

from ipaddress import ip_network
from typing import TYPE_CHECKING

from config.models.base import MOST_SECURITY_RULES
from config.models.fleet import Protocol

if TYPE_CHECKING:
    from config.models.configuration import Configuration


def check_client_rules(configuration: Configuration) -> None:
    """Check that the load balancers' security groups hold a rule for each client network and port.

    :raises ValueError: if there are too many.
    """
    listeners, named = configuration.fleet.listeners, configuration.proxy.allowed_client_networks
    ports = sum(2 if listener.protocol is Protocol.TCP_UDP else 1 for listener in listeners)
    path = "proxy.allowed_client_networks" if named else "fleet.listeners"
    for region in configuration.regions:
        blocks = named or configuration.in_region(region).network.address_blocks
        versions = [ip_network(block).version for block in blocks]
        for version in (4, 6):
            rules = ports * versions.count(version)
            if rules > MOST_SECURITY_RULES:
                raise ValueError(
                    f"{path}: {versions.count(version)} client networks of IPv{version} and {ports} ports of the "
                    f"listeners make {rules} rules, and a security group holds {MOST_SECURITY_RULES}; name fewer and "
                    "wider networks, or fewer listeners"
                )
