"""Alarms as requests and templates make them: refused if they make no sense or are not emulated, else kept as said."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from typing import Any

from emulator.alarms import settings
from emulator.alarms.queries import dimensions
from emulator.alarms.settings import SettingsError
from emulator.plugin import alarm_actions
from emulator.plugin.borrowed import borrow, replace
from emulator.plugin.cloudwatch_api import Body, from_form, serve
from emulator.plugin.resources import Properties

_cw = borrow(
    "services.cloudwatch",
    "_alarms",
    "_describe_alarms_for_metric",
    "_error",
    "_put_composite_alarm",
    "_put_metric_alarm",
)
_cfn = borrow("services.cloudformation.provisioners", "_cw_metric_alarm_record")

MINUTE = 60
Alarm = dict[str, Any]
Response = tuple[int, dict[str, str], bytes]

_OPTIONAL = (
    "AlarmDescription", "Dimensions", "ExtendedStatistic", "MetricName", "Namespace", "Period", "Statistic", "Unit",
    "EvaluateLowSampleCountPercentile",
)  # fmt: skip
"""What is shown of an alarm only if it was said."""


def described(alarm: Alarm, request: Mapping[str, Any]) -> Alarm:
    """Return the emulator's record of an alarm as AWS would show what was asked for.

    :param request: what PutMetricAlarm got, or the properties of a template.
    """
    shown = {name: value for name, value in alarm.items() if name not in _OPTIONAL or request.get(name)}
    shown["Dimensions"] = list(request.get("Dimensions") or [])
    if request.get("EvaluateLowSampleCountPercentile"):
        shown["EvaluateLowSampleCountPercentile"] = request["EvaluateLowSampleCountPercentile"]
    if request.get("Metrics"):
        shown["Metrics"] = [_described_query(query) for query in request["Metrics"]]
    elif "Period" not in shown:
        shown["Period"] = MINUTE
    return shown


def _described_query(query: Mapping[str, Any]) -> dict[str, Any]:
    shown = copy.deepcopy(dict(query))
    shown["ReturnData"] = str(query.get("ReturnData", True)).lower() == "true"
    if "Period" in shown:
        shown["Period"] = int(shown["Period"])
    if "MetricStat" in shown:
        shown["MetricStat"]["Period"] = int(shown["MetricStat"].get("Period", MINUTE))
        shown["MetricStat"]["Metric"].setdefault("Dimensions", [])
    return shown


def _put(original: Callable[..., Response]) -> Callable[..., Response]:
    def put(form: dict[str, Any], body: dict[str, Any], is_cbor: bool, is_json: bool = False) -> Response:
        request = body if is_cbor or is_json else from_form(form)
        try:
            settings.read(request)
        except SettingsError as error:
            refusal: Response = _cw._error("ValidationError", str(error), 400, use_json=is_json, use_cbor=is_cbor)
            return refusal
        name = str(request["AlarmName"])
        is_update = name in _cw._alarms
        reply = original(form, body, is_cbor, is_json)
        if reply[0] < 400:
            _cw._alarms[name] = described(_cw._alarms[name], request)
            if is_update:
                alarm_actions.note_configuration(name, "updated")
        return reply

    return put


def _record(original: Callable[[str, Properties], Alarm]) -> Callable[[str, Properties], Alarm]:
    """Make the record of an alarm that a template describes; an expression too."""

    def record(name: str, properties: Properties) -> Alarm:
        try:
            settings.read(properties)
        except SettingsError as error:
            raise ValueError(f"{error} (Service: CloudWatch, Status Code: 400)") from error
        plain = properties
        if properties.get("Metrics"):
            plain = {key: value for key, value in properties.items() if key != "Metrics"}
            plain |= {"MetricName": "expression", "Namespace": "expression"}
        if name in _cw._alarms:
            alarm_actions.note_configuration(name, "updated")
        return described(original(name, plain), properties)

    return record


def _refuse_suppressors(original: Callable[..., Response]) -> Callable[..., Response]:
    def put(form: dict[str, Any], body: dict[str, Any], is_cbor: bool, is_json: bool = False) -> Response:
        request = body if is_cbor or is_json else from_form(form)
        if request.get("ActionsSuppressor"):
            message = "ActionsSuppressor is not emulated: the alarm's actions would run although they should not"
            refusal: Response = _cw._error("ValidationError", message, 400, use_json=is_json, use_cbor=is_cbor)
            return refusal
        return original(form, body, is_cbor, is_json)

    return put


def _for_metric(request: Body) -> Body:
    """Answer DescribeAlarmsForMetric: the alarms on exactly this metric."""
    wanted = dimensions(request.get("Dimensions"))
    said = [name for name in ("Namespace", "MetricName", "Statistic", "ExtendedStatistic", "Unit") if request.get(name)]
    found = [
        alarm
        for alarm in _cw._alarms.values()
        if dimensions(alarm.get("Dimensions")) == wanted
        and all(alarm.get(name) == request[name] for name in said)
        and request.get("Period") in (None, "", alarm.get("Period"), str(alarm.get("Period")))
    ]
    return {"MetricAlarms": found}


def install() -> None:
    """Have alarms made as we read them."""
    serve("DescribeAlarmsForMetric", "_describe_alarms_for_metric", _for_metric)
    replace(_cw, "_put_metric_alarm", _put)
    replace(_cw, "_put_composite_alarm", _refuse_suppressors)
    replace(_cfn, "_cw_metric_alarm_record", _record)
