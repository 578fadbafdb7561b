"""Expressions of schedules."""

from __future__ import annotations

import pytest

from emulator.image_builds.schedules import as_eventbridge, interval_of


@pytest.mark.parametrize(
    ("expression", "seconds"), [("rate(1 day)", 86_400), ("rate(30 minutes)", 1800), ("cron(0 3 * * ? *)", None)]
)
def test_rates_are_intervals(expression: str, seconds: int | None):
    assert interval_of(expression) == seconds


@pytest.mark.parametrize(
    ("expression", "full"),
    [
        ("cron(0 3 * * ? *)", "cron(0 3 * * ? *)"),
        ("cron(0 3 * * *)", "cron(0 3 * * ? *)"),
        ("cron(0 3 ? * sun)", "cron(0 3 ? * sun *)"),
        ("cron(0 3 * * SUN *)", "cron(0 3 ? * SUN *)"),
        ("cron(0 3 1 * * *)", "cron(0 3 1 * ? *)"),
    ],
)
def test_what_is_left_out_is_added(expression: str, full: str):
    assert as_eventbridge(expression) == full
