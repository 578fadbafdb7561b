"""CloudWatch metrics in memory: kept within bounds, and saved. What the API makes of them stands in `metrics_api`.

Other modules measure through :func:`emit`; what AWS measures of whom is theirs to know.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Mapping
from types import ModuleType
from typing import Any

from emulator.alarms.statistics import sample
from emulator.alarms.store import MINUTE, MetricStore, metric
from emulator.plugin import clock
from emulator.plugin.borrowed import borrow, replace
from emulator.plugin.resources import account, region

_app = borrow("app", "_state_map")
_cw = borrow("services.cloudwatch", "_evict_old_metrics", "record_metric")
_MODULE = "slipway_metrics"
TRIM_SECONDS = 10.0

Dimensions = Mapping[str, str]

_stores: dict[tuple[str, str], MetricStore] = {}


def store() -> MetricStore:
    """Return the metrics of the request's account and region."""
    return _stores.setdefault((account(), region()), MetricStore())


def emit(
    namespace: str, name: str, value: float, unit: str, dimensions: Dimensions, time: float | None = None,
    resolution: int = MINUTE,
) -> None:  # fmt: skip
    """Measure something in the request's account and region, as an AWS service does.

    Outside of a request, pin the account and region first with the emulator's `request_scope`.

    :param namespace: for example `AWS/NetworkELB`.
    :param unit: for example `Count` or `Milliseconds`.
    :param time: when, in seconds since 1970; now, if not said.
    :param resolution: 60 seconds, or 1.
    """
    when = clock.now() if time is None else time
    store().put(metric(namespace, name, dimensions), unit, when, sample(float(value)), resolution)


async def keep_small() -> None:
    """Trim all metrics again and again, for ever."""
    while True:
        for metrics in list(_stores.values()):
            await asyncio.to_thread(metrics.trim, clock.now())
        await asyncio.sleep(TRIM_SECONDS)


def _record(namespace: str, name: str, value: float, unit: str = "None", dimensions: Dimensions | None = None) -> None:
    """Stand in for the emulator's own function, with which its services measure."""
    emit(namespace, name, value, unit, dimensions or {})


def _state() -> dict[str, Any]:
    return {"stores": [[*scope, metrics.state()] for scope, metrics in list(_stores.items())]}


def _load(saved: dict[str, Any]) -> None:
    for account_id, region_name, state in saved.get("stores", []):
        _stores.setdefault((account_id, region_name), MetricStore()).load(state)


def install() -> None:
    """Put our metrics in place of the emulator's, and have them saved with its state."""
    replace(_cw, "_evict_old_metrics", lambda _original: lambda: None)
    replace(_cw, "record_metric", lambda _original: _record)
    module = ModuleType(f"ministack.services.{_MODULE}")
    vars(module).update(get_state=_state, load_persisted_state=_load, reset=_stores.clear)
    sys.modules[module.__name__] = module
    _app._state_map[_MODULE] = _MODULE
