"""Balances what a plan says: checks its targets, and has its load balancers listen and forward."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field

from emulator.balancer.checker import Checker
from emulator.balancer.frontend import Frontend
from emulator.balancer.health import Health
from emulator.balancer.places import Place, Site
from emulator.balancer.plan import Listener, LoadBalancer, Plan, TargetKey
from emulator.balancer.relay import Counters
from emulator.balancer.router import Router

logger = logging.getLogger("slipway.balancer")


@dataclass
class _Standing:
    """A load balancer that stands."""

    site: Site
    counters: Counters = field(default_factory=Counters)
    frontends: dict[tuple[str, int], Frontend] = field(default_factory=dict)


@dataclass(frozen=True)
class Report:
    """What a load balancer does at the moment.

    :param place: where it can be reached.
    :param active_flows: connections of clients.
    :param counters: what it has done; goes on counting.
    """

    place: Place
    active_flows: int
    counters: Counters


class Balancing:
    """Everything that is balanced; lives on one event loop. What only tells may be called from any thread."""

    def __init__(self) -> None:
        self.checker = Checker(changed=self._note_health)
        self.router = Router(self.checker.health)
        self._standing: dict[str, _Standing] = {}
        self._places: dict[str, Place] = {}

    async def apply(self, plan: Plan) -> None:
        """Balance according to a plan from now on."""
        self.checker.apply(plan)
        self.router.apply(plan)
        for arn in self._standing.keys() - {balancer.arn for balancer in plan.balancers}:
            await self._remove(arn)
        for balancer in plan.balancers:
            await self._set_up(balancer)

    def report(self, arn: str) -> Report | None:
        """Return what a load balancer does, None if there is none of this ARN."""
        standing, place = self._standing.get(arn), self._places.get(arn)
        if standing is None or place is None:
            return None
        flows = sum(frontend.active_flows for frontend in list(standing.frontends.values()))
        return Report(place, flows, standing.counters)

    async def close(self) -> None:
        """End everything; returns when nothing is under way."""
        for arn in list(self._standing):
            await self._remove(arn)
        await self.checker.close()

    def _note_health(self, key: TargetKey, health: Health) -> None:
        self.router.note_health(key, health)

    async def _set_up(self, balancer: LoadBalancer) -> None:
        if balancer.arn not in self._standing:
            self._standing[balancer.arn] = _Standing(Site(balancer.arn, balancer.address))
        standing = self._standing[balancer.arn]
        wanted = {(listener.arn, listener.port): listener for listener in balancer.listeners}
        for key in standing.frontends.keys() - wanted.keys():
            await standing.frontends.pop(key).close()
        for key, listener in wanted.items():
            if key in standing.frontends:
                standing.frontends[key].listener = listener
            else:
                standing.frontends[key] = await self._open(standing, listener)
        ports = {port: frontend.port for (_arn, port), frontend in standing.frontends.items()}
        self._places[balancer.arn] = Place(standing.site.address, ports)

    async def _open(self, standing: _Standing, listener: Listener) -> Frontend:
        frontend = Frontend(listener, self.router, standing.counters)
        await frontend.open(standing.site.bind(listener.port))
        return frontend

    async def _remove(self, arn: str) -> None:
        self._places.pop(arn, None)
        standing = self._standing.pop(arn)
        for frontend in standing.frontends.values():
            await frontend.close()
        standing.site.release()
