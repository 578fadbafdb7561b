"""Expressions of Image Builder's schedules, which leave out more than EventBridge's may.

Source: "Use cron expressions in Image Builder" in the User Guide, and Schedule in the API reference.
"""

from __future__ import annotations

import re

_UNIT_SECONDS = {"minute": 60, "hour": 3600, "day": 86_400}


def interval_of(expression: str) -> int | None:
    """Return the seconds between two runs, for `rate(1 day)` and its like; None for a cron expression."""
    rate = re.fullmatch(r"rate\((\d+) (minute|hour|day)s?\)", expression.strip())
    return int(rate[1]) * _UNIT_SECONDS[rate[2]] if rate else None


def as_eventbridge(expression: str) -> str:
    """Return a cron expression with a year, and with a question mark for one of its two kinds of days."""
    fields = expression.strip().removeprefix("cron(").removesuffix(")").split()
    if len(fields) == 5:
        fields.append("*")
    if len(fields) == 6 and "?" not in (fields[2], fields[4]):
        fields[4 if fields[4] == "*" else 2] = "?"
    return f"cron({' '.join(fields)})"
