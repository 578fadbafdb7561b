"""The metrics that lie in log events: those that metric filters find, and those that events carry themselves.

Sources: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/MonitoringLogData.html,
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from emulator.logs.conditions import number
from emulator.logs.patterns import Values, compile_pattern, value_in


@dataclass(frozen=True)
class Event:
    """A log event.

    :param time: in seconds since 1970.
    """

    time: float
    message: str


@dataclass(frozen=True)
class Measurement:
    """A value of a metric.

    :param time: in seconds since 1970.
    :param resolution: 1 or 60 seconds.
    """

    namespace: str
    name: str
    value: float
    unit: str
    dimensions: Mapping[str, str]
    time: float
    resolution: int = 60


def found_by_filter(
    pattern: str, transformations: Iterable[Mapping[str, Any]], events: Iterable[Event]
) -> Iterator[Measurement]:
    """Return what a metric filter makes of events.

    :param transformations: as PutMetricFilter has them.
    """
    find = compile_pattern(pattern)
    for event in events:
        values = find(event.message)
        for transformation in transformations:
            value = _value(transformation, event, values)
            named = _dimensions(transformation, event, values)
            if value is not None and named is not None:
                yield Measurement(
                    transformation["metricNamespace"],
                    transformation["metricName"],
                    value,
                    transformation.get("unit") or "None",
                    named,
                    event.time,
                )


def _value(transformation: Mapping[str, Any], event: Event, values: Values | None) -> float | None:
    """Return the value of an event; the default if it does not match, or None if there is none."""
    if values is None:
        default = transformation.get("defaultValue")
        return None if default is None else float(default)
    wanted = str(transformation["metricValue"])
    return number(value_in(event.message, values, wanted) if wanted.startswith("$") else wanted)


def _dimensions(transformation: Mapping[str, Any], event: Event, values: Values | None) -> Mapping[str, str] | None:
    """Return the dimensions of an event; None if it lacks one of them."""
    wanted: Mapping[str, str] = transformation.get("dimensions") or {}
    found = {name: value_in(event.message, values or {}, selector) for name, selector in wanted.items()}
    known = {name: value for name, value in found.items() if value}
    return known if len(known) == len(wanted) else None


def embedded(event: Event) -> Iterator[Measurement]:
    """Return the metrics that an event carries in the embedded metric format."""
    if '"_aws"' not in event.message or not event.message.lstrip().startswith("{"):
        return
    try:
        content = json.loads(event.message)
        directives = content["_aws"]["CloudWatchMetrics"]
    except (ValueError, TypeError, KeyError):
        return
    time = float(content["_aws"].get("Timestamp", event.time * 1000)) / 1000
    for directive in directives:
        yield from _directed(directive, content, time)


def _directed(directive: Mapping[str, Any], content: Mapping[str, Any], time: float) -> Iterator[Measurement]:
    for names in directive.get("Dimensions") or [[]]:
        if any(name not in content for name in names):
            continue
        dimensions = {name: str(content[name]) for name in names}
        for definition in directive.get("Metrics", []):
            for value in _numbers(content.get(definition["Name"])):
                yield Measurement(
                    directive["Namespace"],
                    definition["Name"],
                    value,
                    definition.get("Unit") or "None",
                    dimensions,
                    time,
                    int(definition.get("StorageResolution", 60)),
                )


def _numbers(value: Any) -> list[float]:
    values = value if isinstance(value, list) else [value]
    return [float(item) for item in values if isinstance(item, int | float) and not isinstance(item, bool)]
