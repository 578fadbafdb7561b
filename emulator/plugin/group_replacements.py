"""Replacements of a group's instances that are under way: as the group's record keeps them, and how far they are.

At most one is under way: an instance refresh, or what an update of the group's stack needs.
"""

from __future__ import annotations

from typing import Any

from emulator.instances.addresses import has_own_addresses
from emulator.plugin import moments
from emulator.scaling.group import Group, Replacement, is_ready
from emulator.scaling.replacements import RefreshPreferences, RollingUpdate, of_refresh, of_update, percentage

Record = dict[str, Any]
KEY = "Replacement"


def begin(record: Record, outdated: list[str], *, refresh: str = "", **settings: object) -> None:
    """Begin to replace instances.

    :param outdated: their ids.
    :param refresh: id of the instance refresh; empty for an update of a stack.
    :param settings: fields of :class:`RefreshPreferences` or :class:`RollingUpdate`.
    """
    record[KEY] = {"Outdated": outdated, "Total": len(outdated), "Refresh": refresh, "Settings": settings}


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


def progress(record: Record, group: Group, now: float) -> int:
    """Note how far the replacement is, and end it when it is done; return how much has changed."""
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
        unfinished = 0 if is_done else max(1, len(left) + len(busy))
        _note(refresh, ongoing["Total"], min(unfinished, ongoing["Total"]), is_done=is_done)
    if is_done:
        stop(record)
    return int(is_done)


def _refresh(record: Record, identifier: str) -> Record | None:
    refreshes = record.get("InstanceRefreshes", [])
    return next((each for each in refreshes if each["InstanceRefreshId"] == identifier), None)


def _note(refresh: Record, total: int, left: int, *, is_done: bool) -> None:
    refresh.update(PercentageComplete=percentage(total, left), InstancesToUpdate=left)
    is_back = refresh["Status"].startswith("Rollback")
    refresh["Status"] = "RollbackInProgress" if is_back else "InProgress"
    refresh["StatusReason"] = "Waiting for instances to warm up before continuing." if left else ""
    if is_done:
        refresh.update(
            Status="RollbackSuccessful" if is_back else "Successful", EndTime=moments.text(), StatusReason=""
        )
