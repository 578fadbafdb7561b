"""Whom alarms tell, when they go off, and what the whole may cost."""

from __future__ import annotations

import re

import pytest
from pydantic import ValidationError

from config.models import Configuration


def make(**values):
    return Configuration(**{"environment": "development", **values})


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"observability": {"alarm_emails": ["nobody"]}}, "a mail address"),
        ({"observability": {"alarm_urls": ["http://example.org/"]}}, "must be an HTTPS address without a password"),
        ({"observability": {"alarm_urls": ["https://user:password@example.org/"]}}, "alarm_urls"),
        ({"observability": {"runbook_url": "two words"}}, "must be an address without spaces"),
        ({"observability": {"evaluation_minutes": 0}}, "evaluation_minutes"),
        (
            {"observability": {"cpu_threshold_percent": 55}},
            "cpu_threshold_percent 55 is not above fleet.scaling.cpu_target_percent 55.*write 56 or more",
        ),
        ({"budget": {"monthly_usd": 0}}, "monthly_usd"),
        ({"budget": {"estimate_percent": 99}}, "estimate_percent"),
        (
            {
                "regions": ["eu-north-1"],
                "network": {"zones": ["eu-north-1a", "eu-north-1b"]},
                "budget": {"monthly_usd": 9},
            },
            "budget.monthly_usd 9: CloudFormation makes no budgets in eu-north-1.*make the budget by hand",
        ),
        ({"cost": {"cached_percent": 101}}, "cached_percent"),
        ({"cost": {"page_kilobytes": 0}}, "page_kilobytes"),
    ],
)
def test_what_is_refused(values, words):
    with pytest.raises(ValidationError) as caught:
        make(**values)

    assert re.search(words, str(caught.value), re.DOTALL), str(caught.value)


def test_several_people_and_services_can_be_told():
    told = {"alarm_emails": ["a@example.org", "b@example.org"], "alarm_urls": ["https://example.org/page?key=1"]}

    assert make(observability=told).observability.alarm_urls == ("https://example.org/page?key=1",)
