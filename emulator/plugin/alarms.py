"""CloudWatch alarms on metrics: evaluated all the time, where AWS does so each minute, by AWS's rules.

How they are made stands in :mod:`emulator.plugin.alarm_settings`, what they do in :mod:`emulator.plugin.alarm_actions`.
Composite alarms are the emulator's own: it evaluates their rules when one of their children changes its state.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable
from typing import Any

from emulator.alarms import reasons, settings
from emulator.alarms.evaluation import State, Verdict, judge
from emulator.alarms.messages import Change, Status
from emulator.alarms.queries import QueryError
from emulator.alarms.settings import Settings, SettingsError
from emulator.plugin import alarm_actions, alarm_settings, clock, metrics
from emulator.plugin.borrowed import borrow, replace
from emulator.plugin.cloudwatch_api import from_form
from emulator.plugin.resources import account, region

_cw = borrow(
    "services.cloudwatch",
    "_alarms",
    "_evaluate_alarm",
    "_evaluate_all_alarms",
    "_evaluate_parent_alarms",
    "_record_history",
    "_set_alarm_state",
)
_responses = borrow("core.responses", "request_scope")
logger = logging.getLogger("slipway.emulator")

INTERVAL_SECONDS = 0.5
HOLD_SECONDS = 5.0
"""How long a state stays that was set by hand; on AWS until the next evaluation, which is a minute away at most."""

SCALING_SECONDS = 60.0
"""An alarm runs its scaling policies again and again for as long as it stays in its state."""

Alarm = dict[str, Any]
Key = tuple[str, str, str]
Response = tuple[int, dict[str, str], bytes]

_held: dict[Key, float] = {}
_scaled: dict[Key, float] = {}
_listeners: list[Callable[[], None]] = []
on_scaling_action = alarm_actions.on_scaling_action


def on_change(listener: Callable[[], None]) -> None:
    """Tell a function of each change of a state, which no request makes and which has to be saved all the same."""
    _listeners[:] = [listener]


async def keep_watching() -> None:
    """Evaluate all alarms again and again, for ever."""
    while True:
        await asyncio.sleep(INTERVAL_SECONDS)
        evaluate_all()


def evaluate_all() -> None:
    """Evaluate all alarms of all accounts and regions."""
    for gone in (_held.keys() | _scaled.keys()) - _cw._alarms.to_dict().keys():
        _held.pop(gone, None)
        _scaled.pop(gone, None)
    for (account_id, region_name, _name), alarm in _cw._alarms.all_items():
        with _responses.request_scope(account_id, region_name):
            try:
                evaluate(alarm)
            except Exception:
                # One alarm that cannot be evaluated must not keep the others from it, nor fill the log.
                if alarm.get("EvaluationState") != "EVALUATION_FAILURE":
                    logger.exception("the alarm %s cannot be evaluated", alarm.get("AlarmName"))
                alarm["EvaluationState"] = "EVALUATION_FAILURE"


def evaluate(alarm: Alarm) -> None:
    """Evaluate one alarm of the account and region at hand, and act if its state changes."""
    now, key = clock.now(), (account(), region(), str(alarm["AlarmName"]))
    if _held.get(key, 0.0) > now:
        return
    _held.pop(key, None)
    try:
        wanted = settings.read(alarm)
        points = settings.points(wanted, metrics.store(), now)
    except (SettingsError, QueryError) as error:
        alarm.update(EvaluationState="EVALUATION_ERROR", StateReason=str(error))
        return
    alarm.pop("EvaluationState", None)
    verdict = judge(wanted.rule, points, State(alarm["StateValue"]))
    if verdict.state != alarm["StateValue"]:
        _change(alarm, wanted, verdict, now)
        _scaled[key] = now
    elif now - _scaled.get(key, 0.0) >= SCALING_SECONDS:
        _scaled[key] = now
        _scale_again(alarm, verdict)


def _change(alarm: Alarm, wanted: Settings, verdict: Verdict, now: float) -> None:
    old, watched = _status(alarm), wanted.watched
    data = reasons.reason_data(wanted.rule, verdict, watched.statistic or None, watched.unit, now)
    alarm.update(
        StateValue=str(verdict.state),
        StateReason=reasons.reason(wanted.rule, verdict),
        StateReasonData=json.dumps(data, separators=(",", ":")),
        StateUpdatedTimestamp=now,
        StateTransitionedTimestamp=now,
    )
    _cw._record_history(alarm["AlarmName"], old.value, alarm["StateValue"], alarm["StateReason"], "MetricAlarm", data)
    alarm_actions.run(Change(alarm, old, _status(alarm)), _newest(verdict))
    _cw._evaluate_parent_alarms(alarm)
    for listener in _listeners:
        listener()


def _status(alarm: Alarm) -> Status:
    time = float(alarm.get("StateUpdatedTimestamp") or 0.0)
    return Status(str(alarm["StateValue"]), str(alarm["StateReason"]), alarm.get("StateReasonData"), time)


def _newest(verdict: Verdict) -> float | None:
    return verdict.used[-1].value if verdict.used else None


def _scale_again(alarm: Alarm, verdict: Verdict) -> None:
    status = _status(alarm)
    for action in alarm_actions.actions_of(alarm, status.value):
        if alarm_actions.is_scaling(action):
            alarm_actions.run_one(action, Change(alarm, status, status), _newest(verdict))


def _hold(original: Callable[..., Response]) -> Callable[..., Response]:
    """A state that is set by hand stays for a moment, so that one can see it."""

    def set_state(form: dict[str, Any], body: dict[str, Any], is_cbor: bool, is_json: bool = False) -> Response:
        reply = original(form, body, is_cbor, is_json)
        name = str((body if is_cbor or is_json else from_form(form)).get("AlarmName"))
        if reply[0] < 400 and name in _cw._alarms:
            _held[account(), region(), name] = clock.now() + HOLD_SECONDS
        return reply

    return set_state


def install() -> None:
    """Put our evaluation in place of the emulator's."""
    alarm_actions.install()
    alarm_settings.install()
    for name in ("_evaluate_alarm", "_evaluate_all_alarms"):
        replace(_cw, name, lambda _original: lambda *_arguments: None)
    replace(_cw, "_set_alarm_state", _hold)
