"""The names that the platform deploys."""

from __future__ import annotations

import socket

from dnslib import DNSRecord

from contract import outputs
from emulator.launcher import Emulator
from tests.e2e.conftest import Platform


def test_the_proxys_name_leads_to_the_load_balancer_and_through_it(platform: Platform) -> None:
    resolver = Emulator(platform.workspace.emulator).resolver
    assert resolver is not None
    host, _, port = resolver.partition(":")
    name = platform.stack_output("records", outputs.PROXY_DOMAIN_NAME)

    answer = DNSRecord.parse(DNSRecord.question(name).send(host, int(port), timeout=5))

    assert [str(each.rdata) for each in answer.rr] == [platform.load_balancer.address]
    assert f"dig @{host} -p {port} {name}" in platform.output
    with socket.create_connection((str(answer.rr[0].rdata), platform.load_balancer.port), 5):
        pass
