"""Checks all targets of a plan, each in its own time."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from emulator.balancer.checks import failure_of
from emulator.balancer.health import Health, TargetHealth
from emulator.balancer.plan import Plan, Target, TargetKey

logger = logging.getLogger("slipway.balancer")


@dataclass
class _Watch:
    """One target under check."""

    key: TargetKey
    target: Target
    health: TargetHealth
    task: asyncio.Task[None] = field(init=False)


class Checker:
    """The checks that go on; lives on one event loop.

    :param changed: called when a target's health has changed.
    :param clock: seconds since whenever.
    """

    def __init__(
        self,
        changed: Callable[[TargetKey, Health], None] = lambda _key, _health: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._changed = changed
        self._clock = clock
        self._watches: dict[TargetKey, _Watch] = {}

    def apply(self, plan: Plan) -> None:
        """Check the targets of a plan from now on, and no others; what is known of those that stay is kept."""
        wanted = {group.key(target): (target, group.check) for group in plan.groups for target in group.targets}
        for key in self._watches.keys() - wanted.keys():
            self._stop(key)
        for key, (target, check) in wanted.items():
            watch = self._watches.get(key)
            if watch is None:
                self._watches[key] = self._begin(_Watch(key, target, TargetHealth(check, self._clock())))
            elif (watch.target, watch.health.check) != (target, check):
                # What is new counts at once, not after the rest of the old interval.
                watch.task.cancel()
                watch.target, watch.health.check = target, check
                self._begin(watch)

    def health(self, key: TargetKey) -> Health | None:
        """Return what is known of a target, None if it is not checked; may be called from any thread."""
        watch = self._watches.get(key)
        return watch.health.seen if watch else None

    async def close(self) -> None:
        """Check nothing any more; returns when no check is under way."""
        tasks = [watch.task for watch in self._watches.values()]
        for key in list(self._watches):
            self._stop(key)
        await asyncio.gather(*tasks, return_exceptions=True)

    def _stop(self, key: TargetKey) -> None:
        self._watches.pop(key).task.cancel()

    def _begin(self, watch: _Watch) -> _Watch:
        watch.task = asyncio.get_running_loop().create_task(self._check(watch))
        return watch

    async def _check(self, watch: _Watch) -> None:
        while True:
            failure = await failure_of(watch.target, watch.health.check)
            before = watch.health.seen
            health = watch.health.note(failure, self._clock())
            if health != before:
                logger.info("%s is %s %s", watch.key[1], health.state, health.description)
                self._changed(watch.key, health)
            await asyncio.sleep(watch.health.pause())
