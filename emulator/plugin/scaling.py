"""Auto Scaling groups as the API and templates describe them; what they do with it stands in `groups`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from emulator.plugin import balancing, groups, launching, lifecycle_hooks, moments
from emulator.plugin.borrowed import borrow, replace
from emulator.plugin.launching import RefusedError
from emulator.plugin.resources import Created, Properties, after, amend
from emulator.scaling import causes

_asg = borrow(
    "services.autoscaling",
    "_ACTION_MAP",
    "_asgs",
    "_create_asg",
    "_delete_asg",
    "_error",
    "_member_xml",
    "_p",
    "_parse_member_list",
    "_parse_nested",
    "_reconcile_instances",
    "_update_asg",
    "_xml",
)
_cfn = borrow("services.cloudformation.provisioners", "_asg_launch_template")

TYPE = "AWS::AutoScaling::AutoScalingGroup"
Record = dict[str, Any]
Params = dict[str, Any]
Call = Callable[[Params], Any]
OnGroup = Callable[[Record, Params], Any]


class InvalidError(Exception):
    """A request or a template asks for what a group cannot be; the text is AWS's."""


def with_group(operation: OnGroup) -> Call:
    """Return the call that does something with the group that it names."""

    def call(params: Params) -> Any:
        name = _asg._p(params, "AutoScalingGroupName")
        record = _asg._asgs.get(name)
        if record is None:
            text = f"AutoScalingGroup name not found - AutoScalingGroup '{name}' not found"
            return _asg._error("ValidationError", text)
        try:
            return operation(record, params)
        except (InvalidError, RefusedError) as error:
            return _asg._error("ValidationError", str(error))

    return call


def done(operation: str, inner: str = "") -> Any:
    """Return the answer of a call."""
    return _asg._xml(200, f"{operation}Response", f"<{operation}Result>{inner}</{operation}Result>")


def check_sizes(minimum: int, maximum: int, desired: int) -> None:
    """Check a group's sizes.

    :raises InvalidError: if the desired capacity is outside of the limits.
    """
    if minimum > maximum:
        raise InvalidError(f"Max bound, {maximum}, must be greater than or equal to min bound, {minimum}")
    if not minimum <= desired <= maximum:
        raise InvalidError(
            f"Desired capacity:{desired} must be between the specified min size:{minimum} and max size:{maximum}"
        )


def resize(record: Record, desired: int, cause: str) -> None:
    """Give a group another capacity, and remember why."""
    if desired != record["DesiredCapacity"]:
        record["DesiredCapacity"] = desired
        explain(record, cause)


def explain(record: Record, cause: str) -> None:
    """Remember why a group has its capacity, for the activities that follow from it."""
    record["Cause"] = cause.replace("{at}", moments.text())


def check_template(specification: Record) -> None:
    """Check that instances can be launched from a launch template.

    :raises InvalidError: if it does not exist, or names an image that does not.
    """
    try:
        launching.check(launching.resolve_template(specification)[0])
    except RefusedError as error:
        raise InvalidError(f"You must use a valid fully-formed launch template. {error}") from error


def _create(params: Params) -> Any:
    name = _asg._p(params, "AutoScalingGroupName")
    if name in _asg._asgs:
        return _asg._error("AlreadyExists", "AutoScalingGroup by this name already exists - A group with the name "
                           f"{name} already exists")  # fmt: skip
    least, most = int(_asg._p(params, "MinSize") or 0), int(_asg._p(params, "MaxSize") or 0)
    given = _asg._p(params, "DesiredCapacity")
    try:
        check_sizes(least, most, int(given) if given else least)
        check_template(_template_of(params))
    except InvalidError as error:
        return _asg._error("ValidationError", str(error))
    reply = _asg._create_asg(params)
    record = _asg._asgs[name]
    _complete(record, params)
    lifecycle_hooks.put(record, _asg._parse_nested(params, "LifecycleHookSpecificationList") or [])
    explain(record, causes.created(record["DesiredCapacity"]))
    return reply


def _template_of(params: Params) -> Record:
    mixed = _asg._parse_nested(params, "MixedInstancesPolicy") or {}
    named = (mixed.get("LaunchTemplate") or {}).get("LaunchTemplateSpecification")
    found: Record = named or _asg._parse_nested(params, "LaunchTemplate") or {}
    return found


def _complete(record: Record, params: Params) -> None:
    """Note what the emulator's own calls leave out of a request."""
    template, mixed = _template_of(params), _asg._parse_nested(params, "MixedInstancesPolicy")
    if template:
        record["LaunchTemplate"] = _cfn._asg_launch_template(template)
        record["MixedInstancesPolicy"] = mixed or {}
    for name in ("TargetGroupARNs", "TerminationPolicies", "AvailabilityZones"):
        values = _asg._parse_member_list(params, name)
        if values:
            record[name] = values
    for name in ("CapacityRebalance", "NewInstancesProtectedFromScaleIn"):
        if _asg._p(params, name):
            record[name] = _asg._p(params, name) == "true"


def _update(record: Record, params: Params) -> Any:
    before = record["DesiredCapacity"]
    sizes = {name: int(_asg._p(params, name) or record[name]) for name in ("MinSize", "MaxSize")}
    given = _asg._p(params, "DesiredCapacity")
    desired = int(given) if given else max(sizes["MinSize"], min(sizes["MaxSize"], before))
    check_sizes(sizes["MinSize"], sizes["MaxSize"], desired)
    if _template_of(params):
        check_template(_template_of(params))
    reply = _asg._update_asg(params)
    _complete(record, params)
    record["DesiredCapacity"] = before
    resize(record, desired, causes.updated(sizes["MinSize"], sizes["MaxSize"], before, desired))
    return reply


def _set_desired(record: Record, params: Params) -> Any:
    before, desired = record["DesiredCapacity"], int(_asg._p(params, "DesiredCapacity"))
    for word, bound, is_outside in (
        ("above max", record["MaxSize"], desired > record["MaxSize"]),
        ("below min", record["MinSize"], desired < record["MinSize"]),
    ):
        if is_outside:
            text = f"New SetDesiredCapacity value {desired} is {word} value {bound} for the AutoScalingGroup."
            raise InvalidError(text)
    resize(record, desired, causes.set_by_user(before, desired))
    return _asg._xml(200, "SetDesiredCapacityResponse", "")


def _delete(record: Record, params: Params) -> Any:
    if record["Instances"] and _asg._p(params, "ForceDelete") != "true":
        text = (
            "You cannot delete an AutoScalingGroup while there are instances or pending Spot instance request(s) still "
        )
        return _asg._error("ResourceInUse", f"{text}in the group.")
    groups.abandon(record)
    return _asg._delete_asg(params)


def _describe(params: Params) -> Any:
    names = _asg._parse_member_list(params, "AutoScalingGroupNames")
    found = [record for name, record in _asg._asgs.items() if not names or name in names]
    inner = f"<AutoScalingGroups>{_asg._member_xml([_shown(record) for record in found])}</AutoScalingGroups>"
    return done("DescribeAutoScalingGroups", inner)


_SHOWN = (
    "AutoScalingGroupName", "AutoScalingGroupARN", "MinSize", "MaxSize", "DesiredCapacity", "DefaultCooldown",
    "AvailabilityZones", "HealthCheckType", "HealthCheckGracePeriod", "CreatedTime", "TerminationPolicies",
    "NewInstancesProtectedFromScaleIn", "Tags",
)  # fmt: skip


def _shown(record: Record) -> Record:
    """Return a group as DescribeAutoScalingGroups shows it; what it does not have is left out."""
    members = [member for member in record["Instances"] if not member["LifecycleState"].startswith("Warmed:")]
    suspended = "User suspended at "
    template = {} if record.get("MixedInstancesPolicy") else record.get("LaunchTemplate")
    optional = {
        "LaunchTemplate": template,
        "MixedInstancesPolicy": record.get("MixedInstancesPolicy"),
        "LaunchConfigurationName": record.get("LaunchConfigurationName"),
        "VPCZoneIdentifier": record["VPCZoneIdentifier"],
        "WarmPoolConfiguration": _warm_pool(record),
        "CapacityRebalance": record.get("CapacityRebalance"),
    }
    return {
        **{name: record[name] for name in _SHOWN},
        **{name: value for name, value in optional.items() if value},
        "TargetGroupARNs": record.get("TargetGroupARNs", []),
        "Instances": [shown_member(member) for member in members],
        "SuspendedProcesses": [
            {"ProcessName": name, "SuspensionReason": f"{suspended}{since}"}
            for name, since in record.get("SuspendedProcesses", {}).items()
        ],
    }


def _warm_pool(record: Record) -> Record:
    pool = record.get("WarmPoolConfiguration") or {}
    return {name: value for name, value in pool.items() if value is not None}


def shown_member(member: Record) -> Record:
    names = (
        "InstanceId", "InstanceType", "AvailabilityZone", "LifecycleState", "HealthStatus", "LaunchTemplate",
        "ProtectedFromScaleIn",
    )  # fmt: skip
    return {name: member[name] for name in names}


def _activities(params: Params) -> Any:
    name, wanted = _asg._p(params, "AutoScalingGroupName"), _asg._parse_member_list(params, "ActivityIds")
    found = [
        activity
        for record in _asg._asgs.values()
        if not name or record["AutoScalingGroupName"] == name
        for activity in record.get("Activities", [])
        if not wanted or activity["ActivityId"] in wanted
    ]
    found.sort(key=lambda activity: str(activity["StartTime"]), reverse=True)
    most = int(_asg._p(params, "MaxRecords") or 100)
    return done("DescribeScalingActivities", f"<Activities>{_asg._member_xml(found[:most])}</Activities>")


def _attach(record: Record, params: Params) -> Any:
    _retarget(record, [*record.get("TargetGroupARNs", []), *_asg._parse_member_list(params, "TargetGroupARNs")])
    return done("AttachLoadBalancerTargetGroups")


def _detach(record: Record, params: Params) -> Any:
    gone = _asg._parse_member_list(params, "TargetGroupARNs")
    _retarget(record, [arn for arn in record.get("TargetGroupARNs", []) if arn not in gone])
    return done("DetachLoadBalancerTargetGroups")


def _retarget(record: Record, arns: list[str]) -> None:
    """Let a group's instances serve other target groups."""
    before = set(groups.target_groups(record))
    record["TargetGroupARNs"] = list(dict.fromkeys(arns))
    now = set(groups.target_groups(record))
    for member in record["Instances"]:
        if member["LifecycleState"] == "InService":
            for arn in now - before:
                balancing.register(arn, member["InstanceId"])
            for arn in before - now:
                balancing.deregister(arn, member["InstanceId"])


def _from_template(created: Created, properties: Properties) -> Created:
    """Note what the emulator drops of a template's group."""
    record = _asg._asgs[created[0]]
    mixed = properties.get("MixedInstancesPolicy") or {}
    if mixed:
        named = mixed["LaunchTemplate"]["LaunchTemplateSpecification"]
        record["LaunchTemplate"] = _cfn._asg_launch_template(named)
    record["MixedInstancesPolicy"] = mixed
    record["CapacityRebalance"] = properties.get("CapacityRebalance") in (True, "true")
    _retarget(record, list(properties.get("TargetGroupARNs") or []))
    return created


def install() -> None:
    """Put these calls in place of the emulator's own."""
    amend(TYPE, **after(_from_template))
    replace(_asg, "_reconcile_instances", lambda _original: lambda _group: None)
    _asg._ACTION_MAP.update(
        CreateAutoScalingGroup=_create,
        DescribeAutoScalingGroups=_describe,
        DescribeScalingActivities=_activities,
        UpdateAutoScalingGroup=with_group(_update),
        SetDesiredCapacity=with_group(_set_desired),
        DeleteAutoScalingGroup=with_group(_delete),
        AttachLoadBalancerTargetGroups=with_group(_attach),
        DetachLoadBalancerTargetGroups=with_group(_detach),
    )
