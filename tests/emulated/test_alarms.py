"""CloudWatch alarms: when they fire, and when they clear."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from emulator.launcher import Emulator
from tests.emulated.conftest import eventually
from tests.emulated.test_persistence import client_of, process_of, wait_for_save

PATIENCE = 300
"""Seconds. AWS evaluates an alarm once a minute, and some minutes late."""


def minute(ago: int) -> datetime:
    """Return the start of a minute, so many minutes ago."""
    return datetime.now(UTC).replace(second=0, microsecond=0) - timedelta(minutes=ago)


def alarm(name: str, namespace: str, **properties: Any) -> dict[str, Any]:
    """Return the resource of an alarm on the metric Load, that fires above 50."""
    base = {
        "AlarmName": name,
        "Namespace": namespace,
        "MetricName": "Load",
        "Statistic": "Average",
        "Period": 60,
        "EvaluationPeriods": 1,
        "Threshold": 50,
        "ComparisonOperator": "GreaterThanThreshold",
    }
    wanted = {key: value for key, value in {**base, **properties}.items() if value is not None}
    return {"Type": "AWS::CloudWatch::Alarm", "Properties": wanted}


def put(cloudwatch: Any, namespace: str, *values: float, ago: int = 1, name: str = "Load", **more: Any) -> None:
    data = [{"MetricName": name, "Value": value, "Timestamp": minute(ago), **more} for value in values]
    cloudwatch.put_metric_data(Namespace=namespace, MetricData=data)


def look(cloudwatch: Any, *names: str) -> dict[str, dict[str, Any]]:
    """Return alarms by the end of their names."""
    found = cloudwatch.describe_alarms(AlarmNames=list(names), AlarmTypes=["MetricAlarm", "CompositeAlarm"])
    both = found["MetricAlarms"] + found["CompositeAlarms"]
    return {described["AlarmName"].rpartition("-")[2]: described for described in both}


def await_states(cloudwatch: Any, prefix: str, **states: str) -> dict[str, dict[str, Any]]:
    """Wait until alarms have these states and return them."""

    def seen() -> dict[str, dict[str, Any]] | None:
        found = look(cloudwatch, *(f"{prefix}-{name}" for name in states))
        return found if {name: described["StateValue"] for name, described in found.items()} == states else None

    return eventually(seen, f"{states}", seconds=PATIENCE)


@pytest.mark.behaviour("CloudWatch alarms", "an alarm fires when its metric breaches, and clears when it does no more")
def test_fires_and_clears(client, stack):
    cloudwatch = client("cloudwatch")
    stack.put({"Alarm": alarm(f"{stack.name}-load", stack.name, DatapointsToAlarm=1)})

    put(cloudwatch, stack.name, 100.0)
    fired = await_states(cloudwatch, stack.name, load="ALARM")["load"]
    put(cloudwatch, stack.name, *[0.0] * 9)
    put(cloudwatch, stack.name, *[0.0] * 9, ago=0)
    cleared = await_states(cloudwatch, stack.name, load="OK")["load"]

    assert fired["StateReason"].startswith("Threshold Crossed: 1 out of the last 1 datapoints [100.0 (")
    assert fired["StateReason"].endswith(
        "was greater than the threshold (50.0) (minimum 1 datapoint for OK -> ALARM transition)."
    )
    assert json.loads(fired["StateReasonData"])["recentDatapoints"] == [100.0]
    assert cleared["StateReason"].endswith("(minimum 1 datapoint for ALARM -> OK transition).")


@pytest.mark.behaviour("CloudWatch alarms", "only data with exactly the alarm's dimensions count")
def test_dimensions(client, stack):
    cloudwatch = client("cloudwatch")
    dimensions = {name: [{"Name": "Host", "Value": name}] for name in ("a", "b")}
    stack.put(
        {
            name: alarm(f"{stack.name}-{name}", stack.name, Dimensions=value, TreatMissingData="notBreaching")
            for name, value in dimensions.items()
        }
    )

    put(cloudwatch, stack.name, 100.0, Dimensions=dimensions["b"])

    await_states(cloudwatch, stack.name, a="OK", b="ALARM")


@pytest.mark.behaviour("CloudWatch alarms", "no data mean what TreatMissingData says: all four ways")
def test_missing_data(client, stack):
    cloudwatch = client("cloudwatch")
    ways = ("missing", "ignore", "breaching", "notBreaching")
    stack.put(
        {
            way: alarm(f"{stack.name}-{way}", stack.name, TreatMissingData=way, EvaluationPeriods=3)
            for way in ways
        }
    )  # fmt: skip

    found = await_states(
        cloudwatch, stack.name, missing="INSUFFICIENT_DATA", ignore="INSUFFICIENT_DATA", breaching="ALARM",
        notBreaching="OK",
    )  # fmt: skip
    assert found["breaching"]["StateReason"] == (
        "Threshold Crossed: no datapoints were received for 3 periods and 3 missing datapoints were treated as "
        "[Breaching]."
    )


@pytest.mark.behaviour(
    "CloudWatch alarms", "M of N: as many of the last periods have to breach as DatapointsToAlarm says"
)
def test_datapoints_to_alarm(client, stack):
    cloudwatch = client("cloudwatch")
    stack.put(
        {
            f"Of{needed}": alarm(f"{stack.name}-{needed}", stack.name, EvaluationPeriods=3, DatapointsToAlarm=needed)
            for needed in (2, 3)
        }
    )

    for ago, value in ((3, 100.0), (2, 0.0), (1, 100.0)):
        put(cloudwatch, stack.name, value, ago=ago)

    await_states(cloudwatch, stack.name, **{"2": "ALARM", "3": "OK"})


@pytest.mark.behaviour("CloudWatch alarms", "percentiles and units are respected")
def test_percentile_and_unit(client, stack):
    cloudwatch = client("cloudwatch")
    slow = {"Statistic": None, "ExtendedStatistic": "p90", "TreatMissingData": "notBreaching"}
    stack.put(
        {
            "Seconds": alarm(f"{stack.name}-seconds", stack.name, Unit="Seconds", **slow),
            "Bytes": alarm(f"{stack.name}-bytes", stack.name, Unit="Bytes", **slow),
        }
    )

    put(cloudwatch, stack.name, *[1.0] * 8, 100.0, 100.0, Unit="Seconds")

    found = await_states(cloudwatch, stack.name, seconds="ALARM", bytes="OK")
    assert "Statistic" not in found["seconds"]


@pytest.mark.behaviour("CloudWatch alarms", "an alarm of a template may watch a metric math expression")
def test_metric_math(client, stack):
    cloudwatch = client("cloudwatch")
    queries = [
        {"Id": "share", "Expression": "IF(calls > 0, 100 * errors / calls, 0)", "Label": "share of errors"},
        *(
            {
                "Id": name,
                "ReturnData": False,
                "MetricStat": {"Metric": {"Namespace": stack.name, "MetricName": name}, "Period": 60, "Stat": "Sum"},
            }
            for name in ("errors", "calls")
        ),
    ]
    plain = dict.fromkeys(("Namespace", "MetricName", "Statistic", "Period"))
    stack.put({"Alarm": alarm(f"{stack.name}-share", stack.name, Metrics=queries, Threshold=20, **plain)})

    put(cloudwatch, stack.name, 1.0, name="errors")
    put(cloudwatch, stack.name, 4.0, name="calls")

    found = await_states(cloudwatch, stack.name, share="ALARM")["share"]
    assert found["Metrics"][0]["Expression"] == queries[0]["Expression"]
    assert "MetricName" not in found


@pytest.mark.behaviour("CloudWatch alarms", "a composite alarm follows the states of its children by its rule")
def test_composite(client, stack):
    cloudwatch = client("cloudwatch")
    one, other = (alarm(f"{stack.name}-{name}", stack.name, MetricName=name) for name in ("one", "other"))
    rule = f'ALARM("{stack.name}-one") AND NOT (OK("{stack.name}-other") OR FALSE)'
    both = {
        "Type": "AWS::CloudWatch::CompositeAlarm",
        "Properties": {"AlarmName": f"{stack.name}-both", "AlarmRule": rule},
        "DependsOn": ["One", "Other"],
    }
    put(cloudwatch, stack.name, 0.0, name="other")
    stack.put({"One": one, "Other": other, "Both": both})

    await_states(cloudwatch, stack.name, one="INSUFFICIENT_DATA", other="OK", both="OK")
    put(cloudwatch, stack.name, 100.0, name="one")
    await_states(cloudwatch, stack.name, one="ALARM", both="OK")
    put(cloudwatch, stack.name, 1000.0, name="other")
    found = await_states(cloudwatch, stack.name, other="ALARM", both="ALARM")["both"]

    assert f"alarm:{stack.name}-other transitioned to ALARM at" in found["StateReason"]


@pytest.mark.behaviour("CloudWatch alarms", "a state set by hand is overruled by the next evaluation")
def test_state_set_by_hand(client, stack):
    cloudwatch = client("cloudwatch")
    stack.put({"Alarm": alarm(f"{stack.name}-load", stack.name, Period=10, TreatMissingData="notBreaching")})
    await_states(cloudwatch, stack.name, load="OK")

    cloudwatch.set_alarm_state(AlarmName=f"{stack.name}-load", StateValue="ALARM", StateReason="a rehearsal")

    assert look(cloudwatch, f"{stack.name}-load")["load"]["StateReason"] == "a rehearsal"
    await_states(cloudwatch, stack.name, load="OK")


@pytest.mark.behaviour(
    "CloudWatch alarms", "history tells of creation, changes of state with their reasons, and updates"
)
def test_history(client, stack):
    cloudwatch = client("cloudwatch")
    resource = alarm(f"{stack.name}-load", stack.name, TreatMissingData="breaching")
    stack.put({"Alarm": resource})
    await_states(cloudwatch, stack.name, load="ALARM")
    resource["Properties"]["TreatMissingData"] = "notBreaching"
    stack.put({"Alarm": resource})
    await_states(cloudwatch, stack.name, load="OK")

    def items() -> list[dict[str, Any]]:
        found = cloudwatch.describe_alarm_history(AlarmName=f"{stack.name}-load", ScanBy="TimestampAscending")
        return found["AlarmHistoryItems"]

    eventually(lambda: len(items()) >= 4, "the history", seconds=PATIENCE)
    assert [(item["HistoryItemType"], item["HistorySummary"]) for item in items()] == [
        ("ConfigurationUpdate", f'Alarm "{stack.name}-load" created'),
        ("StateUpdate", "Alarm updated from INSUFFICIENT_DATA to ALARM"),
        ("ConfigurationUpdate", f'Alarm "{stack.name}-load" updated'),
        ("StateUpdate", "Alarm updated from ALARM to OK"),
    ]
    last = json.loads(items()[-1]["HistoryData"])
    assert last["oldState"]["stateValue"] == "ALARM"
    assert last["newState"]["stateReason"].endswith("1 missing datapoint was treated as [NonBreaching].")


@pytest.mark.difference(
    "CloudWatch alarms",
    aws="evaluates once a minute, some time after a period is over",
    here="evaluates twice a second; the running period counts at once if more data cannot change its verdict, as with "
    "a sum over its threshold",
)
def test_a_sum_over_its_threshold_fires_at_once(client, stack):
    cloudwatch = client("cloudwatch")
    stack.put({"Alarm": alarm(f"{stack.name}-load", stack.name, Statistic="Sum", Period=3600)})

    put(cloudwatch, stack.name, 100.0, ago=0)

    def fired() -> bool:
        return look(cloudwatch, f"{stack.name}-load")["load"]["StateValue"] == "ALARM"

    eventually(fired, "firing")


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Emulator]:
    """An emulator of a test's own, since it is killed, or its time is changed."""
    emulator = Emulator(tmp_path / "state")
    emulator.start()
    yield emulator
    emulator.destroy()


@pytest.mark.behaviour("CloudWatch alarms", "alarms, their states and the values of metrics survive a kill", aws=False)
def test_survives_a_kill(own):
    cloudwatch = client_of(own, "cloudwatch")
    cloudwatch.put_metric_alarm(**alarm("slipway-load", "Shop", TreatMissingData="ignore")["Properties"])
    put(cloudwatch, "Shop", 100.0)
    await_states(cloudwatch, "slipway", load="ALARM")
    wait_for_save(own, "Alarm updated from INSUFFICIENT_DATA to ALARM")
    process_of(own).signal_group(signal.SIGKILL)
    own.start()

    assert look(client_of(own, "cloudwatch"), "slipway-load")["load"]["StateValue"] == "ALARM"
    found = client_of(own, "cloudwatch").get_metric_statistics(
        Namespace="Shop", MetricName="Load", StartTime=minute(5), EndTime=minute(-1), Period=60, Statistics=["Sum"]
    )
    assert [point["Sum"] for point in found["Datapoints"]] == [100.0]


@pytest.mark.behaviour(
    "CloudWatch alarms", "an alarm clears when the bad values are out of the range it looks at", aws=False
)
def test_clears_as_time_goes_by(own):
    cloudwatch = client_of(own, "cloudwatch")
    fires = {"EvaluationPeriods": 5, "DatapointsToAlarm": 1, "TreatMissingData": "notBreaching"}
    cloudwatch.put_metric_alarm(**alarm("slipway-load", "Shop", **fires)["Properties"])
    put(cloudwatch, "Shop", 100.0)
    await_states(cloudwatch, "slipway", load="ALARM")

    own.control("clock", advance=4 * 60)
    assert look(cloudwatch, "slipway-load")["load"]["StateValue"] == "ALARM"
    own.control("clock", advance=4 * 60)

    cleared = await_states(cloudwatch, "slipway", load="OK")["load"]
    assert "no datapoints were received for 5 periods" in cleared["StateReason"]
