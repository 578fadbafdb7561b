"""What Lambda measures of functions and of their addresses; the emulator counts some calls twice and others never.

Sources: https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html,
https://docs.aws.amazon.com/lambda/latest/dg/urls-monitoring.html
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from emulator.plugin.borrowed import borrow, replace
from emulator.plugin.metrics import emit

_lambda = borrow(
    "services.lambda_svc",
    "_acquire_execution_slot",
    "_emit_lambda_metrics",
    "_execute_function_dispatch",
    "_inflight",
    "_inflight_key",
    "handle_function_url_request",
    "resolve_function_url",
)
_responses = borrow("core.responses", "request_scope")

NAMESPACE = "AWS/Lambda"
Config = dict[str, Any]


def _measure(name: str, qualifier: str, values: dict[str, tuple[float, str]], *, account_wide: bool) -> None:
    """Measure for the function, for the version or alias that was called, and for all functions together."""
    resource = f"{name}:{qualifier}" if qualifier else name
    places = [{"FunctionName": name}, {"FunctionName": name, "Resource": resource}]
    for dimensions in [*places, *([{}] if account_wide else [])]:
        for metric, (value, unit) in values.items():
            emit(NAMESPACE, metric, value, unit, dimensions)


def _called(config: Config) -> tuple[str, str]:
    """Return name and qualifier of the function that is called; the emulator writes both into its ARN."""
    _before, _, rest = str(config.get("FunctionArn", "")).partition(":function:")
    _name, _, qualifier = rest.partition(":")
    return str(config.get("FunctionName", "")), qualifier


def _count_calls(original: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any]]:
    def execute(function: Config, config: Config, *rest: Any) -> dict[str, Any]:
        running = float(_lambda._inflight.get(_lambda._inflight_key(config), 1))
        started = time.monotonic()
        result = original(function, config, *rest)
        values = {
            "Invocations": (1.0, "Count"),
            "Errors": (1.0 if result.get("error") else 0.0, "Count"),
            "Throttles": (0.0, "Count"),
            "Duration": ((time.monotonic() - started) * 1000, "Milliseconds"),
            "ConcurrentExecutions": (running, "Count"),
        }
        _measure(*_called(config), values, account_wide=True)
        return result

    return execute


def _count_throttles(original: Callable[..., tuple[Any, Any]]) -> Callable[..., tuple[Any, Any]]:
    def acquire(function: Config, config: Config) -> tuple[Any, Any]:
        slot, limit = original(function, config)
        if slot is None:
            _measure(*_called(config), {"Throttles": (1.0, "Count")}, account_wide=True)
        return slot, limit

    return acquire


def _count_url_calls(original: Callable[..., Any]) -> Callable[..., Any]:
    async def handle(url_id: str, *arguments: Any, **named: Any) -> Any:
        resolved = named.get("resolved") or _lambda.resolve_function_url(url_id)
        started = time.monotonic()
        reply = await original(url_id, *arguments, **named)
        if resolved is not None:
            account, region, name, qualifier, _settings = resolved
            with _responses.request_scope(account, region):
                _measure_url_call(name, qualifier or "", reply[0], (time.monotonic() - started) * 1000)
        return reply

    return handle


def _measure_url_call(name: str, qualifier: str, status: int, milliseconds: float) -> None:
    values = {
        "UrlRequestCount": (1.0, "Count"),
        "Url4xxCount": (float(400 <= status < 500), "Count"),
        "Url5xxCount": (float(status >= 500), "Count"),
        "UrlRequestLatency": (milliseconds, "Milliseconds"),
    }
    _measure(name, qualifier, values, account_wide=False)


def install() -> None:
    """Measure each call once, where it is run, however it came about."""
    replace(_lambda, "_emit_lambda_metrics", lambda _original: lambda *_arguments, **_named: None)
    replace(_lambda, "_execute_function_dispatch", _count_calls)
    replace(_lambda, "_acquire_execution_slot", _count_throttles)
    replace(_lambda, "handle_function_url_request", _count_url_calls)
