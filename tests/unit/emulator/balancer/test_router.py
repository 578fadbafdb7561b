"""Which target a new connection gets."""

from __future__ import annotations

import pytest

from emulator.balancer.health import HEALTHY, Health
from emulator.balancer.plan import Plan, Target, TargetGroup
from emulator.balancer.relay import Counters, Flow
from emulator.balancer.router import Router
from tests.unit.emulator.balancer.test_checks import CHECK

UNHEALTHY = Health("unhealthy", "Target.Timeout", "Request timed out")
TARGETS = tuple(Target(f"i-{number}", 8080, f"127.0.77.{number}") for number in (1, 2, 3))
GROUP = TargetGroup("arn", CHECK, TARGETS)
KEYS = [GROUP.key(target) for target in TARGETS]


@pytest.fixture
def health():
    return dict.fromkeys(KEYS, HEALTHY)


@pytest.fixture
def router(health):
    made = Router(health.get)
    made.apply(Plan((GROUP,)))
    return made


def chosen(router: Router, times: int = 6) -> list[str]:
    return [found.target.identifier for _ in range(times) if (found := router.choose("arn"))]


def flow() -> Flow:
    return Flow(Counters(), lambda: 0.0, lambda _flow: None, lambda _flow: None)


def test_healthy_targets_take_turns(router):
    assert sorted(chosen(router)) == ["i-1", "i-1", "i-2", "i-2", "i-3", "i-3"]


def test_target_that_is_not_healthy_gets_nothing(router, health):
    health[KEYS[0]] = UNHEALTHY
    del health[KEYS[2]]

    assert set(chosen(router)) == {"i-2"}


def test_without_any_healthy_target_all_get_their_share(router, health):
    health.update(dict.fromkeys(KEYS, UNHEALTHY))

    assert set(chosen(router)) == {"i-1", "i-2", "i-3"}


def test_without_targets_there_is_none(router):
    router.apply(Plan((TargetGroup("arn", CHECK, (Target("10.0.0.1", 80, None),)),)))

    assert chosen(router) == []
    assert router.choose("another") is None


def test_target_is_idle_when_it_gets_no_connections_and_has_none(router):
    connection = flow()
    router.add(KEYS[0], connection)
    assert not router.is_idle(KEYS[0])

    router.apply(Plan((TargetGroup("arn", CHECK, TARGETS[1:]),)))
    assert not router.is_idle(KEYS[0]), "it has a connection"
    router.remove(KEYS[0], connection)
    assert router.is_idle(KEYS[0])
    assert not router.is_idle(KEYS[1]), "it gets new ones"
