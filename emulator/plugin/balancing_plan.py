"""What there is to balance, read from the emulator's state."""

from __future__ import annotations

import ipaddress
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from emulator.balancer.plan import Check, Listener, LoadBalancer, Plan, Target, TargetGroup
from emulator.plugin.borrowed import borrow

_alb = borrow("services.alb", "_lbs", "_listener_attrs", "_listeners", "_rules", "_targets", "_tg_attrs", "_tgs")
_ec2 = borrow("services.ec2", "_instances")
_responses = borrow("core.responses", "request_scope")

ADDRESS = "SlipwayAddress"
"""Key under which a load balancer's record, which is saved, holds where on this machine it was last."""

STOPPED = ("stopping", "stopped")
_ENDED = ("shutting-down", "terminated")


_hurry = [1.0]


def hurry(times: float) -> None:
    """Check targets that many times as often as their groups say, until the emulator ends."""
    _hurry[:] = [times]


def current() -> Plan:
    """Return what there is to balance now, in all accounts and regions."""
    return Plan(tuple(_groups()), tuple(_load_balancers()))


def is_network(target_group: dict[str, Any]) -> bool:
    """Tell from its record whether a target group is one for network load balancers."""
    return target_group["Protocol"] in ("TCP", "TLS", "UDP", "TCP_UDP")


def attribute(target_group_arn: str, name: str, default: str) -> str:
    """Return an attribute of a target group of the request's account."""
    found = _alb._tg_attrs.get(target_group_arn, [])
    return next((str(each["Value"]) for each in found if each["Key"] == name), default)


def arns_in_use() -> set[str]:
    """Return the ARNs of the target groups to which a load balancer forwards."""
    return set(_users())


def users_of(target_group_arn: str) -> list[str]:
    """Return the ARNs of the load balancers that forward to a target group."""
    return sorted(_users()[target_group_arn])


def groups_of(balancer_arn: str) -> list[str]:
    """Return the ARNs of the target groups to which a load balancer forwards."""
    return sorted(group for group, balancers in _users().items() if balancer_arn in balancers)


def _users() -> defaultdict[str, set[str]]:
    users: defaultdict[str, set[str]] = defaultdict(set)
    listeners = {arn: listener for (_account, _region, arn), listener in _alb._listeners.all_items()}
    actions = [(arn, action) for arn, listener in listeners.items() for action in listener["DefaultActions"]]
    actions += [(rule["ListenerArn"], action) for _key, rule in _alb._rules.all_items() for action in rule["Actions"]]
    for listener_arn, action in actions:
        if "TargetGroupArn" in action and listener_arn in listeners:
            users[action["TargetGroupArn"]].add(listeners[listener_arn]["LoadBalancerArn"])
    return users


def _groups() -> Iterator[TargetGroup]:
    in_use = arns_in_use()
    for (account, region, arn), record in _alb._tgs.all_items():
        with _responses.request_scope(account, region):
            _leave_out_ended(arn)
            if arn in in_use and record["TargetType"] in ("instance", "ip"):
                targets = (_target(entry) for entry in _alb._targets.get(arn, []))
                ends = attribute(arn, "target_health_state.unhealthy.connection_termination.enabled", "true")
                running = tuple(target for target in targets if target is not None)
                preserves = attribute(arn, "preserve_client_ip.enabled", "false") == "true"
                yield TargetGroup(arn, check_of(record), running, ends == "false", preserves)


def _load_balancers() -> Iterator[LoadBalancer]:
    listeners: defaultdict[str, list[Listener]] = defaultdict(list)
    for (account, region, arn), record in _alb._listeners.all_items():
        groups = [action["TargetGroupArn"] for action in record["DefaultActions"] if "TargetGroupArn" in action]
        if record["Protocol"] == "TCP" and groups:
            with _responses.request_scope(account, region):
                idle = _listener_attribute(arn, "tcp.idle_timeout.seconds", "350")
            listeners[record["LoadBalancerArn"]].append(Listener(arn, record["Port"], groups[0], float(idle)))
    for (_account, _region, arn), record in _alb._lbs.all_items():
        if record["Type"] == "network":
            yield LoadBalancer(arn, tuple(listeners[arn]), record.get(ADDRESS))


def _listener_attribute(listener_arn: str, name: str, default: str) -> str:
    found = _alb._listener_attrs.get(listener_arn, [])
    return next((str(each["Value"]) for each in found if each["Key"] == name), default)


def _leave_out_ended(arn: str) -> None:
    """Deregister instances that have ended, as EC2 does; what was registered by an IP address stays."""
    registered = _alb._targets.get(arn, [])
    registered[:] = [entry for entry in registered if state_of(entry["Id"]) not in _ENDED]


def state_of(instance_id: str) -> str:
    """Return the state of an EC2 instance of the request's account and region; empty if there is no such instance."""
    return str(_ec2._instances.get(instance_id, {}).get("State", {}).get("Name", ""))


def _target(entry: dict[str, Any]) -> Target | None:
    identifier, port = entry["Id"], entry["Port"]
    if not identifier.startswith("i-"):
        return Target(identifier, port, _on_loopback(identifier))
    if state_of(identifier) in STOPPED:
        return None
    return Target(identifier, port, _on_loopback(_ec2._instances.get(identifier, {}).get("PrivateIpAddress", "")))


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
        interval_seconds=float(record["HealthCheckIntervalSeconds"]) / _hurry[0],
        timeout_seconds=float(record["HealthCheckTimeoutSeconds"]),
        healthy_threshold=record["HealthyThresholdCount"],
        unhealthy_threshold=record["UnhealthyThresholdCount"],
    )
