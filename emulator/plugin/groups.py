"""Auto Scaling groups at work: shows each to :mod:`emulator.scaling`, and does with its instances what that decides.

A group's record holds all that there is to know of its instances, so that it survives a restart of the emulator.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

from emulator.instances.guard import Guard
from emulator.plugin import (
    activities,
    balancing,
    group_launches,
    instance_states,
    interruptions,
    launching,
    lifecycle_hooks,
    moments,
)
from emulator.plugin import group_replacements as ongoing
from emulator.plugin.borrowed import borrow
from emulator.plugin.launching import RefusedError
from emulator.scaling.decisions import decide
from emulator.scaling.group import LAUNCHING, TERMINATING, Group, Member, WarmPool, is_ready
from emulator.scaling.steps import Destroy, End, Launch, Leave, Move, Report, Step, Stop, Take

_asg = borrow("services.autoscaling", "_asgs")
_alb = borrow("services.alb", "_tgs")
_cw = borrow("services.cloudwatch", "_alarms")
_responses = borrow("core.responses", "request_scope")

Record = dict[str, Any]
_guard = Guard(moments.seconds)


def _is_ringing(alarm: str) -> bool:
    return bool(_cw._alarms.get(alarm, {}).get("StateValue") == "ALARM")


def tend_all() -> int:
    """Let every group take its next steps, and return how many there were; one that fails holds up no other."""
    count = 0
    for (account, area, name), record in list(_asg._asgs.all_items()):
        with _responses.request_scope(account, area):
            count += _guard.attempt(f"group {name}", partial(tend, record), 0)
    return count


def tend(record: Record) -> int:
    """Let one group take its next steps, and return how many there were."""
    now = moments.seconds()
    group = view(record)
    pauses = now < record.get("NextLaunch", 0.0)
    steps = [step for step in decide(group, now) if not (pauses and isinstance(step, Launch))]
    for step in steps:
        _apply(record, step)
    after = view(record)
    if len([member for member in after.members if member.counts]) == group.desired:
        record.pop("Cause", None)
    changes = [step for step in steps if not isinstance(step, Report)]
    return len(changes) + ongoing.progress(record, after, now, _is_ringing)


def view(record: Record) -> Group:
    """Return a group as decisions need it."""
    members = tuple(_member(record, each) for each in record["Instances"])
    uses_balancer = record["HealthCheckType"] == "ELB" or "ELB" in record["HealthCheckType"].split(",")
    pool = record.get("WarmPoolConfiguration")
    group = Group(
        template=template_label(record),
        desired=record["DesiredCapacity"],
        maximum=record["MaxSize"],
        members=members,
        hooks=frozenset(hook["LifecycleTransition"] for hook in lifecycle_hooks.of(record)),
        grace=float(record["HealthCheckGracePeriod"]) if uses_balancer else None,
        suspended=frozenset(record.get("SuspendedProcesses", [])),
        policies=tuple(record["TerminationPolicies"]),
        rebalances=bool(record.get("CapacityRebalance")),
        warm_pool=WarmPool(pool["MinSize"], pool["MaxGroupPreparedCapacity"], pool["PoolState"]) if pool else None,
    )
    return replace(group, replacement=ongoing.of(record, group))


def _member(record: Record, member: Record) -> Member:
    name = member["InstanceId"]
    arns = target_groups(record)
    told = {balancing.health(arn, name).state for arn in arns} if member["LifecycleState"] == "InService" else set()
    opinions = ("unhealthy", "initial", "draining", "healthy", "unused")
    return Member(
        instance_id=name,
        state=member["LifecycleState"],
        since=member["Since"],
        template=member["Template"],
        machine=instance_states.state_of(name),
        zone=member["AvailabilityZone"],
        complaint=member.get("Complaint", ""),
        balancer=next((opinion for opinion in opinions if opinion in told), ""),
        is_drained=all(balancing.is_drained(arn, name) for arn in arns),
        is_protected=member["ProtectedFromScaleIn"],
        is_interrupted=interruptions.is_announced(name),
        has_signalled=bool(member.get("Signalled")),
        actions=lifecycle_hooks.actions(member),
    )


def target_groups(record: Record) -> list[str]:
    """Return the ARNs of a group's target groups that exist."""
    return [arn for arn in record.get("TargetGroupARNs", []) if arn in _alb._tgs]


def template_label(record: Record) -> str:
    """Return what tells the instances of one version of a launch template from those of another."""
    try:
        _data, template, version = launching.resolve_template(record["LaunchTemplate"])
    except RefusedError:
        return ""
    return f"{template} {version}"


def _apply(record: Record, step: Step) -> None:
    match step:
        case Launch(cause, is_warm):
            group_launches.launch(record, _explained(record, cause), is_warm=is_warm)
        case Take(name, cause):
            _take(record, member_of(record, name), cause)
        case Move(name, state):
            _move(record, member_of(record, name), state)
        case End(name, cause, is_unhealthy):
            end(record, member_of(record, name), cause, is_unhealthy=is_unhealthy)
        case Report(name):
            member_of(record, name)["HealthStatus"] = "Unhealthy"
        case Stop(name):
            machine = instance_states.find(name)
            if machine is not None and machine["State"]["Name"] == "running":
                instance_states.enter(machine, "stopping", "Client.UserInitiatedShutdown")
        case Destroy(name):
            instance_states.terminate(name)
        case Leave(name):
            _leave(record, member_of(record, name))


def member_of(record: Record, instance_id: str) -> Record:
    """Return a group's record of one of its instances."""
    return next(member for member in record["Instances"] if member["InstanceId"] == instance_id)


def _explained(record: Record, cause: str) -> str:
    """Return the cause of a change of size, with that of the new size in front of it."""
    before = record.get("Cause", "")
    return f"{before}  {cause}" if before and "difference between desired and actual" in cause else cause


def _take(record: Record, member: Record, cause: str) -> None:
    name = member["InstanceId"]
    machine = instance_states.find(name)
    if machine is not None and machine["State"]["Name"] == "stopped":
        machine["LaunchTime"] = moments.text()
        instance_states.enter(machine, "pending")
    member["LifecycleState"] = "Pending"
    details = {"Availability Zone": member["AvailabilityZone"], "WarmPool": "true"}
    text = f"Launching a new EC2 instance from warm pool: {name}"
    member["Activity"] = activities.start(record, text, _explained(record, cause), details)


def _move(record: Record, member: Record, state: str) -> None:
    member["LifecycleState"] = state
    if state.endswith(":Wait"):
        lifecycle_hooks.begin(record, member, TERMINATING if "Terminating" in state else LAUNCHING)
    elif state == "InService":
        member["Since"] = moments.seconds()
        for arn in target_groups(record) if "AddToLoadBalancer" not in record.get("SuspendedProcesses", []) else []:
            balancing.register(arn, member["InstanceId"])
        _succeed(record, member, "Launch")
    elif state in ("Warmed:Stopped", "Warmed:Running"):
        _succeed(record, member, "Launch")


def _succeed(record: Record, member: Record, action: str) -> None:
    identifier = member.pop("Activity", "")
    activities.finish(record, identifier)
    activities.announce(record, identifier, action, member["InstanceId"])


def end(record: Record, member: Record, cause: str, *, is_unhealthy: bool = False) -> str:
    """Begin to terminate an instance of a group, and return the activity's id.

    :param cause: in AWS's words; `{at}` stands for now.
    """
    name = member["InstanceId"]
    activities.finish(record, member.pop("Activity", ""), _why_not_in_service(member))
    if is_unhealthy:
        member["HealthStatus"] = "Unhealthy"
    is_warm = member["LifecycleState"].startswith("Warmed:")
    member.update(LifecycleState="Warmed:Terminating" if is_warm else "Terminating", Actions=[])
    for arn in target_groups(record):
        balancing.deregister(arn, name)
    details = {"Availability Zone": member["AvailabilityZone"]}
    text = f"Terminating EC2 instance{' from warm pool' if is_warm else ''}: {name}"
    member["Activity"] = activities.start(record, text, _explained(record, cause), details)
    return str(member["Activity"])


def _why_not_in_service(member: Record) -> str:
    """Return why a launch came to nothing, in AWS's words where a hook's action was abandoned."""
    abandoned = [action for action in member.get("Actions", []) if action["Result"] == "ABANDON"]
    if not abandoned:
        return "The instance was terminated before it was in service."
    return (
        f"Instance failed to complete user's Lifecycle Action: Lifecycle Action with token {abandoned[0]['Token']} was "
        "abandoned: Lifecycle Action Completed with ABANDON Result"
    )


def _leave(record: Record, member: Record) -> None:
    record["Instances"].remove(member)
    _succeed(record, member, "Terminate")


def abandon(record: Record) -> list[str]:
    """Terminate all instances of a group that is deleted, without further ado, and return their ids."""
    names = [member["InstanceId"] for member in record["Instances"]]
    for name in names:
        balancing.forget(name)
        instance_states.terminate(name)
    return names


def forget_members() -> None:
    """Terminate what the groups of an earlier run had: its machines are gone, as after a failure of their hosts."""
    for (account, area, group), record in list(_asg._asgs.all_items()):
        with _responses.request_scope(account, area):
            _guard.attempt(f"restart of group {group}", partial(_forget_members_of, record), None)
        record["Instances"] = []
        record.pop("NextLaunch", None)


def _forget_members_of(record: Record) -> None:
    for name in abandon(record):
        machine = instance_states.find(name)
        if machine is not None:
            instance_states.enter(machine, "terminated")


def pause(instance_id: str) -> None:
    """Let the group of an instance that could not be booted wait before it launches another."""
    for record in _asg._asgs.values():
        if instance_id in {member["InstanceId"] for member in record["Instances"]}:
            record["NextLaunch"] = moments.seconds() + group_launches.RETRY_SECONDS


def documents(instance_id: str) -> dict[str, str]:
    """Return what an instance's metadata tells of its group, by the path below `/latest/`."""
    for record in _asg._asgs.values():
        for member in record["Instances"]:
            if member["InstanceId"] == instance_id:
                state = member["LifecycleState"]
                target = "Terminated" if "Terminating" in state else "InService"
                if state.startswith("Warmed:") and target == "InService":
                    target = f"Warmed:{(record.get('WarmPoolConfiguration') or {}).get('PoolState', 'Stopped')}"
                return {"meta-data/autoscaling/target-lifecycle-state": target}
    return {}


def are_settled() -> bool:
    """Tell whether every group has just the instances that it wants, all serving, and replaces none."""
    return all(
        _guard.attempt(f"look at group {name}", partial(_is_settled, record), otherwise=False)
        for (_account, _region, name), record in list(_asg._asgs.all_items())
    )


def _is_settled(record: Record) -> bool:
    account, area = record["AutoScalingGroupARN"].split(":")[4], record["AutoScalingGroupARN"].split(":")[3]
    with _responses.request_scope(account, area):
        group = view(record)
    active = [member for member in group.members if not member.is_warm]
    ready = [member for member in active if is_ready(member, None, moments.seconds())]
    return group.replacement is None and len(active) == len(ready) == group.desired
