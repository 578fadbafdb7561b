"""Instance refreshes: started, watched, cancelled and rolled back; the group does the work."""

from __future__ import annotations

import uuid
from typing import Any

from emulator.plugin import group_replacements, launching, moments
from emulator.plugin.borrowed import borrow
from emulator.plugin.scaling import Params, Record, check_template, done, with_group

_asg = borrow("services.autoscaling", "_ACTION_MAP", "_error", "_member_xml", "_parse_member_list", "_parse_nested")
_cfn = borrow("services.cloudformation.provisioners", "_asg_launch_template")

BUSY = "An Instance Refresh is already in progress and blocks the execution of this Instance Refresh."
LIMIT = 50
"""Refreshes of a group that are remembered."""
_ACTIVE = ("Pending", "InProgress", "Baking", "Cancelling", "RollbackInProgress")


def active(record: Record) -> Record | None:
    """Return the refresh of a group that is under way, or None."""
    return next((each for each in record.get("InstanceRefreshes", []) if each["Status"] in _ACTIVE), None)


def is_outdated(record: Record, member: Record) -> bool:
    """Tell whether an instance is not what its group would launch now: another launch template, or another type."""
    data, template, version = launching.resolve_template(record["LaunchTemplate"])
    mixed = (record.get("MixedInstancesPolicy") or {}).get("LaunchTemplate") or {}
    types = [override.get("InstanceType") for override in mixed.get("Overrides") or [data]]
    is_of_type = member["InstanceType"] in types or None in types
    return member["Template"] != f"{template} {version}" or not is_of_type


def _start(record: Record, params: Params) -> Any:
    if active(record) is not None:
        return _asg._error("InstanceRefreshInProgress", BUSY)
    wanted = _asg._parse_nested(params, "DesiredConfiguration") or {}
    before = dict(record["LaunchTemplate"])
    if wanted.get("LaunchTemplate"):
        check_template(wanted["LaunchTemplate"])
        record["LaunchTemplate"] = _cfn._asg_launch_template(wanted["LaunchTemplate"])
    return _named("StartInstanceRefresh", begin(record, _asg._parse_nested(params, "Preferences") or {}, before=before))


def begin(record: Record, preferences: Record, *, before: Record) -> Record:
    """Begin a refresh of a group that has none under way, and return its record.

    :param preferences: as StartInstanceRefresh takes them.
    :param before: the launch template to go back to.
    """
    refresh = {
        "InstanceRefreshId": str(uuid.uuid4()),
        "AutoScalingGroupName": record["AutoScalingGroupName"],
        "Status": "Pending",
        "StatusReason": "",
        "StartTime": moments.text(),
        "PercentageComplete": 0,
        "InstancesToUpdate": 0,
        "Preferences": preferences,
        "Before": before,
    }
    kept = record.setdefault("InstanceRefreshes", [])
    kept.insert(0, refresh)
    del kept[LIMIT:]
    _begin(record, refresh, skips_matching=str(preferences.get("SkipMatching")).lower() == "true")
    return refresh


def _begin(record: Record, refresh: Record, *, skips_matching: bool) -> None:
    present = [member for member in record["Instances"] if not member["LifecycleState"].startswith("Warmed:")]
    outdated = [member["InstanceId"] for member in present if not skips_matching or is_outdated(record, member)]
    settings: dict[str, float] = {"grace": float(record["HealthCheckGracePeriod"])}
    for name, field in (
        ("MinHealthyPercentage", "minimum_percent"),
        ("MaxHealthyPercentage", "maximum_percent"),
        ("InstanceWarmup", "warmup"),
    ):
        if refresh["Preferences"].get(name) not in (None, ""):
            settings[field] = int(refresh["Preferences"][name])
    refresh["InstancesToUpdate"] = len(outdated)
    group_replacements.begin(record, outdated, refresh=refresh["InstanceRefreshId"], **settings)


def _named(operation: str, refresh: Record) -> Any:
    return done(operation, f"<InstanceRefreshId>{refresh['InstanceRefreshId']}</InstanceRefreshId>")


def _none(record: Record) -> Any:
    text = f"No in progress or pending Instance Refresh found for Auto Scaling group {record['AutoScalingGroupName']}"
    return _asg._error("ActiveInstanceRefreshNotFound", text)


def _cancel(record: Record, _params: Params) -> Any:
    refresh = active(record)
    if refresh is None:
        return _none(record)
    group_replacements.stop(record)
    refresh.update(Status="Cancelled", StatusReason="Cancelled due to user request.", EndTime=moments.text())
    return _named("CancelInstanceRefresh", refresh)


def _roll_back(record: Record, _params: Params) -> Any:
    """Go back to the launch template from before, and replace what was launched since."""
    refresh = active(record)
    if refresh is None:
        return _none(record)
    if refresh["Before"] == record["LaunchTemplate"]:
        text = "The instance refresh has no desired configuration, so there is nothing to roll back to."
        return _asg._error("IrreversibleInstanceRefresh", text)
    record["LaunchTemplate"] = refresh["Before"]
    refresh.update(Status="RollbackInProgress", StatusReason="")
    _begin(record, refresh, skips_matching=True)
    return _named("RollbackInstanceRefresh", refresh)


def _describe(record: Record, params: Params) -> Any:
    wanted = _asg._parse_member_list(params, "InstanceRefreshIds")
    found = [each for each in record.get("InstanceRefreshes", []) if not wanted or each["InstanceRefreshId"] in wanted]
    shown = [
        {name: value for name, value in each.items() if name != "Before" and value not in ("", {})} for each in found
    ]
    return done("DescribeInstanceRefreshes", f"<InstanceRefreshes>{_asg._member_xml(shown)}</InstanceRefreshes>")


def install() -> None:
    """Put these calls in place of the emulator's own, whose refreshes replace nothing."""
    _asg._ACTION_MAP.update(
        StartInstanceRefresh=with_group(_start),
        CancelInstanceRefresh=with_group(_cancel),
        RollbackInstanceRefresh=with_group(_roll_back),
        DescribeInstanceRefreshes=with_group(_describe),
    )
