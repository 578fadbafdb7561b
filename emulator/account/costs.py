"""Costs as Cost Explorer shows them, of an account that costs nothing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta

METRICS = {
    "AmortizedCost": "USD",
    "BlendedCost": "USD",
    "NetAmortizedCost": "USD",
    "NetUnblendedCost": "USD",
    "NormalizedUsageAmount": "N/A",
    "UnblendedCost": "USD",
    "UsageQuantity": "N/A",
}
"""Their units."""

Period = tuple[str, str]
"""Start and end, as in the API; the end does not belong to it."""


def periods(start: str, end: str, granularity: str) -> list[Period]:
    """Cut a span of time into days or calendar months, or for `HOURLY` into hours.

    :param start: `2026-01-31`, or for hours `2026-01-31T00:00:00Z`.
    :raises ValueError: if these are no dates, or the end is not after the start.
    """
    if granularity == "HOURLY":
        return list(_hours(_moment(start), _moment(end)))
    first, last = date.fromisoformat(start), date.fromisoformat(end)
    if first >= last:
        raise ValueError("Start date (and hour) should be before end date (and hour)")
    return list(_days(first, last, by_month=granularity == "MONTHLY"))


def _days(first: date, last: date, *, by_month: bool) -> Iterator[Period]:
    while first < last:
        following = (
            (first.replace(day=1) + timedelta(days=32)).replace(day=1) if by_month else first + timedelta(days=1)
        )
        yield first.isoformat(), min(following, last).isoformat()
        first = following


def _moment(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S%z")


def _hours(first: datetime, last: datetime) -> Iterator[Period]:
    if first >= last:
        raise ValueError("Start date (and hour) should be before end date (and hour)")
    while first < last:
        following = first + timedelta(hours=1)
        yield _shown(first), _shown(min(following, last))
        first = following


def _shown(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
