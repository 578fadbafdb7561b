"""The balancer as the rest of the emulator sees it: from other threads."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from dataclasses import replace

import pytest

from emulator.balancer.health import HEALTHY
from emulator.balancer.plan import Plan, Target, TargetGroup
from emulator.balancer.thread import Balancer
from tests.unit.emulator.balancer.test_checker import QUICK


@pytest.fixture
def balancer():
    made = Balancer()
    made.start()
    yield made
    made.stop()


@pytest.fixture
def target():
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield Target("i-1", server.getsockname()[1], "127.0.0.1")


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def test_health_is_known_and_a_target_is_idle_once_it_is_left_out(balancer, target):
    group = TargetGroup("arn", replace(QUICK, path=None), (target,))
    key = group.key(target)
    assert balancer.health(key) is None

    balancer.apply(Plan((group,)))
    wait_for(lambda: balancer.health(key) == HEALTHY)
    assert not balancer.is_idle(key)
    balancer.apply(Plan())

    wait_for(lambda: balancer.is_idle(key))
    assert balancer.health(key) is None
