"""Only metrics that somebody emits can be watched, by the dimensions that they are emitted with."""

from __future__ import annotations

import pytest

from constructs_lib.monitoring.metrics import balancer_metric, function_metric, group_metric, measured
from contract import metrics


def test_metrics_of_a_load_balancer_have_its_dimensions():
    of_balancer = balancer_metric(metrics.NEW_FLOWS, "net/balancer/1", statistic="Sum")
    of_targets = balancer_metric(
        metrics.UNHEALTHY_TARGETS, "net/balancer/1", target_group="targetgroup/targets/2", statistic="Maximum"
    )

    assert of_balancer.dimensions == {"LoadBalancer": "net/balancer/1"}
    assert of_targets.dimensions == {"LoadBalancer": "net/balancer/1", "TargetGroup": "targetgroup/targets/2"}
    assert (of_targets.namespace, of_targets.statistic) == ("AWS/NetworkELB", "Maximum")


def test_metrics_of_functions_and_groups():
    assert function_metric(metrics.FUNCTION_DURATION, "f", statistic="p95").dimensions == {"FunctionName": "f"}
    assert group_metric(metrics.GROUP_CPU, "g", statistic="Average").dimensions == {"AutoScalingGroupName": "g"}


@pytest.mark.parametrize("values", [{}, {"LoadBalancer": "b"}, {"LoadBalancer": "b", "TargetGroup": "t", "Zone": "z"}])
def test_other_dimensions_than_those_that_are_emitted_are_refused(values):
    with pytest.raises(ValueError, match="is emitted by LoadBalancer, TargetGroup"):
        measured(metrics.HEALTHY_TARGETS, values, statistic="Maximum")
