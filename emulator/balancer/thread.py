"""The thread in which balancing happens, so that neither side waits for what the other does."""

from __future__ import annotations

import asyncio
import logging
import threading

from emulator.balancer.balancer import Balancing, Report
from emulator.balancer.health import Health
from emulator.balancer.plan import Plan, TargetKey

logger = logging.getLogger("slipway.balancer")
RETRY_SECONDS = 1.0


class Balancer:
    """Balances as the latest plan says; all methods may be called from any thread."""

    def __init__(self) -> None:
        self._plan = Plan()
        self._balancing = Balancing()
        self._loop = asyncio.new_event_loop()
        self._is_new = asyncio.Event()
        self._thread = threading.Thread(target=self._run, name="balancer", daemon=True)

    def start(self) -> None:
        """Begin to work."""
        self._thread.start()

    def apply(self, plan: Plan) -> None:
        """Balance according to a plan from now on."""
        if plan != self._plan:
            self._plan = plan
            self._loop.call_soon_threadsafe(self._is_new.set)

    def health(self, key: TargetKey) -> Health | None:
        """Return what is known of a target, None if it is not checked."""
        return self._balancing.checker.health(key)

    def is_idle(self, key: TargetKey) -> bool:
        """Tell whether a target gets no new connections and has none."""
        return self._balancing.router.is_idle(key)

    def reset(self, key: TargetKey) -> None:
        """Reset all connections of a target."""
        self._loop.call_soon_threadsafe(self._balancing.router.reset, key)

    def report(self, load_balancer_arn: str) -> Report | None:
        """Return what a load balancer does at the moment, None if it does not stand yet."""
        return self._balancing.report(load_balancer_arn)

    def stop(self) -> None:
        """End all that goes on and return when it has ended."""
        self._loop.call_soon_threadsafe(self._work.cancel)
        self._thread.join()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._work = self._loop.create_task(self._follow())
        try:
            self._loop.run_until_complete(self._work)
        except asyncio.CancelledError:
            self._loop.run_until_complete(self._balancing.close())
        finally:
            self._loop.close()

    async def _follow(self) -> None:
        while True:
            await self._is_new.wait()
            self._is_new.clear()
            try:
                await self._balancing.apply(self._plan)
            except Exception:
                logger.exception("balancing as planned failed; trying again")
                self._loop.call_later(RETRY_SECONDS, self._is_new.set)
