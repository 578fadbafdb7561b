"""What an alarm says of its state, compared with messages that AWS has really sent."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from emulator.alarms.evaluation import Missing, Point, Rule, State, Verdict
from emulator.alarms.reasons import reason, reason_data


def at(text: str, value: float) -> Point:
    return Point(int(datetime.strptime(f"{text} +0000", "%d/%m/%y %H:%M:%S %z").timestamp()), value)


def rule(comparison: str, threshold: float, periods: int = 1, needed: int | None = None, **more: Missing) -> Rule:
    return Rule(60, periods, needed, threshold, comparison, **more)


@pytest.mark.parametrize(
    ("settings", "verdict", "text"),
    [
        (
            rule("GreaterThanThreshold", 50.0, needed=1),
            Verdict(State.ALARM, (at("02/10/19 16:59:00", 99.50160229693434),), 0),
            "Threshold Crossed: 1 out of the last 1 datapoints [99.50160229693434 (02/10/19 16:59:00)] was greater "
            "than the threshold (50.0) (minimum 1 datapoint for OK -> ALARM transition).",
        ),
        (
            rule("GreaterThanThreshold", 50.0, periods=50, needed=50),
            Verdict(State.OK, (at("04/12/24 00:33:00", 51.0), at("04/12/24 00:34:00", 48.0)), 0),
            "Threshold Crossed: 1 out of the last 50 datapoints [48.0 (04/12/24 00:34:00)] was not greater than the "
            "threshold (50.0) (minimum 1 datapoint for ALARM -> OK transition).",
        ),
        (
            rule("GreaterThanThreshold", 0.0),
            Verdict(State.ALARM, (at("26/05/26 14:20:00", 3.0),), 0),
            "Threshold Crossed: 1 datapoint [3.0 (26/05/26 14:20:00)] was greater than the threshold (0.0).",
        ),
        (
            rule("LessThanThreshold", 1.0, periods=2, missing=Missing.BREACHING),
            Verdict(State.ALARM, (at("20/04/26 18:45:00", 0.0),), 1),
            "Threshold Crossed: 1 datapoint [0.0 (20/04/26 18:45:00)] was less than the threshold (1.0) and 1 missing "
            "datapoint was treated as [Breaching].",
        ),
        (
            rule("GreaterThanThreshold", 0.1, missing=Missing.BREACHING),
            Verdict(State.ALARM, (), 1),
            "Threshold Crossed: no datapoints were received for 1 period and 1 missing datapoint was treated as "
            "[Breaching].",
        ),
        (
            rule("GreaterThanThreshold", 0.1, periods=3, missing=Missing.NOT_BREACHING),
            Verdict(State.OK, (), 3),
            "Threshold Crossed: no datapoints were received for 3 periods and 3 missing datapoints were treated as "
            "[NonBreaching].",
        ),
        (
            rule("GreaterThanThreshold", 0.1),
            Verdict(State.INSUFFICIENT_DATA, (), 1),
            "Insufficient Data: 1 datapoint was unknown.",
        ),
        (
            rule("LessThanOrEqualToThreshold", 2.0, periods=6),
            Verdict(State.ALARM, tuple(at(f"01/01/26 00:0{minute}:00", 1.0) for minute in range(6)), 0),
            "Threshold Crossed: 6 datapoints were less than or equal to the threshold (2.0). The most recent "
            "datapoints which crossed the threshold: [1.0 (01/01/26 00:05:00), 1.0 (01/01/26 00:04:00), "
            "1.0 (01/01/26 00:03:00), "
            "1.0 (01/01/26 00:02:00), 1.0 (01/01/26 00:01:00)].",
        ),
    ],
)
def test_words(settings: Rule, verdict: Verdict, text: str):
    assert reason(settings, verdict) == text


def test_data_of_a_reason():
    verdict = Verdict(State.ALARM, (at("26/10/24 18:59:00", 3.0),), 0)
    now = datetime(2024, 10, 26, 19, 0, 38, 853_000, UTC).timestamp()

    assert reason_data(rule("GreaterThanOrEqualToThreshold", 1.0), verdict, "Sum", None, now) == {
        "version": "1.0",
        "queryDate": "2024-10-26T19:00:38.853+0000",
        "startDate": "2024-10-26T18:59:00.000+0000",
        "statistic": "Sum",
        "period": 60,
        "recentDatapoints": [3.0],
        "threshold": 1.0,
        "evaluatedDatapoints": [{"timestamp": "2024-10-26T18:59:00.000+0000", "sampleCount": 1.0, "value": 3.0}],
    }
