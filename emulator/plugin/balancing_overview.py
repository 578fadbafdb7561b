"""Control commands: where each load balancer can be reached on this machine, and health checks that hurry.

The names in what `load-balancers` answers are those of AWS's API. What only this machine has, address, local ports and
connections, stands beside them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from emulator.control import ControlError
from emulator.plugin import balancing, balancing_plan
from emulator.plugin.borrowed import borrow

_alb = borrow("services.alb", "_lbs", "_listeners", "_targets")
_responses = borrow("core.responses", "request_scope")

MOST_HURRY = 100


def overview(_arguments: dict[str, Any]) -> dict[str, Any]:
    """Describe the network load balancers of all accounts and regions that stand."""
    return {"LoadBalancers": list(_balancers())}


def hurry(arguments: dict[str, Any]) -> dict[str, Any]:
    """Check all targets more often than their groups say, so that a rehearsal of a failure need not wait for it.

    The argument `times` says how many times as often; it holds until the emulator ends.
    """
    times = arguments.get("times")
    if isinstance(times, bool) or not isinstance(times, int | float) or not 1 <= times <= MOST_HURRY:
        raise ControlError(f"times is {times!r}; it has to be a number from 1 (as the groups say) to {MOST_HURRY}")
    balancing_plan.hurry(times)
    return {"times": times}


def _balancers() -> Iterator[dict[str, Any]]:
    for (account, region, arn), record in _alb._lbs.all_items():
        report = balancing.report(arn)
        if report is None:
            continue
        with _responses.request_scope(account, region):
            yield {
                "LoadBalancerArn": arn,
                "LoadBalancerName": record["LoadBalancerName"],
                "DNSName": record["DNSName"],
                "Address": report.place.address,
                "ActiveFlows": report.active_flows,
                "Listeners": [_listener(each, report.place.ports) for each in _listeners(arn)],
            }


def _listeners(balancer_arn: str) -> list[dict[str, Any]]:
    return [record for record in _alb._listeners.values() if record["LoadBalancerArn"] == balancer_arn]


def _listener(record: dict[str, Any], ports: dict[int, int]) -> dict[str, Any]:
    groups = [action["TargetGroupArn"] for action in record["DefaultActions"] if "TargetGroupArn" in action]
    return {
        "Port": record["Port"],
        "LocalPort": ports.get(record["Port"]),
        "Targets": [_target(arn, entry) for arn in groups for entry in _alb._targets.get(arn, [])],
    }


def _target(group_arn: str, entry: dict[str, Any]) -> dict[str, Any]:
    state = balancing.health(group_arn, entry["Id"], entry["Port"]).state
    return {"Id": entry["Id"], "Port": entry["Port"], "State": state}
