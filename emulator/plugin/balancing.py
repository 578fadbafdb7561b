"""Elastic Load Balancing at work: registers targets, and has them checked and balanced for real.

What there is to balance stands in the emulator's state (:mod:`emulator.plugin.balancing_plan`); this hands it to
:mod:`emulator.balancer` whenever it has changed. How the API and the templates speak of it stands in other modules.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass

from emulator.balancer.balancer import Report
from emulator.balancer.checks import FAILED
from emulator.balancer.health import REGISTERING, Health
from emulator.balancer.plan import TargetKey
from emulator.balancer.thread import Balancer
from emulator.plugin.balancing_plan import ADDRESS, STOPPED, arns_in_use, attribute, current, is_network, state_of
from emulator.plugin.borrowed import borrow

_alb = borrow("services.alb", "_lbs", "_targets", "_tgs")

logger = logging.getLogger("slipway.balancer")
INTERVAL_SECONDS = 0.1
DRAINING = Health("draining", "Target.DeregistrationInProgress", "Target deregistration is in progress")
_NOT_REGISTERED = Health("unused", "Target.NotRegistered", "Target is not registered to the target group")
_NOT_IN_USE = Health(
    "unused", "Target.NotInUse", "Target group is not configured to receive traffic from the load balancer"
)
_STOPPED = Health("unused", "Target.InvalidState", "Target is in the stopped state")

_FAILED = Health("unhealthy", FAILED.reason, FAILED.description)

_balancer = Balancer()


@dataclass(frozen=True)
class _Leave:
    """How a target leaves.

    :param deadline: when it is gone at the latest, on the monotonic clock.
    :param ends_connections: whether connections that are there still are reset then.
    """

    deadline: float
    ends_connections: bool


_draining: dict[TargetKey, _Leave] = {}
"""Targets that leave. Not saved: no connection outlives this process."""


def register(target_group_arn: str, target: str, port: int | None = None) -> None:
    """Add a target to a target group of the request's account, if it exists; one that leaves just now stays.

    :param target: id of an instance, or an IP address.
    :param port: TCP port; the target group's if none.
    """
    if target_group_arn not in _alb._tgs:
        return
    port = port or _alb._tgs[target_group_arn]["Port"]
    _draining.pop((target_group_arn, target, port), None)
    registered = _alb._targets.setdefault(target_group_arn, [])
    entry = {"Id": target, "Port": port}
    if entry not in registered:
        registered.append(entry)


def deregister(target_group_arn: str, target: str, port: int | None = None) -> None:
    """Take a target out of a target group; it gets no new connections, those that it has may end."""
    if target_group_arn not in _alb._tgs:
        return
    port = port or _alb._tgs[target_group_arn]["Port"]
    entry = {"Id": target, "Port": port}
    registered = _alb._targets.get(target_group_arn, [])
    if entry in registered:
        registered.remove(entry)
        delay = attribute(target_group_arn, "deregistration_delay.timeout_seconds", "300")
        ends = attribute(target_group_arn, "deregistration_delay.connection_termination.enabled", "false")
        _draining[target_group_arn, target, port] = _Leave(time.monotonic() + float(delay), ends == "true")
        refresh()


def is_drained(target_group_arn: str, target: str) -> bool:
    """Tell whether a target that was deregistered has no connections any more, or no time left for them."""
    return not any(key[:2] == (target_group_arn, target) for key in draining())


def draining() -> list[TargetKey]:
    """Return the targets that are about to leave: their time is not over and they still have connections."""
    for key, leave in list(_draining.items()):
        is_late = time.monotonic() >= leave.deadline
        if is_late and leave.ends_connections:
            _balancer.reset(key)
        if is_late or _balancer.is_idle(key):
            del _draining[key]
    return list(_draining)


def forget(target: str) -> None:
    """Take a target that is gone out of all target groups of the account, at once."""
    for registered in _alb._targets.values():
        registered[:] = [entry for entry in registered if entry["Id"] != target]
    for key in [key for key in _draining if key[1] == target]:
        del _draining[key]


def health(target_group_arn: str, target: str, port: int | None = None) -> Health:
    """Return what is known of a target.

    :param port: TCP port; None for the one that is worst off.
    """
    ports = {entry["Port"] for entry in _alb._targets.get(target_group_arn, []) if entry["Id"] == target}
    ports |= {key[2] for key in draining() if key[:2] == (target_group_arn, target)}
    found = [_health_of((target_group_arn, target, number)) for number in sorted(ports) if port in (None, number)]
    return next((each for each in found if each.state != "healthy"), found[0]) if found else _NOT_REGISTERED


def _health_of(key: TargetKey) -> Health:
    if key in _draining:
        return DRAINING
    if key[0] not in arns_in_use():
        return _NOT_IN_USE
    if state_of(key[1]) in STOPPED:
        return _STOPPED
    seen = _balancer.health(key) or REGISTERING
    # Only application load balancers tell timeouts and wrong statuses apart, says the API reference of TargetHealth.
    return _FAILED if seen.state == "unhealthy" and is_network(_alb._tgs[key[0]]) else seen


def report(load_balancer_arn: str) -> Report | None:
    """Return what a load balancer does at the moment; None if it is no network load balancer, or does not stand yet."""
    return _balancer.report(load_balancer_arn)


def address_of(load_balancer: str) -> str | None:
    """Return the loopback address of a network load balancer of any account.

    :param load_balancer: its ARN, or its DNS name, also with `dualstack.` before it.
    """
    name = load_balancer.lower().removesuffix(".").removeprefix("dualstack.")
    for (_account, _region, arn), record in _alb._lbs.all_items():
        if load_balancer == arn or name == record["DNSName"].lower():
            found = _balancer.report(arn)
            return found.place.address if found else None
    return None


def refresh() -> None:
    """Have the latest state balanced."""
    _balancer.apply(current())


async def run(changed: Callable[[], None]) -> None:
    """Balance for ever.

    :param changed: called when that has changed what has to be saved.
    """
    _balancer.start()
    while True:
        try:
            refresh()
            draining()
            if _remember_addresses():
                changed()
        except Exception:
            logger.exception("looking after the load balancers failed; trying again")
        await asyncio.sleep(INTERVAL_SECONDS)


def _remember_addresses() -> bool:
    """Note where the load balancers are, so that they come back there; tell whether that is news."""
    is_news = False
    for (_account, _region, arn), record in _alb._lbs.all_items():
        found = report(arn)
        if found is not None and record.get(ADDRESS) != found.place.address:
            record[ADDRESS] = found.place.address
            is_news = True
    return is_news
