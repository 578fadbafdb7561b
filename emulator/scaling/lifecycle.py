"""The life of one instance in its group: which state comes next, and when it is taken out of service.

The states and their order are those of the user guide of Amazon EC2 Auto Scaling, "Amazon EC2 Auto Scaling instance
lifecycle" and "Lifecycle state transitions for instances in a warm pool".
"""

from __future__ import annotations

from emulator.scaling import causes
from emulator.scaling.group import ENDED, LAUNCHING, TERMINATING, Group, Member
from emulator.scaling.steps import Destroy, End, Leave, Move, Report, Step, Stop


def next_step(group: Group, member: Member, now: float) -> Step | None:
    """Return the next step of one instance on its own, or nothing if it stays as it is."""
    if member.is_leaving:
        return _next_of_leaving(group, member, now)
    if member.state == "InService":
        return _unhealthy(group, member, now)
    if member.machine in ENDED:
        return End(member.instance_id, causes.EC2_HEALTH, is_unhealthy=not member.is_warm)
    match _base(member):
        case "Pending" if member.machine == "running" and LAUNCHING in group.hooks:
            return Move(member.instance_id, f"{member.state}:Wait")
        case "Pending" if member.machine in ("running", "stopping", "stopped"):
            return _arrive(group, member)
        case "Pending:Wait":
            return _after_wait(member, now)
        case "Pending:Proceed":
            return _arrive(group, member)
    return None


def _base(member: Member) -> str:
    return member.state.removeprefix("Warmed:")


def _after_wait(member: Member, now: float) -> Step | None:
    """Go on when all lifecycle actions are complete; at once if one of them abandons."""
    onward = Move(member.instance_id, member.state.replace(":Wait", ":Proceed"))
    outcomes = [action.outcome(now) for action in member.actions]
    if "ABANDON" in outcomes:
        return onward if member.is_leaving else End(member.instance_id, causes.ABANDONED)
    return onward if all(outcomes) else None


def _arrive(group: Group, member: Member) -> Step | None:
    if not member.is_warm:
        return Move(member.instance_id, "InService") if member.machine == "running" else None
    if group.warm_pool is None or group.warm_pool.state == "Running":
        return Move(member.instance_id, "Warmed:Running")
    if member.machine == "running":
        return Stop(member.instance_id)
    return Move(member.instance_id, "Warmed:Stopped") if member.machine == "stopped" else None


def _next_of_leaving(group: Group, member: Member, now: float) -> Step | None:
    if _base(member) == "Terminating:Wait":
        return _after_wait(member, now)
    if _base(member) == "Terminating":
        if not member.is_drained:
            return None
        if TERMINATING in group.hooks:
            return Move(member.instance_id, f"{member.state}:Wait")
    gone = member.machine in ("terminated", "")
    return Leave(member.instance_id) if gone else Destroy(member.instance_id)


def _unhealthy(group: Group, member: Member, now: float) -> Step | None:
    """Return what becomes of an instance in service that is not well; nothing if it is."""
    cause = _illness(group, member, now)
    if not cause or not group.runs("HealthCheck"):
        return None
    if not group.runs("ReplaceUnhealthy") or not group.runs("Terminate"):
        return Report(member.instance_id)
    return End(member.instance_id, cause, is_unhealthy=True)


def _illness(group: Group, member: Member, now: float) -> str:
    if member.machine in (*ENDED, "stopping", "stopped"):
        return causes.EC2_HEALTH
    if member.complaint:
        return member.complaint
    is_due = group.grace is not None and now - member.since > group.grace
    return causes.BALANCER_HEALTH if is_due and member.balancer == "unhealthy" else ""
