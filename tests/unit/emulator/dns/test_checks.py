"""Health checks: when their state changes, and what follows from others."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from emulator.dns.checks import CHECKERS, Health, Seen, after, check_of, completed

NOW = datetime(2026, 1, 2, tzinfo=UTC)
HTTP = {"Type": "HTTP", "IPAddress": "127.0.0.1"}


def looks(seen: Seen, *problems: str, threshold: int = 3) -> Seen:
    for problem in problems:
        seen = after(seen, threshold, problem, "HTTP Status Code 200, OK", NOW)
    return seen


def health(states: dict[str, bool] | None = None, alarms=None, **configurations) -> Health:
    return Health(
        {name: check_of(name, configuration) for name, configuration in configurations.items()},
        {name: Seen(is_healthy=state) for name, state in (states or {}).items()},
        alarms or {},
    )


def test_a_state_changes_only_after_as_many_looks_in_a_row_as_the_threshold():
    twice = looks(Seen(), "refused", "refused")
    assert twice.is_healthy
    assert looks(twice, "", "refused", "refused").is_healthy

    failed = looks(twice, "refused")
    assert not failed.is_healthy
    assert failed.report == failed.failure == "Failure: refused"
    assert not looks(failed, "", "").is_healthy
    recovered = looks(failed, "", "", "")
    assert recovered.is_healthy
    assert (recovered.report, recovered.failure) == ("Success: HTTP Status Code 200, OK", "Failure: refused")


def test_a_new_check_is_healthy_and_a_missing_one_is_not():
    assert health(a=HTTP).is_healthy("a")
    assert not health().is_healthy("a")


@pytest.mark.parametrize(
    ("flags", "sees", "expected"),
    [
        ({"Inverted": True}, True, False),
        ({"Inverted": True}, False, True),
        ({"Disabled": True}, False, True),
        ({"Disabled": "true", "Inverted": "true"}, True, False),
    ],
)
def test_inverted_and_disabled(flags, sees, expected):
    assert health({"a": sees}, a={**HTTP, **flags}).is_healthy("a") is expected


@pytest.mark.parametrize(("needed", "expected"), [(1, True), (2, True), (3, False), (0, True)])
def test_a_calculated_check_counts_its_healthy_children(needed, expected):
    calculated = {"Type": "CALCULATED", "ChildHealthChecks": ["a", "b", "c"], "HealthThreshold": needed}

    found = health({"a": True, "b": True, "c": False}, a=HTTP, b=HTTP, c=HTTP, all=calculated)

    assert found.is_healthy("all") is expected


def test_calculated_checks_that_count_each_other_come_to_an_end():
    assert not health(a={"Type": "CALCULATED", "ChildHealthChecks": ["a"], "HealthThreshold": 1}).is_healthy("a")


@pytest.mark.parametrize(
    ("state", "without_data", "expected"),
    [
        ("OK", "Unhealthy", True),
        ("ALARM", "Healthy", False),
        ("INSUFFICIENT_DATA", "Healthy", True),
        ("INSUFFICIENT_DATA", "Unhealthy", False),
        ("INSUFFICIENT_DATA", "LastKnownStatus", True),
    ],
)
def test_a_check_on_an_alarm_follows_it(state, without_data, expected):
    check = {
        "Type": "CLOUDWATCH_METRIC",
        "AlarmIdentifier": {"Region": "us-east-1", "Name": "errors"},
        "InsufficientDataHealthStatus": without_data,
    }

    assert health(alarms={("us-east-1", "errors"): state}, a=check).is_healthy("a") is expected


def test_what_is_left_out_is_as_on_aws():
    assert completed({"Type": "HTTPS"}) == {
        "Type": "HTTPS", "Port": 443, "RequestInterval": 30, "FailureThreshold": 3, "MeasureLatency": False,
        "EnableSNI": True, "Inverted": False, "Disabled": False,
    }  # fmt: skip
    assert check_of("a", {**HTTP, "RequestInterval": 10, "ResourcePath": "info/health"}).path == "/info/health"
    assert check_of("a", HTTP).interval_seconds == 30 / CHECKERS
