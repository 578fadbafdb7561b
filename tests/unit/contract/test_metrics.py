"""The list of metrics: each once, with whoever emits it saying so."""

from __future__ import annotations

from contract import metrics
from contract.metrics import EMITTED, Metric


def test_each_metric_stands_in_the_list_once():
    named = {value for value in vars(metrics).values() if isinstance(value, Metric)}

    assert set(EMITTED) == named
    assert len(EMITTED) == len(named)


def test_each_metric_names_where_whoever_emits_it_says_so():
    assert [metric for metric in EMITTED if not metric.source.startswith("https://docs.aws.amazon.com/")] == []


def test_targets_are_measured_behind_their_load_balancer():
    assert metrics.HEALTHY_TARGETS.dimensions == ("LoadBalancer", "TargetGroup")
    assert metrics.NEW_FLOWS.dimensions == ("LoadBalancer",)
