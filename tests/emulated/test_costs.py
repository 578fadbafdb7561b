"""Cost Explorer."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest


def today() -> date:
    return datetime.now(UTC).date()


def span(start: date, days: int) -> dict[str, str]:
    return {"Start": start.isoformat(), "End": (start + timedelta(days=days)).isoformat()}


def usage(client, period: dict[str, str], granularity: str = "DAILY", **more: Any) -> dict[str, Any]:
    return client("ce").get_cost_and_usage(
        **{"TimePeriod": period, "Granularity": granularity, "Metrics": ["UnblendedCost"], **more}
    )


@pytest.mark.behaviour("Cost Explorer", "each day of a span has an amount in dollars, given as text")
def test_costs_by_day(client):
    found = usage(client, span(today() - timedelta(days=3), 3))["ResultsByTime"]

    assert [each["TimePeriod"] for each in found] == [span(today() - timedelta(days=ago), 1) for ago in (3, 2, 1)]
    for each in found:
        assert each["Total"]["UnblendedCost"]["Unit"] == "USD"
        assert float(each["Total"]["UnblendedCost"]["Amount"]) >= 0


@pytest.mark.behaviour("Cost Explorer", "grouped costs have no total, and this month's are estimated")
def test_grouped_costs(client):
    this_month = today().replace(day=1)

    found = usage(
        client, {"Start": this_month.isoformat(), "End": (today() + timedelta(days=1)).isoformat()}, "MONTHLY",
        GroupBy=[{"Type": "DIMENSION", "Key": "SERVICE"}],
    )  # fmt: skip

    assert [(each["Total"], each["Estimated"]) for each in found["ResultsByTime"]] == [({}, True)]
    assert found["GroupDefinitions"] == [{"Type": "DIMENSION", "Key": "SERVICE"}]


@pytest.mark.behaviour("Cost Explorer", "a span without a day and an unknown metric are refused: ValidationException")
def test_refusals(client):
    ce = client("ce")

    with pytest.raises(ce.exceptions.ClientError, match="before end date"):
        usage(client, {"Start": today().isoformat(), "End": today().isoformat()})
    with pytest.raises(ce.exceptions.ClientError, match="ValidationException"):
        usage(client, span(today() - timedelta(days=1), 1), Metrics=["Fun"])
    with pytest.raises(ce.exceptions.ClientError, match="ValidationException"):
        ce.get_cost_forecast(
            TimePeriod=span(today() - timedelta(days=2), 5), Metric="UNBLENDED_COST", Granularity="DAILY"
        )


@pytest.mark.difference(
    "Cost Explorer",
    aws="costs of yesterday and a forecast from those of weeks",
    here="everything costs 0, also in the forecast, since nothing here costs anything",
)
def test_everything_is_free(client):
    past = usage(client, span(today() - timedelta(days=60), 60), "MONTHLY")["ResultsByTime"]
    future = client("ce").get_cost_forecast(
        TimePeriod=span(today(), 40), Metric="UNBLENDED_COST", Granularity="MONTHLY", PredictionIntervalLevel=80
    )

    assert {each["Total"]["UnblendedCost"]["Amount"] for each in past} == {"0"}
    assert future["Total"] == {"Amount": "0", "Unit": "USD"}
    assert {each["PredictionIntervalUpperBound"] for each in future["ForecastResultsByTime"]} == {"0"}
