"""What the templates of an environment watch: its alarms, and the metrics and log groups of its dashboards."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from contract.metrics import Metric
from tests.synth.assemblies import COMPONENTS, Assembly

Watched = tuple[str, str, tuple[str, ...]]
"""Namespace, name and names of the dimensions of a metric."""


def identity(metric: Metric) -> Watched:
    return metric.namespace, metric.name, tuple(sorted(metric.dimensions))


def alarms(assembly: Assembly) -> Iterator[dict[str, Any]]:
    """Yield the properties of all alarms."""
    for component in COMPONENTS:
        yield from assembly.template(component).properties("AWS::CloudWatch::Alarm")


def watched_by_alarms(assembly: Assembly) -> set[Watched]:
    """Return the metrics of all alarms."""
    return {
        (alarm["Namespace"], alarm["MetricName"], tuple(sorted(each["Name"] for each in alarm["Dimensions"])))
        for alarm in alarms(assembly)
    }


def widgets(assembly: Assembly) -> list[dict[str, Any]]:
    """Return the widgets of the dashboard, with a word in place of what only the deployment knows."""
    body = assembly.template("observability").only("AWS::CloudWatch::Dashboard")["DashboardBody"]
    parts = body["Fn::Join"][1] if isinstance(body, dict) else [body]
    found: list[dict[str, Any]] = json.loads("".join(part if isinstance(part, str) else "later" for part in parts))[
        "widgets"
    ]
    return found


def shown_by_widgets(assembly: Assembly) -> set[Watched]:
    """Return the metrics of all graphs; one is `[namespace, name, dimension, value, ..., options]`."""
    rows = [row for widget in widgets(assembly) for row in widget["properties"].get("metrics", [])]
    plain = [[each for each in row if isinstance(each, str)] for row in rows]
    return {(row[0], row[1], tuple(sorted(row[2::2]))) for row in plain}


def log_groups(assembly: Assembly) -> dict[str, dict[str, Any]]:
    """Return all log groups of the environment by their names."""
    found = [each for name in COMPONENTS for each in assembly.template(name).properties("AWS::Logs::LogGroup")]
    return {each["LogGroupName"]: each for each in found}
