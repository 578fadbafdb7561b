"""Health checks of Route 53 as plain values: what they ask, what they have seen, and what follows from it.

Asks no endpoint itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

CALCULATED = "CALCULATED"
ALARM = "CLOUDWATCH_METRIC"
ENDPOINT_KINDS = ("HTTP", "HTTPS", "HTTP_STR_MATCH", "HTTPS_STR_MATCH", "TCP")

CHECKERS = 15
"""How many of AWS's checkers ask one endpoint, at least. Here one asks as often as they do together. Source:
https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/health-checks-creating-values.html (Request interval)
"""


@dataclass(frozen=True)
class Check:
    """One health check.

    :param kind: as in the API, for example `HTTP`.
    :param address: IP address of the endpoint, empty where its name decides.
    :param domain: name of the endpoint, or what to send as `Host`.
    :param search: text that the body must hold, in its first 5,120 bytes.
    :param interval_seconds: between two looks at the endpoint, by whichever checker.
    :param threshold: looks in a row that have to say otherwise before the state changes.
    :param children: ids of the checks that a calculated one counts.
    :param healthy_children: how many of them have to be healthy.
    :param alarm: region and name of the CloudWatch alarm that one on an alarm follows.
    :param without_data: what such a one is while its alarm has no data: `Healthy`, `Unhealthy` or `LastKnownStatus`.
    """

    identifier: str
    kind: str
    address: str
    domain: str
    port: int
    path: str
    search: str
    sends_name: bool
    interval_seconds: float
    threshold: int
    is_inverted: bool
    is_disabled: bool
    children: tuple[str, ...]
    healthy_children: int
    alarm: tuple[str, str]
    without_data: str


@dataclass(frozen=True)
class Seen:
    """What a check has seen so far; a new one counts as healthy.

    :param against: looks in a row that say otherwise than the state.
    :param report: what the last look showed, in the words of the API.
    :param failure: the same of the last look that failed.
    """

    is_healthy: bool = True
    against: int = 0
    report: str = "Success: not checked yet"
    failure: str = ""
    at: datetime | None = None


def completed(configuration: Mapping[str, Any]) -> dict[str, Any]:
    """Return a configuration with everything that AWS fills in where it is left out."""
    kind = configuration["Type"]
    defaults: dict[str, Any] = {"Inverted": False, "Disabled": False}
    if kind in ENDPOINT_KINDS:
        defaults |= {"RequestInterval": 30, "FailureThreshold": 3, "MeasureLatency": False}
        defaults["EnableSNI"] = kind.startswith("HTTPS")
        if kind != "TCP":
            defaults["Port"] = 443 if kind.startswith("HTTPS") else 80
    return {**defaults, **{key: value for key, value in configuration.items() if value is not None}}


def check_of(identifier: str, configuration: Mapping[str, Any]) -> Check:
    """Read a health check from its configuration, in the form of the API or of a template."""
    known = completed(configuration)
    alarm = known.get("AlarmIdentifier", {})
    return Check(
        identifier=identifier,
        kind=known["Type"],
        address=known.get("IPAddress", ""),
        domain=known.get("FullyQualifiedDomainName", ""),
        port=int(known.get("Port", 0)),
        path="/" + known.get("ResourcePath", "").lstrip("/"),
        search=known.get("SearchString", ""),
        sends_name=_truth(known.get("EnableSNI")),
        interval_seconds=int(known.get("RequestInterval", 30)) / CHECKERS,
        threshold=int(known.get("FailureThreshold", 3)),
        is_inverted=_truth(known["Inverted"]),
        is_disabled=_truth(known["Disabled"]),
        children=tuple(known.get("ChildHealthChecks", ())),
        healthy_children=int(known.get("HealthThreshold", 0)),
        alarm=(alarm.get("Region", ""), alarm.get("Name", "")),
        without_data=known.get("InsufficientDataHealthStatus", "LastKnownStatus"),
    )


def _truth(value: Any) -> bool:
    return str(value).lower() == "true"


def after(seen: Seen, threshold: int, problem: str, report: str, now: datetime) -> Seen:
    """Return what is known after one more look.

    :param problem: what was wrong, or empty.
    :param report: what was seen where nothing was.
    """
    told = replace(
        seen,
        report=f"Failure: {problem}" if problem else f"Success: {report}",
        failure=f"Failure: {problem}" if problem else seen.failure,
        at=now,
    )
    if seen.is_healthy is not bool(problem):
        return replace(told, against=0)
    if seen.against + 1 < threshold:
        return replace(told, against=seen.against + 1)
    return replace(told, is_healthy=not seen.is_healthy, against=0)


@dataclass(frozen=True)
class Health:
    """All health checks of one account.

    :param seen: of those that ask an endpoint.
    :param alarms: states of CloudWatch alarms, by region and name.
    """

    checks: Mapping[str, Check]
    seen: Mapping[str, Seen]
    alarms: Mapping[tuple[str, str], str]

    def is_healthy(self, identifier: str, depth: int = 0) -> bool:
        """Tell whether a check is healthy; one that does not exist is not.

        A disabled one is, whatever its endpoint does; an inverted one is when it otherwise would not be. Source:
        https://docs.aws.amazon.com/Route53/latest/APIReference/API_HealthCheckConfig.html
        """
        check = self.checks.get(identifier)
        if check is None or depth > len(self.checks):
            return False
        return (check.is_disabled or self._sees(check, depth)) is not check.is_inverted

    def _sees(self, check: Check, depth: int) -> bool:
        if check.kind == CALCULATED:
            return sum(self.is_healthy(child, depth + 1) for child in check.children) >= check.healthy_children
        if check.kind == ALARM:
            return self._follows_alarm(check)
        return self.seen.get(check.identifier, Seen()).is_healthy

    def _follows_alarm(self, check: Check) -> bool:
        state = self.alarms.get(check.alarm)
        if state is None or (state == "INSUFFICIENT_DATA" and check.without_data != "LastKnownStatus"):
            return check.without_data == "Healthy"
        return state != "ALARM"
