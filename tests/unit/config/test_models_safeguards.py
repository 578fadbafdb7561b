"""A protected environment has every safeguard, or says why not."""

import re

import pytest
from pydantic import ValidationError

from config import load
from config.models import Configuration
from config.models.safeguards import SAFEGUARDS

SAFE = {
    "environment": "production",
    "termination_protection": True,
    "fleet": {"deletion_protection": True},
    "observability": {"alarm_emails": ["alarms@example.org"]},
}
REASON = "it stands for an hour and holds nothing"


def refused(**values) -> str:
    with pytest.raises(ValidationError) as caught:
        Configuration(**{**SAFE, **values})
    return str(caught.value)


def test_an_environment_with_every_safeguard_is_fine():
    assert Configuration(**SAFE).is_protected


@pytest.mark.parametrize(
    ("values", "rule", "message"),
    [
        ({"termination_protection": False}, "termination-protection", "termination_protection false: one command"),
        ({"fleet": {}}, "deletion-protection", "fleet.deletion_protection false: a change could delete"),
        ({"removal": "destroy"}, "retention", "removal destroy: protected environment production would lose data"),
        ({"storage": {"cache": {"removal": "destroy"}}}, "retention", "storage.cache.removal destroy"),
        ({"functions": {"log_retention_days": 7}}, "log-retention", "functions.log_retention_days 7"),
        ({"image": {"log_retention_days": 7}}, "log-retention", "image.log_retention_days 7"),
        ({"network": {"flow_log_retention_days": 7}}, "log-retention", "network.flow_log_retention_days 7"),
        ({"functions": {"html_service": {"log_retention_days": 7}}}, "log-retention", "functions.html_service.log_ret"),
        ({"observability": {}}, "alarms", "observability.alarm_emails: nobody hears"),
    ],
)
def test_a_missing_safeguard_needs_a_reason(values, rule, message):
    assert re.search(f"{message}.*; .*or say why not in exceptions.{rule}", refused(**values))

    Configuration(**{**SAFE, **values, "exceptions": {rule: REASON}})


def test_all_that_is_missing_is_told_at_once():
    found = refused(termination_protection=False, fleet={}, removal="destroy", observability={})

    assert [rule for rule in SAFEGUARDS if f"exceptions.{rule}" in found] == [
        rule for rule in SAFEGUARDS if rule != "log-retention"
    ]


@pytest.mark.parametrize("rule", SAFEGUARDS)
def test_a_reason_for_what_is_not_missing_is_refused(rule):
    assert f"exceptions.{rule}: the configuration keeps this rule" in refused(exceptions={rule: REASON})


def test_a_reason_in_an_environment_without_protection_is_refused():
    found = refused(environment="staging", exceptions={"alarms": REASON})

    assert "environment staging is not protected, so that the rule is not for it; take exceptions.alarms out" in found


def test_a_reason_is_more_than_a_word():
    assert "at least 10 characters" in refused(fleet={}, exceptions={"deletion-protection": "because"})


def test_another_environment_may_be_protected_too():
    assert "protected environment staging" in refused(environment="staging", protected=True, fleet={})


def test_what_is_protected_does_not_end_by_itself():
    assert "lifetime_hours 4: environment production is protected" in refused(lifetime_hours=4)


def test_an_override_may_take_a_reason_back():
    overrides = ["observability.alarm_urls=[https://example.org/alarms],exceptions.alarms=null"]

    assert load("production", overrides=overrides).exceptions == {}


def test_production_gives_its_reason_for_telling_nobody():
    assert set(load("production").exceptions) == {"alarms"}
