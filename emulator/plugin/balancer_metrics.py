"""What Elastic Load Balancing measures of network load balancers and of their target groups.

AWS measures once a minute; here it is once a second, so that an alarm is not late for that. A minute's sums are the
same. Source: https://docs.aws.amazon.com/elasticloadbalancing/latest/network/load-balancer-cloudwatch-metrics.html
"""

from __future__ import annotations

import asyncio
import dataclasses
import logging

from emulator.balancer.balancer import Report
from emulator.balancer.relay import Counters
from emulator.plugin import balancing
from emulator.plugin.balancing_plan import groups_of
from emulator.plugin.borrowed import borrow
from emulator.plugin.metrics import emit

_alb = borrow("services.alb", "_lbs", "_targets")
_responses = borrow("core.responses", "request_scope")

logger = logging.getLogger("slipway.balancer")
NAMESPACE = "AWS/NetworkELB"
INTERVAL_SECONDS = 1.0


async def run() -> None:
    """Measure for ever."""
    told: dict[str, Counters] = {}
    while True:
        await asyncio.sleep(INTERVAL_SECONDS)
        try:
            told = _measure_all(told)
        except Exception:
            logger.exception("measuring the load balancers failed; trying again")


def _measure_all(told: dict[str, Counters]) -> dict[str, Counters]:
    """Measure all load balancers.

    :param told: counters of each as they were at the last time.
    :returns: the same, now.
    """
    counted = {}
    for (account, region, arn), _record in _alb._lbs.all_items():
        report = balancing.report(arn)
        if report is not None:
            counted[arn] = dataclasses.replace(report.counters)
            with _responses.request_scope(account, region):
                _measure_flows(arn, report, counted[arn], told.get(arn, Counters()))
                _measure_targets(arn)
    return counted


def _measure_flows(arn: str, report: Report, now: Counters, before: Counters) -> None:
    flows, size = now.new_flows - before.new_flows, now.processed_bytes - before.processed_bytes
    values = {
        "ActiveFlowCount": (report.active_flows, "Count"),
        "ActiveFlowCount_TCP": (report.active_flows, "Count"),
        "NewFlowCount": (flows, "Count"),
        "NewFlowCount_TCP": (flows, "Count"),
        "ProcessedBytes": (size, "Bytes"),
        "ProcessedBytes_TCP": (size, "Bytes"),
        "TCP_Client_Reset_Count": (now.client_resets - before.client_resets, "Count"),
        "TCP_Target_Reset_Count": (now.target_resets - before.target_resets, "Count"),
        "TCP_ELB_Reset_Count": (now.own_resets - before.own_resets, "Count"),
    }
    for name, (value, unit) in values.items():
        emit(NAMESPACE, name, value, unit, {"LoadBalancer": _full_name(arn)})


def _measure_targets(arn: str) -> None:
    """Measure how many targets are healthy, of each group that has any."""
    for group in groups_of(arn):
        states = [balancing.health(group, each["Id"], each["Port"]).state for each in _alb._targets.get(group, [])]
        if states:
            dimensions = {"LoadBalancer": _full_name(arn), "TargetGroup": group.split(":")[-1]}
            emit(NAMESPACE, "HealthyHostCount", states.count("healthy"), "Count", dimensions)
            emit(NAMESPACE, "UnHealthyHostCount", states.count("unhealthy"), "Count", dimensions)


def _full_name(arn: str) -> str:
    return arn.split(":loadbalancer/")[1]
