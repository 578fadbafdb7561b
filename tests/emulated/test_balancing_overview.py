"""Where a load balancer can be reached on this machine, told by the control command, also after a restart."""

from __future__ import annotations

import signal
import socket

import pytest

from emulator.launcher import Emulator, EmulatorError
from emulator.processes import wait_until_gone
from tests.emulated.conftest import Stack, eventually
from tests.emulated.test_balancing import OUTPUTS, by_address, put_with, servers, standing
from tests.emulated.test_persistence import client_of, own, process_of, wait_for_save

__all__ = ["own", "servers"]


def test_overview_tells_address_ports_and_targets(stack, client, emulator, servers):
    outputs = put_with(stack, client, servers[0])

    seen = eventually(lambda: standing(emulator, outputs["Name"]), "the load balancer listening")

    assert seen["LoadBalancerArn"] == outputs["Arn"]
    assert seen["Address"].startswith("127.")
    listener = seen["Listeners"][0]
    assert listener["Port"] == 8080
    assert listener["Targets"] == [{**servers[0].target, "State": "healthy"}]
    with socket.create_connection((seen["Address"], listener["LocalPort"]), timeout=5) as connection:
        assert connection.makefile().readline() == "a\n"
        assert standing(emulator, outputs["Name"])["ActiveFlows"] == 1


@pytest.mark.behaviour(
    "Network Load Balancer", "it serves at the same address again after the emulator was killed and started", aws=False
)
def test_load_balancer_comes_back_at_its_address(own: Emulator, servers):
    stack = Stack("kept", client_of(own, "cloudformation"))
    targets = [servers[0].target]
    outputs = stack.put(by_address(Targets=targets, HealthyThresholdCount=2), OUTPUTS)
    before = eventually(lambda: standing(own, outputs["Name"]), "the load balancer listening")
    wait_for_save(own, before["Address"])
    process = process_of(own)

    process.signal_group(signal.SIGKILL)
    assert wait_until_gone([process], 10)
    own.start()

    after = eventually(lambda: standing(own, outputs["Name"]), "the load balancer listening again")
    assert after["Address"] == before["Address"]
    assert after["Listeners"][0]["LocalPort"] == before["Listeners"][0]["LocalPort"]
    with socket.create_connection((after["Address"], after["Listeners"][0]["LocalPort"]), timeout=5) as connection:
        assert connection.makefile().readline() == "a\n"


@pytest.mark.parametrize("times", [0, 0.5, 101, "often", None, True])
def test_hurry_that_makes_no_sense_is_refused(emulator, times):
    with pytest.raises(EmulatorError, match=r"has to be a number from 1 .* to 100"):
        emulator.control("health-checks", times=times)
