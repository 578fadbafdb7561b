"""CloudWatch Logs: metric filters that measure, metrics that events carry, and filter patterns that are read right."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from typing import Any

from emulator.logs.conditions import PatternError
from emulator.logs.measurements import Event, Measurement, embedded, found_by_filter
from emulator.logs.patterns import compile_pattern
from emulator.plugin.borrowed import borrow, replace
from emulator.plugin.metrics import emit

_logs = borrow(
    "services.cloudwatch_logs",
    "_compile_filter_pattern",
    "_fanout_to_subscription_filters",
    "_filter_log_events",
    "_metric_filters",
    "_put_metric_filter",
    "_put_subscription_filter",
    "_subscription_pattern_matches",
)
_responses = borrow("core.responses", "error_response_json", "json_response")
logger = logging.getLogger("slipway.emulator")

Body = dict[str, Any]
Response = tuple[int, dict[str, str], bytes]
Call = Callable[[Body], Response]


def measure(group: str, events: list[dict[str, Any]]) -> None:
    """Measure what is in new events of a log group.

    :param events: with `timestamp` in milliseconds since 1970, and `message`.
    """
    plain = [Event(event["timestamp"] / 1000, str(event["message"])) for event in events]
    for (name, _filter), settings in _logs._metric_filters.items():
        if name == group:
            _emit(found_by_filter(settings["filterPattern"], settings["metricTransformations"], plain))
    for event in plain:
        _emit(embedded(event))


def _emit(measurements: Iterable[Measurement]) -> None:
    for found in measurements:
        emit(found.namespace, found.name, found.value, found.unit, found.dimensions, found.time, found.resolution)


def _measure_first(original: Callable[..., None]) -> Callable[..., None]:
    """Functions and clients write events by two ways, which meet where subscribers are told."""

    def forward(group: str, stream: str, events: list[dict[str, Any]]) -> None:
        try:
            measure(group, events)
        except Exception:
            # What is wrong in a log event or with a filter must not lose the event, nor fail who wrote it.
            logger.exception("metrics of the log group %s cannot be measured", group)
        original(group, stream, events)

    return forward


def _check_pattern(original: Call) -> Call:
    def checked(request: Body) -> Response:
        try:
            compile_pattern(str(request.get("filterPattern") or ""))
        except PatternError as error:
            refusal: Response = _responses.error_response_json(
                "InvalidParameterException", f"Invalid filter pattern: {error}", 400
            )
            return refusal
        return original(request)

    return checked


def _check_transformations(original: Call) -> Call:
    def checked(request: Body) -> Response:
        for transformation in request.get("metricTransformations") or []:
            if transformation.get("dimensions") and transformation.get("defaultValue") is not None:
                refusal: Response = _responses.error_response_json(
                    "InvalidParameterException",
                    "Invalid metric transformation: dimensions and default value are mutually exclusive properties.",
                    400,
                )
                return refusal
        return original(request)

    return checked


def try_filter(request: Body) -> Response:
    """Answer TestMetricFilter: which of some messages match, and what is found in them."""
    find = compile_pattern(str(request.get("filterPattern") or ""))
    found = [(number, message, find(message)) for number, message in enumerate(request["logEventMessages"], start=1)]
    matches = [
        {"eventNumber": number, "eventMessage": message, "extractedValues": dict(values)}
        for number, message, values in found
        if values is not None
    ]
    reply: Response = _responses.json_response({"matches": matches})
    return reply


OPERATIONS: dict[str, Call] = {"TestMetricFilter": _check_pattern(try_filter)}


def install() -> None:
    """Put our patterns in place of the emulator's, and measure whatever is logged."""
    replace(_logs, "_compile_filter_pattern", lambda _original: _matcher)
    replace(_logs, "_subscription_pattern_matches", lambda _original: lambda text, line: _matcher(text)(line))
    for name in ("_filter_log_events", "_put_subscription_filter", "_put_metric_filter"):
        replace(_logs, name, _check_pattern)
    replace(_logs, "_put_metric_filter", _check_transformations)
    replace(_logs, "_fanout_to_subscription_filters", _measure_first)


def _matcher(text: str | None) -> Callable[[str], bool]:
    find = compile_pattern(text or "")
    return lambda message: find(message or "") is not None
