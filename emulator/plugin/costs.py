"""Cost Explorer: of an account that costs nothing, since nothing here does."""

from __future__ import annotations

from datetime import UTC, date, datetime

from emulator.account.costs import METRICS, Period, periods
from emulator.plugin import clock
from emulator.plugin.services import Json, Service, ServiceError, register


def _today() -> date:
    return datetime.fromtimestamp(clock.now(), UTC).date()


def _periods(request: Json) -> list[Period]:
    span = request["TimePeriod"]
    try:
        return periods(span["Start"], span["End"], request.get("Granularity", "MONTHLY"))
    except ValueError as error:
        raise ServiceError("ValidationException", str(error)) from error


def _span(period: Period) -> Json:
    return {"Start": period[0], "End": period[1]}


def _usage(request: Json) -> Json:
    metrics = request["Metrics"]
    if unknown := [name for name in metrics if name not in METRICS]:
        raise ServiceError(
            "ValidationException", f"Invalid metric(s): {', '.join(unknown)}; there are {', '.join(METRICS)}"
        )
    # Costs of a month are only final in the next one.
    this_month = _today().replace(day=1).isoformat()
    total = {} if request.get("GroupBy") else {name: {"Amount": "0", "Unit": METRICS[name]} for name in metrics}
    return {
        "ResultsByTime": [
            {"TimePeriod": _span(period), "Total": total, "Groups": [], "Estimated": period[1] > this_month}
            for period in _periods(request)
        ],
        "DimensionValueAttributes": [],
        **({"GroupDefinitions": request["GroupBy"]} if request.get("GroupBy") else {}),
    }


def _forecast(request: Json) -> Json:
    start = request["TimePeriod"]["Start"]
    if start[:10] < _today().isoformat():
        raise ServiceError("ValidationException", f"the start of a forecast, {start}, must not be in the past")
    results = [{"TimePeriod": _span(period), "MeanValue": "0"} for period in _periods(request)]
    if "PredictionIntervalLevel" in request:
        bounds = {"PredictionIntervalLowerBound": "0", "PredictionIntervalUpperBound": "0"}
        results = [{**result, **bounds} for result in results]
    return {"Total": {"Amount": "0", "Unit": "USD"}, "ForecastResultsByTime": results}


SERVICE = Service("ce", "Cost Explorer", {"GetCostAndUsage": _usage, "GetCostForecast": _forecast})


def install() -> None:
    """Add the service."""
    register(SERVICE)
