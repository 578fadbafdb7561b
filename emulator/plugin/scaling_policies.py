"""Scaling by policy: what a policy does to its group when a user executes it, or when its alarm tells it to."""

from __future__ import annotations

from typing import Any

from emulator.plugin import alarm_actions, moments
from emulator.plugin.borrowed import borrow
from emulator.plugin.scaling import InvalidError, Params, Record, resize
from emulator.scaling import causes
from emulator.scaling.policies import StepAdjustment, adjusted, bounded, step_for, tracked

_asg = borrow("services.autoscaling", "_ACTION_MAP", "_asgs", "_error", "_p", "_policies", "_xml")

_cw = borrow("services.cloudwatch", "_alarms")

_LAST = "LastScaling"
"""When a policy has last changed the group, in seconds since the epoch."""


def find(name_or_arn: str, group: str = "") -> Record | None:
    """Return a policy of the request's account and region, by its name or ARN, or None."""
    return next(
        (
            policy
            for policy in _asg._policies.values()
            if policy["PolicyARN"] == name_or_arn
            or (policy["PolicyName"] == name_or_arn and policy["AutoScalingGroupName"] == group)
        ),
        None,
    )


def on_alarm(alarm_arn: str, policy_arn: str, value: float | None) -> None:
    """Do what a policy says, because its alarm has gone off.

    :param value: the alarm's newest value; None if there is none.
    """
    policy = find(policy_arn)
    alarm = _cw._alarms.get(alarm_arn.partition(":alarm:")[2])
    if policy is None or alarm is None or not policy.get("Enabled", True):
        return
    record = _asg._asgs.get(policy["AutoScalingGroupName"])
    if record is None or "AlarmNotification" in record.get("SuspendedProcesses", {}) or _is_cooling(record, policy):
        return
    before = record["DesiredCapacity"]
    after = _capacity(record, policy, value, alarm.get("Threshold"))
    cause = causes.triggered(alarm["AlarmName"], alarm["StateValue"], policy["PolicyName"], before, after)
    _scale(record, after, cause)


def _scale(record: Record, capacity: int, cause: str) -> None:
    if capacity != record["DesiredCapacity"]:
        record[_LAST] = moments.seconds()
    resize(record, capacity, cause)


def _is_cooling(record: Record, policy: Record) -> bool:
    """Tell whether the group has just scaled, so that the instances that it got must have time to show.

    Simple scaling has its cooldown; the others wait for the warm-up of what they have launched.
    """
    if policy["PolicyType"] == "SimpleScaling":
        pause = policy.get("Cooldown")
    else:
        pause = policy.get("EstimatedInstanceWarmup") or record.get("DefaultInstanceWarmup")
    return moments.seconds() - float(record.get(_LAST, 0.0)) < float(pause or record["DefaultCooldown"])


def _capacity(record: Record, policy: Record, value: float | None, threshold: float | None) -> int:
    """Return the capacity that a policy leads to, within the group's limits."""
    desired: int = record["DesiredCapacity"]
    tracking = policy.get("TargetTrackingConfiguration")
    if tracking and value is not None:
        may_shrink = not tracking.get("DisableScaleIn")
        wanted = tracked(desired, value, float(tracking["TargetValue"]), may_shrink=may_shrink)
    elif policy["PolicyType"] == "StepScaling":
        step = step_for(_steps(policy), (value or 0.0) - (threshold or 0.0))
        wanted = desired if step is None else _adjusted(policy, desired, step.adjustment)
    else:
        wanted = _adjusted(policy, desired, policy.get("ScalingAdjustment", 0))
    return bounded(wanted, record["MinSize"], record["MaxSize"])


def _adjusted(policy: Record, desired: int, adjustment: int) -> int:
    magnitude = policy.get("MinAdjustmentMagnitude") or 1
    return adjusted(desired, policy["AdjustmentType"], adjustment, int(magnitude))


def _steps(policy: Record) -> tuple[StepAdjustment, ...]:
    return tuple(
        StepAdjustment(
            step.get("MetricIntervalLowerBound"), step.get("MetricIntervalUpperBound"), step["ScalingAdjustment"]
        )
        for step in policy.get("StepAdjustments", [])
    )


def _execute(params: Params) -> Any:
    policy = find(_asg._p(params, "PolicyName"), _asg._p(params, "AutoScalingGroupName"))
    record = _asg._asgs.get(policy["AutoScalingGroupName"]) if policy else None
    if policy is None or record is None:
        return _asg._error("ValidationError", "Policy not found")
    try:
        after = _executed(record, policy, params)
    except InvalidError as error:
        return _asg._error("ValidationError", str(error))
    except CoolingError as error:
        return _asg._error("ScalingActivityInProgress", str(error))
    _scale(record, after, causes.executed(policy["PolicyName"], record["DesiredCapacity"], after))
    return _asg._xml(200, "ExecutePolicyResponse", "")


class CoolingError(Exception):
    """The group's cooldown is not over."""


def _executed(record: Record, policy: Record, params: Params) -> int:
    """Return the capacity that the execution of a policy leads to.

    :raises InvalidError: if the policy cannot be executed so.
    :raises CoolingError: if the cooldown is to be honoured and not over.
    """
    if policy["PolicyType"] == "TargetTrackingScaling":
        raise InvalidError("ExecutePolicy is not supported for Target Tracking scaling policies.")
    if _asg._p(params, "HonorCooldown") == "true" and _is_cooling(record, policy):
        raise CoolingError("The policy cannot be executed while a cooldown is in effect.")
    value, threshold = _asg._p(params, "MetricValue"), _asg._p(params, "BreachThreshold")
    if policy["PolicyType"] == "StepScaling" and not (value and threshold):
        raise InvalidError("MetricValue and BreachThreshold are required for a step scaling policy.")
    return _capacity(record, policy, float(value) if value else None, float(threshold) if threshold else None)


def install() -> None:
    """Add the call, which the emulator lacks, and have alarms reach the policies."""
    _asg._ACTION_MAP["ExecutePolicy"] = _execute
    alarm_actions.on_scaling_action(on_alarm)
