"""How stacks create, update and delete Auto Scaling groups: signals, rolling updates, and waiting for instances.

Without an update policy an update of a group changes new instances and leaves those that are there, as on AWS.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import Any

from emulator.plugin import group_replacements, groups, instance_states, lifecycle_hooks, scaling, update_policies
from emulator.plugin.borrowed import borrow, replace
from emulator.plugin.resources import Create, Created, Delete, Properties, amend
from emulator.plugin.scaling import InvalidError
from emulator.scaling import causes

_asg = borrow("services.autoscaling", "_asgs")
_cfn = borrow(
    "services.cloudformation.provisioners", "_asg_launch_template", "_cfn_wait_condition_definition", "_cr_stack_id"
)
_handlers = borrow("services.cloudformation.handlers", "_ACTION_HANDLERS", "_p", "_xml")
_stacks = borrow("services.cloudformation.stacks", "_runs_on_worker_thread", "_sends_back_failed_update")
_store = borrow("services.cloudformation", "_stacks")
_signals = borrow("services.cloudformation.wait_conditions", "register_slot", "wait_for")

Record = dict[str, Any]
STABILISE_SECONDS = 120.0
"""For the first instances, which have a launching hook to be let go from; a slow machine needs some time for that."""
DELETE_SECONDS = 30.0
LONGEST_UPDATE_SECONDS = 3600.0
_POLL_SECONDS = 0.05
_DURATION = re.compile(r"PT(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?")
_DEFAULT_PAUSE = {True: "PT5M", False: "PT0S"}
"""By `WaitOnResourceSignals`."""


def duration(text: str) -> float:
    """Return an ISO 8601 duration such as `PT5M` in seconds.

    :raises ValueError: if it is none.
    """
    match = _DURATION.fullmatch(text)
    if match is None or not any(match.groups()):
        raise ValueError(f"{text!r} is no duration of the form PT#H#M#S")
    hours, minutes, seconds = (int(part or 0) for part in match.groups())
    return float(hours * 3600 + minutes * 60 + seconds)


def await_signals(stack: str, logical_id: str, type_name: str) -> bool:
    """Wait for the signals of a resource's creation policy; tell whether it has one.

    :raises ValueError: if too few arrive in time, or one tells of a failure.
    """
    policy = _cfn._cfn_wait_condition_definition(stack, logical_id).get("CreationPolicy") or {}
    if "ResourceSignal" not in policy:
        return False
    signal = policy["ResourceSignal"] or {}
    count, timeout = int(signal.get("Count", 1)), duration(str(signal.get("Timeout", "PT5M")))
    stack_id = _cfn._cr_stack_id(stack)
    try:
        _signals.wait_for(_signals.register_slot(stack_id), stack_id, stack, logical_id, type_name, count, timeout)
    except TimeoutError as error:
        text = f"Failed to receive {count} resource signal(s) within the specified duration"
        raise ValueError(text) from error
    except RuntimeError as error:
        raise ValueError(f"Received 1 FAILURE signal(s) out of {count}. {error}") from error
    return True


def _creating(original: Create) -> Create:
    def create(logical_id: str, properties: Properties, stack: str) -> Created:
        _check(properties)
        created = original(logical_id, properties, stack)
        record = _asg._asgs[created[0]]
        _put_hooks(record, properties)
        scaling.explain(record, causes.created(record["DesiredCapacity"]))
        if not await_signals(stack, logical_id, scaling.TYPE):
            _stabilise(record)
        return created

    return create


def _check(properties: Properties) -> None:
    mixed = (properties.get("MixedInstancesPolicy") or {}).get("LaunchTemplate", {})
    specification = mixed.get("LaunchTemplateSpecification") or properties.get("LaunchTemplate")
    minimum, maximum = int(properties["MinSize"]), int(properties["MaxSize"])
    try:
        scaling.check_sizes(minimum, maximum, int(properties.get("DesiredCapacity", minimum)))
        if specification:
            scaling.check_template(_cfn._asg_launch_template(specification))
    except InvalidError as error:
        raise ValueError(str(error)) from error


def _put_hooks(record: Record, properties: Properties) -> None:
    lifecycle_hooks.put(record, properties.get("LifecycleHookSpecificationList") or [])


def _stabilise(record: Record) -> None:
    """Wait until a new group has as many instances in service as it has to have."""

    def is_stable() -> bool:
        return _in_service(record) >= int(record["MinSize"])

    if not _wait(is_stable, STABILISE_SECONDS):
        failed = [each["StatusMessage"] for each in record.get("Activities", []) if each.get("StatusMessage")]
        sizes = f"{_in_service(record)}/{record['MinSize']}/{record['DesiredCapacity']}"
        text = f"Group did not stabilize. {{current/minimum/desired instances: {sizes}}}"
        raise ValueError(" ".join([text, *failed[:1]]))


def _in_service(record: Record) -> int:
    return sum(member["LifecycleState"] == "InService" for member in list(record["Instances"]))


def _wait(condition: Callable[[], bool], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(_POLL_SECONDS)
    return True


def _updating(original: Callable[..., Created]) -> Callable[..., Created]:
    def update(physical_id: str, old: Properties, new: Properties, stack: str, logical_id: str = "") -> Created:
        _check(new)
        before = _asg._asgs.get(physical_id, {}).get("DesiredCapacity")
        created = original(physical_id, old, new, stack, logical_id)
        record = _asg._asgs[created[0]]
        _put_hooks(record, new)
        if created[0] != physical_id:
            _stabilise(record)
        elif before is not None:
            _keep_size(record, new, before)
            policies = _cfn._cfn_wait_condition_definition(stack, logical_id).get("UpdatePolicy") or {}
            if "AutoScalingInstanceRefresh" in policies:
                update_policies.refresh(record, policies["AutoScalingInstanceRefresh"], stack=_store._stacks[stack])
            _roll(record, policies)
        return created

    return update


def _keep_size(record: Record, new: Properties, before: int) -> None:
    """A template that gives no desired capacity leaves the group as large as it is."""
    minimum, maximum = record["MinSize"], record["MaxSize"]
    desired = record["DesiredCapacity"] if "DesiredCapacity" in new else max(minimum, min(maximum, before))
    record["DesiredCapacity"] = before
    scaling.resize(record, desired, causes.updated(minimum, maximum, before, desired))


def _roll(record: Record, policies: dict[str, Any]) -> None:
    """Replace the instances of another launch template, if the update policy says so, and wait for it."""
    policy = policies.get("AutoScalingRollingUpdate")
    label = groups.template_label(record)
    outdated = [member["InstanceId"] for member in record["Instances"] if member["Template"] != label]
    if policy is None or not outdated:
        return
    needs_signals = str(policy.get("WaitOnResourceSignals", "")).lower() == "true"
    pause = duration(str(policy.get("PauseTime") or _DEFAULT_PAUSE[needs_signals]))
    group_replacements.begin(
        record,
        outdated,
        minimum=int(policy.get("MinInstancesInService", 0)),
        batch=int(policy.get("MaxBatchSize", 1)),
        pause=pause,
        needs_signals=needs_signals,
    )
    _await_roll(record, pause if needs_signals else LONGEST_UPDATE_SECONDS, needs_signals=needs_signals)


def _await_roll(record: Record, pause: float, *, needs_signals: bool) -> None:
    """Wait until all are replaced.

    :param pause: time, in seconds, in which the next of them has to be.
    :raises ValueError: if they are not.
    """
    while group_replacements.KEY in record:
        left = len(record[group_replacements.KEY]["Outdated"])
        members = list(record["Instances"])

        def has_moved(known: list[Record] = members) -> bool:
            return group_replacements.KEY not in record or record["Instances"] != known or _failed(record)

        moved = _wait(has_moved, pause)
        has_failed = _failed(record)
        if has_failed or not moved:
            group_replacements.stop(record)
            received = "1 FAILURE" if has_failed else "0 SUCCESS"
            raise ValueError(
                f"Received {received} signal(s) out of 1. Unable to satisfy 100% MinSuccessfulInstancesPercent "
                "requirement"
                if needs_signals
                else f"{left} instances were not replaced in {pause:.0f} s"
            )


def _failed(record: Record) -> bool:
    return bool(record.get(group_replacements.KEY, {}).get("Failed"))


def _signalling(original: Callable[[dict[str, Any]], Any]) -> Callable[[dict[str, Any]], Any]:
    """A signal of an instance that a rolling update waits for is for its group, not for a wait condition."""

    def signal(params: dict[str, Any]) -> Any:
        stack = _store._stacks.get(_handlers._p(params, "StackName")) or {}
        resource = (stack.get("_resources") or {}).get(_handlers._p(params, "LogicalResourceId")) or {}
        record = _asg._asgs.get(resource.get("PhysicalResourceId", ""))
        if record is None or group_replacements.KEY not in record:
            return original(params)
        if _handlers._p(params, "Status") == "FAILURE":
            record[group_replacements.KEY]["Failed"] = True
        for member in record["Instances"]:
            if member["InstanceId"] == _handlers._p(params, "UniqueId"):
                member["Signalled"] = True
        return _handlers._xml(200, "SignalResourceResponse", "")

    return signal


def _deleting(original: Delete) -> Delete:
    """As on AWS, a group is deleted only when its instances have ended."""

    def delete(name: str, properties: Properties) -> None:
        record = _asg._asgs.get(name)
        if record:
            # First of all: this is a thread of its own, and whoever tends groups would replace what ends here.
            record.update(MinSize=0, DesiredCapacity=0)
        original(name, properties)
        if record and not _wait(lambda: _have_ended(record), DELETE_SECONDS):
            raise ValueError(f"instances of the group {name} do not end")

    return delete


def _have_ended(record: dict[str, Any]) -> bool:
    """Terminate what a deleted group has, and tell whether all of it has ended.

    To be asked more than once: a launch that had begun before the group was deleted may add one more.
    """
    return all(instance_states.state_of(each) in ("terminated", "") for each in groups.abandon(record))


def install() -> None:
    """Apply the corrections of this module."""
    amend(scaling.TYPE, create=_creating, update=_updating, delete=_deleting)
    # Waiting for instances must not hold up the emulator's other requests. A group whose update has failed is changed
    # back, and so are its instances.
    for name in ("_runs_on_worker_thread", "_sends_back_failed_update"):
        replace(_stacks, name, lambda original: lambda kind: kind == scaling.TYPE or original(kind))
    _handlers._ACTION_HANDLERS["SignalResource"] = _signalling(_handlers._ACTION_HANDLERS["SignalResource"])
