"""Replacements of a group's instances that are under way: as the group's record keeps them, and how far they are.

At most one is under way: an instance refresh, or what an update of the group's stack needs.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from emulator.instances.addresses import has_own_addresses
from emulator.plugin import moments
from emulator.scaling.group import Group, Replacement, is_ready
from emulator.scaling.replacements import RefreshPreferences, RollingUpdate, of_refresh, of_update, percentage

Record = dict[str, Any]
KEY = "Replacement"
PATIENCE_SECONDS = 3600.0
"""How long an instance refresh goes on without any progress. Source: user guide of Amazon EC2 Auto Scaling, "How an
instance refresh works"."""


def begin(record: Record, outdated: list[str], *, refresh: str = "", **settings: object) -> None:
    """Begin to replace instances.

    :param outdated: their ids.
    :param refresh: id of the instance refresh; empty for an update of a stack.
    :param settings: fields of :class:`RefreshPreferences` or :class:`RollingUpdate`.
    """
    record[KEY] = {
        "Outdated": outdated,
        "Total": len(outdated),
        "Refresh": refresh,
        "Settings": settings,
        "Left": len(outdated),
        "Moved": moments.seconds(),
    }


def stop(record: Record) -> None:
    """Leave the rest as it is."""
    record.pop(KEY, None)


def of(record: Record, group: Group) -> Replacement | None:
    """Return the replacement under way in a group, or None."""
    ongoing = record.get(KEY)
    if ongoing is None:
        return None
    outdated = frozenset(member.instance_id for member in group.members if member.counts) & set(ongoing["Outdated"])
    surge = has_own_addresses()
    if ongoing["Refresh"]:
        return of_refresh(RefreshPreferences(**ongoing["Settings"]), group.desired, outdated, surge=surge)
    return of_update(RollingUpdate(**ongoing["Settings"]), group.desired, group.maximum, outdated, surge=surge)


def progress(record: Record, group: Group, now: float, is_ringing: Callable[[str], bool]) -> int:
    """Note how far the replacement is, and end it when it is done; return how much has changed.

    :param is_ringing: tells whether the alarm of a name is in the ALARM state.
    """
    ongoing = record.get(KEY)
    if ongoing is None:
        return 0
    present = {member.instance_id for member in group.members}
    left = [name for name in ongoing["Outdated"] if name in present]
    active = [member for member in group.members if not member.is_warm]
    new = [member for member in active if member.instance_id not in left]
    busy = [member for member in new if not is_ready(member, group.replacement, now)]
    is_done = not left and not busy and len(active) == group.desired
    refresh = _refresh(record, ongoing["Refresh"])
    if refresh is not None:
        reason = _failure(ongoing, refresh, len(left), now, is_ringing)
        if reason:
            stop(record)
            refresh.update(Status="Failed", StatusReason=reason, EndTime=moments.text())
            return 1
        is_done = is_done and _has_baked(ongoing, refresh, now)
        unfinished = 0 if is_done else max(1, len(left) + len(busy))
        _note(refresh, ongoing, min(unfinished, ongoing["Total"]), is_done=is_done)
    if is_done:
        stop(record)
    return int(is_done)


def _refresh(record: Record, identifier: str) -> Record | None:
    refreshes = record.get("InstanceRefreshes", [])
    return next((each for each in refreshes if each["InstanceRefreshId"] == identifier), None)


def _failure(ongoing: Record, refresh: Record, left: int, now: float, is_ringing: Callable[[str], bool]) -> str:
    """Return why a refresh has failed; empty if it has not."""
    if left != ongoing["Left"]:
        ongoing.update(Left=left, Moved=now)
    watched = (refresh["Preferences"].get("AlarmSpecification") or {}).get("Alarms") or []
    ringing = [name for name in watched if is_ringing(name)]
    if ringing:
        return f"Instance refresh failed because these CloudWatch alarms are in the ALARM state: {', '.join(ringing)}."
    if "Baked" not in ongoing and now - ongoing["Moved"] > PATIENCE_SECONDS:
        return "Instance refresh failed because no instance could be replaced for an hour."
    return ""


def _has_baked(ongoing: Record, refresh: Record, now: float) -> bool:
    """Tell whether the bake time is over, that begins when all instances are replaced."""
    baked: float = ongoing.setdefault("Baked", now + float(refresh["Preferences"].get("BakeTime") or 0))
    return now >= baked


def _note(refresh: Record, ongoing: Record, left: int, *, is_done: bool) -> None:
    is_baking = "Baked" in ongoing
    shown = 0 if is_baking else left
    refresh.update(PercentageComplete=percentage(ongoing["Total"], shown), InstancesToUpdate=shown)
    is_back = refresh["Status"].startswith("Rollback")
    refresh["Status"] = "RollbackInProgress" if is_back else "Baking" if is_baking else "InProgress"
    refresh["StatusReason"] = "Waiting for instances to warm up before continuing." if shown else ""
    if is_done:
        refresh.update(
            Status="RollbackSuccessful" if is_back else "Successful", EndTime=moments.text(), StatusReason=""
        )
