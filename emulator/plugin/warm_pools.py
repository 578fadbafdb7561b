"""Warm pools: instances that a group launches ahead and keeps stopped, or running, until it grows."""

from __future__ import annotations

from typing import Any

from emulator.plugin.borrowed import borrow
from emulator.plugin.resources import Created, Properties, ResourceType, register
from emulator.plugin.scaling import InvalidError, Params, Record, done, shown_member, with_group

_asg = borrow("services.autoscaling", "_ACTION_MAP", "_asgs", "_error", "_member_xml", "_p")

TYPE = "AWS::AutoScaling::WarmPool"
_STATES = ("Stopped", "Running")
_KEY = "WarmPoolConfiguration"


def _give(record: Record, wanted: dict[str, Any]) -> None:
    """Give a group a warm pool.

    :raises InvalidError: if its instances cannot be kept in the state that is asked for.
    """
    state = wanted.get("PoolState") or "Stopped"
    if state not in _STATES:
        raise InvalidError(f"PoolState {state} is not offered here; there are {', '.join(_STATES)}")
    prepared = wanted.get("MaxGroupPreparedCapacity")
    is_given = prepared not in (None, "") and int(str(prepared)) >= 0
    record[_KEY] = {
        "MaxGroupPreparedCapacity": int(str(prepared)) if is_given else None,
        "MinSize": int(wanted.get("MinSize") or 0),
        "PoolState": state,
    }


def _put(record: Record, params: Params) -> Any:
    _give(record, {name: _asg._p(params, name) for name in ("PoolState", "MaxGroupPreparedCapacity", "MinSize")})
    return done("PutWarmPool")


def _delete(record: Record, _params: Params) -> Any:
    if record.pop(_KEY, None) is None:
        return _asg._error("ValidationError", "No warm pool found for the Auto Scaling group")
    return done("DeleteWarmPool")


def _describe(record: Record, _params: Params) -> Any:
    pool = {name: value for name, value in (record.get(_KEY) or {}).items() if value is not None}
    members = [member for member in record["Instances"] if member["LifecycleState"].startswith("Warmed:")]
    shown = [shown_member(member) for member in members]
    configuration = f"<WarmPoolConfiguration>{_asg._member_xml(pool)}</WarmPoolConfiguration>" if pool else ""
    return done("DescribeWarmPool", f"{configuration}<Instances>{_asg._member_xml(shown)}</Instances>")


def _create(_logical_id: str, properties: Properties, _stack: str) -> Created:
    name = properties["AutoScalingGroupName"]
    if name not in _asg._asgs:
        raise ValueError(f"AutoScalingGroup name not found - AutoScalingGroup '{name}' not found")
    try:
        _give(_asg._asgs[name], properties)
    except InvalidError as error:
        raise ValueError(str(error)) from error
    return name, {}


def _update(_physical_id: str, _old: Properties, new: Properties, *_stack: str) -> Created:
    return _create("", new, "")


def _remove(physical_id: str, _properties: Properties) -> None:
    _asg._asgs.get(physical_id, {}).pop(_KEY, None)


def install() -> None:
    """Add these calls and the type, which the emulator lacks."""
    register((ResourceType(TYPE, _create, _update, _remove, replacing=("AutoScalingGroupName",), tags=None),))
    _asg._ACTION_MAP.update(
        PutWarmPool=with_group(_put), DeleteWarmPool=with_group(_delete), DescribeWarmPool=with_group(_describe)
    )
