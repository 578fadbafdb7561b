"""Auto Scaling's calls about single instances of a group, and about the processes that look after them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from emulator.plugin import groups, moments
from emulator.plugin.borrowed import borrow
from emulator.plugin.scaling import InvalidError, Params, Record, done, with_group
from emulator.scaling import causes

_asg = borrow("services.autoscaling", "_ACTION_MAP", "_asgs", "_error", "_member_xml", "_p", "_parse_member_list")

PROCESSES = (
    "Launch", "Terminate", "AddToLoadBalancer", "AlarmNotification", "AZRebalance", "HealthCheck", "InstanceRefresh",
    "ReplaceUnhealthy", "ScheduledActions",
)  # fmt: skip


def _find(instance_id: str) -> tuple[Record, Record]:
    """Return the group and the group's record of an instance.

    :raises InvalidError: if no group has it.
    """
    for record in _asg._asgs.values():
        for member in record["Instances"]:
            if member["InstanceId"] == instance_id:
                return record, member
    raise InvalidError(f"Instance Id not found - No managed instance found for instance ID: {instance_id}")


def _with_member(operation: Callable[[Record, Record, Params], Any]) -> Callable[[Params], Any]:
    """Return the call that does something with the instance that it names."""

    def call(params: Params) -> Any:
        try:
            return operation(*_find(_asg._p(params, "InstanceId")), params)
        except InvalidError as error:
            return _asg._error("ValidationError", str(error))

    return call


def _terminate(record: Record, member: Record, params: Params) -> Any:
    before = record["DesiredCapacity"]
    after = before - 1 if _asg._p(params, "ShouldDecrementDesiredCapacity") == "true" else before
    if after < record["MinSize"]:
        raise InvalidError(
            f"Currently, desiredSize equals minSize ({record['MinSize']}). Terminating instance without replacement "
            "will violate group's min size constraint. Either set shouldDecrementDesiredCapacity flag to false or "
            "lower group's min size."
        )
    record["DesiredCapacity"] = after
    identifier = groups.end(record, member, causes.user_request(member["InstanceId"], before, after))
    activity = next(each for each in record["Activities"] if each["ActivityId"] == identifier)
    return done("TerminateInstanceInAutoScalingGroup", f"<Activity>{_asg._member_xml(activity)}</Activity>")


def _set_health(record: Record, member: Record, params: Params) -> Any:
    status = _asg._p(params, "HealthStatus")
    if status not in ("Healthy", "Unhealthy"):
        raise InvalidError(f"Valid instance health states are: [Healthy, Unhealthy]; {status} is none")
    respects = _asg._p(params, "ShouldRespectGracePeriod") != "false"
    if status == "Healthy":
        member.update(HealthStatus="Healthy", Complaint="")
    elif not respects or moments.seconds() - member["Since"] > record["HealthCheckGracePeriod"]:
        member.update(HealthStatus="Unhealthy", Complaint=causes.USER_HEALTH)
    return done("SetInstanceHealth")


def _protect(record: Record, params: Params) -> Any:
    names = _asg._parse_member_list(params, "InstanceIds")
    for name in names:
        if _find(name)[0] is not record:
            raise InvalidError(
                f"The instance {name} is not part of Auto Scaling group {record['AutoScalingGroupName']}."
            )
    for member in record["Instances"]:
        if member["InstanceId"] in names:
            member["ProtectedFromScaleIn"] = _asg._p(params, "ProtectedFromScaleIn") == "true"
    return done("SetInstanceProtection")


def _processes(params: Params) -> list[str]:
    """Return the processes that a call names; all if it names none.

    :raises InvalidError: if there is no such process.
    """
    names = _asg._parse_member_list(params, "ScalingProcesses") or list(PROCESSES)
    unknown = [name for name in names if name not in PROCESSES]
    if unknown:
        raise InvalidError(f"Unknown process names: {', '.join(unknown)}; there are {', '.join(PROCESSES)}")
    return names


def _suspend(record: Record, params: Params) -> Any:
    suspended = record.setdefault("SuspendedProcesses", {})
    for name in _processes(params):
        suspended.setdefault(name, moments.text())
    return done("SuspendProcesses")


def _resume(record: Record, params: Params) -> Any:
    for name in _processes(params):
        record.get("SuspendedProcesses", {}).pop(name, None)
    return done("ResumeProcesses")


def install() -> None:
    """Add these calls, which the emulator lacks."""
    _asg._ACTION_MAP.update(
        TerminateInstanceInAutoScalingGroup=_with_member(_terminate),
        SetInstanceHealth=_with_member(_set_health),
        SetInstanceProtection=with_group(_protect),
        SuspendProcesses=with_group(_suspend),
        ResumeProcesses=with_group(_resume),
    )
