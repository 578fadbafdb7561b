"""The thread in which balancing happens, so that neither side waits for what the other does."""

from __future__ import annotations

import asyncio
import logging
import threading

from emulator.balancer.checker import Checker
from emulator.balancer.health import Health
from emulator.balancer.plan import Plan, TargetKey

logger = logging.getLogger("slipway.balancer")


class Balancer:
    """Balances as the latest plan says; all methods may be called from any thread."""

    def __init__(self) -> None:
        self._plan = Plan()
        self._loop = asyncio.new_event_loop()
        self._checker = Checker()
        self._balanced: frozenset[TargetKey] = frozenset()
        self._thread = threading.Thread(target=self._loop.run_forever, name="balancer", daemon=True)

    def start(self) -> None:
        """Begin to work."""
        self._thread.start()

    def apply(self, plan: Plan) -> None:
        """Balance according to a plan from now on."""
        if plan != self._plan:
            self._plan = plan
            self._loop.call_soon_threadsafe(self._apply, plan)

    def health(self, key: TargetKey) -> Health | None:
        """Return what is known of a target, None if it is not checked."""
        return self._checker.health(key)

    def is_idle(self, key: TargetKey) -> bool:
        """Tell whether a target gets no new connections and has none."""
        return key not in self._balanced

    def stop(self) -> None:
        """End all that goes on and return when it has ended."""
        asyncio.run_coroutine_threadsafe(self._checker.close(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _apply(self, plan: Plan) -> None:
        self._checker.apply(plan)
        self._balanced = frozenset(group.key(target) for group in plan.groups for target in group.targets)
