"""Elastic Load Balancing at work: registers targets, and has them checked and balanced for real.

What there is to balance stands in the emulator's state; this hands it to :mod:`emulator.balancer` whenever it has
changed. How the API and the templates speak of it stands in other modules.
"""

from __future__ import annotations

import asyncio
import ipaddress
import time
from collections.abc import Iterator
from typing import Any

from emulator.balancer.health import REGISTERING, Health
from emulator.balancer.plan import Check, Plan, Target, TargetGroup, TargetKey
from emulator.balancer.thread import Balancer
from emulator.plugin.borrowed import borrow

_alb = borrow("services.alb", "_listeners", "_rules", "_targets", "_tg_attrs", "_tgs")
_ec2 = borrow("services.ec2", "_instances")
_responses = borrow("core.responses", "request_scope")

INTERVAL_SECONDS = 0.1
_ENDED = ("shutting-down", "terminated")
DRAINING = Health("draining", "Target.DeregistrationInProgress", "Target deregistration is in progress")
_NOT_REGISTERED = Health("unused", "Target.NotRegistered", "Target is not registered to the target group")
_NOT_IN_USE = Health(
    "unused", "Target.NotInUse", "Target group is not configured to receive traffic from the load balancer"
)
_STOPPED = Health("unused", "Target.InvalidState", "Target is in the stopped state")

_balancer = Balancer()
_draining: dict[TargetKey, float] = {}
"""Targets that leave, and when they are gone at the latest. Not saved: no connection outlives this process."""


def register(target_group_arn: str, target: str, port: int | None = None) -> None:
    """Add a target to a target group of the request's account; one that leaves just now stays.

    :param target: id of an instance, or an IP address.
    :param port: TCP port; the target group's if none.
    """
    port = port or _alb._tgs[target_group_arn]["Port"]
    _draining.pop((target_group_arn, target, port), None)
    registered = _alb._targets.setdefault(target_group_arn, [])
    entry = {"Id": target, "Port": port}
    if entry not in registered:
        registered.append(entry)


def deregister(target_group_arn: str, target: str, port: int | None = None) -> None:
    """Take a target out of a target group; it gets no new connections, those that it has may end."""
    port = port or _alb._tgs[target_group_arn]["Port"]
    entry = {"Id": target, "Port": port}
    registered = _alb._targets.get(target_group_arn, [])
    if entry in registered:
        registered.remove(entry)
        delay = attribute(target_group_arn, "deregistration_delay.timeout_seconds", "300")
        _draining[target_group_arn, target, port] = time.monotonic() + float(delay)
        refresh()


def is_drained(target_group_arn: str, target: str) -> bool:
    """Tell whether a target that was deregistered has no connections any more, or no time left for them."""
    return not any(key[:2] == (target_group_arn, target) for key in draining())


def draining() -> list[TargetKey]:
    """Return the targets that are about to leave."""
    for key, deadline in list(_draining.items()):
        if time.monotonic() >= deadline or _balancer.is_idle(key):
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
    if key[0] not in _arns_in_use():
        return _NOT_IN_USE
    if _ec2._instances.get(key[1], {}).get("State", {}).get("Name") in ("stopping", "stopped"):
        return _STOPPED
    return _balancer.health(key) or REGISTERING


def attribute(target_group_arn: str, name: str, default: str) -> str:
    """Return an attribute of a target group."""
    found = _alb._tg_attrs.get(target_group_arn, [])
    return next((str(each["Value"]) for each in found if each["Key"] == name), default)


def refresh() -> None:
    """Have the latest state balanced."""
    _balancer.apply(Plan(tuple(_groups())))


async def run() -> None:
    """Balance for ever."""
    _balancer.start()
    while True:
        refresh()
        await asyncio.sleep(INTERVAL_SECONDS)


def _arns_in_use() -> set[str]:
    """Return the ARNs of the target groups to which a listener forwards."""
    actions = [action for _key, listener in _alb._listeners.all_items() for action in listener["DefaultActions"]]
    actions += [action for _key, rule in _alb._rules.all_items() for action in rule["Actions"]]
    return {action["TargetGroupArn"] for action in actions if "TargetGroupArn" in action}


def _groups() -> Iterator[TargetGroup]:
    in_use = _arns_in_use()
    for (account, region, arn), record in _alb._tgs.all_items():
        with _responses.request_scope(account, region):
            _leave_out_ended(arn)
            if arn in in_use and record["TargetType"] in ("instance", "ip"):
                targets = (_target(entry) for entry in _alb._targets.get(arn, []))
                yield TargetGroup(arn, check_of(record), tuple(target for target in targets if target is not None))


def _leave_out_ended(arn: str) -> None:
    """Deregister instances that have ended, as EC2 does; what was registered by an IP address stays."""
    registered = _alb._targets.get(arn, [])
    states = {entry["Id"]: _ec2._instances.get(entry["Id"], {}).get("State", {}).get("Name") for entry in registered}
    registered[:] = [entry for entry in registered if states[entry["Id"]] not in _ENDED]


def _target(entry: dict[str, Any]) -> Target | None:
    identifier, port = entry["Id"], entry["Port"]
    if not identifier.startswith("i-"):
        return Target(identifier, port, _on_loopback(identifier))
    instance = _ec2._instances.get(identifier, {})
    if instance.get("State", {}).get("Name") in ("stopping", "stopped"):
        return None
    return Target(identifier, port, _on_loopback(instance.get("PrivateIpAddress", "")))


def _on_loopback(address: str) -> str | None:
    """Return an address if it leads to this machine; the embedded AWS connects to no other."""
    try:
        return address if ipaddress.ip_address(address).is_loopback else None
    except ValueError:
        return None


def check_of(record: dict[str, Any]) -> Check:
    """Return how a target group checks its targets, from the emulator's record of it."""
    port, protocol = str(record["HealthCheckPort"]), record["HealthCheckProtocol"]
    return Check(
        port=None if port == "traffic-port" else int(port),
        path=record["HealthCheckPath"] if protocol.startswith("HTTP") else None,
        is_encrypted=protocol == "HTTPS",
        codes=record["Matcher"].get("HttpCode") or "200-399",
        interval_seconds=float(record["HealthCheckIntervalSeconds"]),
        timeout_seconds=float(record["HealthCheckTimeoutSeconds"]),
        healthy_threshold=record["HealthyThresholdCount"],
        unhealthy_threshold=record["UnhealthyThresholdCount"],
    )
