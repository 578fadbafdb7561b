"""What CloudWatch gets to know of network load balancers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.emulated.conftest import eventually
from tests.emulated.test_balancing import connect, put_with, quick_checks, servers

__all__ = ["connect", "quick_checks", "servers"]


def statistic(client, name: str, dimensions: dict[str, str], kind: str) -> float | None:
    """Return a statistic of the last minutes, None while there is no datapoint."""
    now = datetime.now(UTC)
    points = client("cloudwatch").get_metric_statistics(
        Namespace="AWS/NetworkELB", MetricName=name, Statistics=[kind], Period=300,
        StartTime=now - timedelta(minutes=10), EndTime=now + timedelta(minutes=5),
        Dimensions=[{"Name": key, "Value": value} for key, value in dimensions.items()],
    )["Datapoints"]  # fmt: skip
    return sum(point[kind] for point in points) if kind == "Sum" and points else points[-1][kind] if points else None


@pytest.mark.behaviour(
    "Network Load Balancer", "connections, bytes and healthy hosts are measured in CloudWatch", aws=False
)
def test_metrics(quick_checks, stack, client, connect, servers):
    outputs = put_with(stack, client, servers[0])
    balancer = {"LoadBalancer": outputs["FullName"]}
    group = {**balancer, "TargetGroup": outputs["Group"].split(":")[-1]}

    for _ in range(3):
        connect(outputs["Name"])

    def measured() -> list[float | None]:
        kinds = {"NewFlowCount": "Sum", "ProcessedBytes": "Sum", "ActiveFlowCount": "Maximum"}
        return [statistic(client, name, balancer, kind) for name, kind in kinds.items()]

    # Together, as a look may fall between a flow's beginning and its bytes.
    eventually(lambda: measured() == [3, 3 * len("a\n"), 3], "three flows being measured")
    assert statistic(client, "TCP_Target_Reset_Count", balancer, "Sum") == 0
    assert statistic(client, "TCP_ELB_Reset_Count", balancer, "Sum") == 0
    assert statistic(client, "HealthyHostCount", group, "Maximum") == 1

    servers[0].stop()
    eventually(lambda: statistic(client, "UnHealthyHostCount", group, "Maximum") == 1, "an unhealthy host")
