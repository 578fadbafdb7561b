"""Why an alarm changed its state, in CloudWatch's words, which people and programs read in mails and messages."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from emulator.alarms.evaluation import Missing, Point, Rule, State, Verdict

LISTED = 5
_TREATED_AS = {Missing.BREACHING: "Breaching", Missing.NOT_BREACHING: "NonBreaching"}
_WORDS = {
    "GreaterThanOrEqualToThreshold": "greater than or equal to",
    "GreaterThanThreshold": "greater than",
    "LessThanThreshold": "less than",
    "LessThanOrEqualToThreshold": "less than or equal to",
}


def reason(rule: Rule, verdict: Verdict) -> str:
    """Return the text for a verdict."""
    if verdict.state == State.INSUFFICIENT_DATA:
        unknown = rule.evaluation_periods
        return f"Insufficient Data: {_count(unknown, 'datapoint')} {_was(unknown)} unknown."
    if not verdict.used:
        periods = _count(rule.evaluation_periods, "period")
        return f"Threshold Crossed: no datapoints were received for {periods} and {_missing(rule, verdict)}."
    return f"Threshold Crossed: {_crossed(rule, verdict)}{_filled(rule, verdict)}{_minimum(rule, verdict)}."


def _crossed(rule: Rule, verdict: Verdict) -> str:
    is_alarm = verdict.state == State.ALARM
    decisive = [point for point in verdict.used if rule.breaches(point.value or 0.0) is is_alarm] or [*verdict.used]
    newest = ", ".join(_shown(point) for point in reversed(decisive[-LISTED:]))
    outcome = (
        f"{_was(len(decisive))} {'' if is_alarm else 'not '}{_WORDS[rule.comparison]} the threshold ({rule.threshold})"
    )
    total = _count(len(decisive), "datapoint")
    if rule.datapoints_to_alarm is not None:
        total = f"{len(decisive)} out of the last {rule.evaluation_periods} datapoints"
    if len(decisive) > LISTED:
        return f"{total} {outcome}. The most recent datapoints which crossed the threshold: [{newest}]"
    return f"{total} [{newest}] {outcome}"


def _filled(rule: Rule, verdict: Verdict) -> str:
    return f" and {_missing(rule, verdict)}" if verdict.filled and rule.missing in _TREATED_AS else ""


def _missing(rule: Rule, verdict: Verdict) -> str:
    treated = _TREATED_AS.get(rule.missing, "Missing")
    return f"{_count(verdict.filled, 'missing datapoint')} {_was(verdict.filled)} treated as [{treated}]"


def _minimum(rule: Rule, verdict: Verdict) -> str:
    if rule.datapoints_to_alarm is None:
        return ""
    if verdict.state == State.ALARM:
        return f" (minimum {_count(rule.needed, 'datapoint')} for OK -> ALARM transition)"
    enough = rule.evaluation_periods - rule.needed + 1
    return f" (minimum {_count(enough, 'datapoint')} for ALARM -> OK transition)"


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}{'' if number == 1 else 's'}"


def _was(number: int) -> str:
    return "was" if number == 1 else "were"


def _shown(point: Point) -> str:
    return f"{point.value} ({datetime.fromtimestamp(point.time, UTC):%d/%m/%y %H:%M:%S})"


def timestamp(time: float) -> str:
    """Return a time, in seconds since 1970, as messages of alarms write it."""
    return datetime.fromtimestamp(time, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "+0000"


def reason_data(rule: Rule, verdict: Verdict, statistic: str | None, unit: str | None, now: float) -> dict[str, Any]:
    """Return the same for programs.

    :param statistic: None for an alarm on an expression.
    :param now: when it was evaluated, in seconds since 1970.
    """
    start = {"startDate": timestamp(verdict.used[0].time)} if verdict.used else {}
    return {
        "version": "1.0",
        "queryDate": timestamp(now),
        **start,
        **({"unit": unit} if unit else {}),
        **({"statistic": statistic} if statistic else {}),
        "period": rule.period,
        "recentDatapoints": [point.value for point in verdict.used],
        "threshold": rule.threshold,
        "evaluatedDatapoints": [
            {"timestamp": timestamp(point.time), "sampleCount": point.samples, "value": point.value}
            for point in reversed(verdict.used)
        ],
    }
