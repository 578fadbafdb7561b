"""What somebody who sends requests through a load balancer notices while instances come and go: nothing."""

from __future__ import annotations

import contextlib
import http.client
import threading
from collections.abc import Iterator

import pytest

from tests.emulated.conftest import eventually
from tests.emulated.test_balancing import quick_checks, standing
from tests.emulated.test_hosting import OTHER_IMAGE, OUTPUTS, Deployed, resources

__all__ = ["quick_checks"]


class Visitor(threading.Thread):
    """Sends one request after another, each over a connection of its own."""

    def __init__(self, address: str, port: int) -> None:
        super().__init__()
        self._place = (address, port)
        self._stopping = threading.Event()
        self.answered = 0
        self.failures: list[str] = []

    def run(self) -> None:
        while not self._stopping.wait(0.01):
            try:
                self._ask()
                self.answered += 1
            except (OSError, http.client.HTTPException) as error:
                self.failures.append(repr(error))

    def stop(self) -> None:
        self._stopping.set()
        self.join()

    def _ask(self) -> None:
        with contextlib.closing(http.client.HTTPConnection(*self._place, timeout=10)) as connection:
            connection.request("GET", "/")
            connection.getresponse().read()


@contextlib.contextmanager
def visiting(address: str, port: int) -> Iterator[Visitor]:
    visitor = Visitor(address, port)
    visitor.start()
    try:
        yield visitor
    finally:
        visitor.stop()


@pytest.mark.behaviour(
    "Network Load Balancer", "while a group replaces its instances, no request through it is lost", aws=False
)
def test_rolling_update_loses_no_request(quick_checks, stack, client, emulator):
    outputs = stack.put(served(), {**OUTPUTS, "DnsName": {"Fn::GetAtt": ["Balancer", "DNSName"]}})
    deployed = Deployed(outputs, client)
    before = eventually(lambda: all_in_service(deployed), "two instances in service")
    balancer = eventually(lambda: standing(emulator, outputs["DnsName"]), "the load balancer listening")

    with visiting(balancer["Address"], balancer["Listeners"][0]["LocalPort"]) as visitor:
        eventually(lambda: visitor.answered > 10, "answers")
        stack.put(served(image=OTHER_IMAGE), OUTPUTS)
        eventually(lambda: (found := all_in_service(deployed)) and not found & before, "two new instances", 60)
        answered = visitor.answered
        eventually(lambda: visitor.answered > answered + 10, "more answers")

    assert visitor.failures == []


def served(**changes: str) -> dict:
    """Return the resources of two instances that serve on the port of their target group, with time to start."""
    found = resources(2, **changes)
    found["Group"]["Properties"] |= {"Port": 8081, "HealthCheckPort": "traffic-port"}
    found["Scaling"]["UpdatePolicy"]["AutoScalingRollingUpdate"]["PauseTime"] = "PT1M"
    return found


def all_in_service(deployed: Deployed) -> set[str]:
    """Return the two instances once both get requests and there is no other."""
    members = deployed.members()
    is_ready = len(members) == 2 == len(deployed.in_service())
    return set(members) if is_ready and deployed.health() == dict.fromkeys(members, "healthy") else set()
