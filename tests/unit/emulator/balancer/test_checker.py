"""Which targets are checked, and what becomes known of them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace

import pytest

from emulator.balancer.checker import Checker
from emulator.balancer.plan import Plan, Target, TargetGroup
from tests.unit.emulator.balancer.test_checks import CHECK, answering, by_path

QUICK = replace(CHECK, interval_seconds=0.02, timeout_seconds=0.5)


def plan(*targets: Target, check=QUICK) -> Plan:
    return Plan((TargetGroup("arn", check, targets),))


@pytest.fixture
async def checker():
    made = Checker()
    yield made
    await made.close()


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not condition():  # noqa: ASYNC110 - nothing tells of it
            await asyncio.sleep(0.005)


def state(checker: Checker, target: Target) -> str | None:
    health = checker.health(("arn", target.identifier, target.port))
    return health.state if health else None


async def test_what_answers_is_healthy_what_does_not_is_not(checker):
    async with answering(by_path) as target:
        gone = Target("127.0.0.1", 1, "127.0.0.1")
        checker.apply(plan(target, gone))

        await until(lambda: state(checker, target) == "healthy")
        await until(lambda: state(checker, gone) == "unhealthy")


async def test_target_that_leaves_the_plan_is_forgotten_and_one_that_stays_keeps_its_health(checker):
    async with answering(by_path) as target:
        other = Target("127.0.0.2", target.port, "127.0.0.1")
        checker.apply(plan(target, other))
        await until(lambda: state(checker, target) == state(checker, other) == "healthy")

        checker.apply(plan(target))

        assert (state(checker, target), state(checker, other)) == ("healthy", None)


async def test_changed_check_counts_at_once(checker):
    async with answering(by_path) as target:
        checker.apply(plan(target, check=replace(QUICK, interval_seconds=3600)))
        await until(lambda: state(checker, target) == "healthy")

        checker.apply(plan(target, check=replace(QUICK, path="/elsewhere")))

        await until(lambda: state(checker, target) == "unhealthy")


async def test_each_change_is_told(checker):
    told = []
    checker = Checker(changed=lambda key, health: told.append((key[1], health.state)))
    async with answering(by_path) as target:
        checker.apply(plan(target))
        await until(lambda: state(checker, target) == "healthy")
    await until(lambda: state(checker, target) == "unhealthy")
    await checker.close()

    assert told == [("127.0.0.1", "initial"), ("127.0.0.1", "healthy"), ("127.0.0.1", "unhealthy")]
