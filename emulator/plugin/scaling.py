"""Auto Scaling: what the emulator drops of a group, and truth in place of its made-up instances."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any
from xml.sax.saxutils import escape

from emulator.plugin.borrowed import borrow, replace
from emulator.plugin.resources import Created, Delete, Properties, account, after, amend, region

_asg = borrow("services.autoscaling", "_ACTION_MAP", "_asgs", "_p", "_reconcile_instances")
_cfn = borrow("services.cloudformation.provisioners", "_asg_launch_template")
_stacks = borrow("services.cloudformation.stacks", "_runs_on_worker_thread")

TYPE = "AWS::AutoScaling::AutoScalingGroup"
DELETE_TIMEOUT_SECONDS = 20.0
Call = Callable[[dict[str, Any]], Any]

HasInstances = Callable[[str, str, str], bool]
"""Tells whether instances of the group of an account, a region and a name are still there."""


def _with_targets(created: Created, properties: Properties) -> Created:
    group = _asg._asgs[created[0]]
    group["TargetGroupARNs"] = list(properties.get("TargetGroupARNs", []))
    mixed = properties.get("MixedInstancesPolicy", {}).get("LaunchTemplate", {}).get("LaunchTemplateSpecification")
    if mixed:
        group["LaunchTemplate"] = _cfn._asg_launch_template(mixed)
    return created


def _describe(original: Call) -> Call:
    def describe(params: dict[str, Any]) -> Any:
        status, headers, body = original(params)
        text = body.decode()
        for group in _asg._asgs.values():
            members = "".join(f"<member>{escape(arn)}</member>" for arn in group.get("TargetGroupARNs", []))
            arn = f"<AutoScalingGroupARN>{group['AutoScalingGroupARN']}</AutoScalingGroupARN>"
            text = text.replace(arn, f"{arn}<TargetGroupARNs>{members}</TargetGroupARNs>")
        for name in ("LaunchConfigurationName", "VPCZoneIdentifier"):
            text = text.replace(f"<{name}></{name}>", "")
        return status, headers, text.encode()

    return describe


def _start_refresh(original: Call) -> Call:
    """A refresh takes as long as it takes: the fleet replaces the instances, then it is successful."""

    def start(params: dict[str, Any]) -> Any:
        reply = original(params)
        group = _asg._asgs.get(_asg._p(params, "AutoScalingGroupName"))
        if group is not None:
            refresh = group["InstanceRefreshes"][0]
            refresh.update(Status="InProgress", StatusReason="Waiting for instances", PercentageComplete=0)
        return reply

    return start


def _await_instances(has_instances: HasInstances) -> Callable[[Delete], Delete]:
    """As on AWS, a group is deleted only when its instances have ended."""

    def wrap(original: Delete) -> Delete:
        def delete(name: str, properties: Properties) -> None:
            original(name, properties)
            deadline = time.monotonic() + DELETE_TIMEOUT_SECONDS
            while has_instances(account(), region(), name):
                if time.monotonic() > deadline:
                    raise ValueError(f"instances of the group {name} do not end")
                time.sleep(0.05)

        return delete

    return wrap


def install(has_instances: HasInstances) -> None:
    """Apply the corrections of this module."""
    amend(TYPE, **after(_with_targets))
    amend(TYPE, delete=_await_instances(has_instances))
    # Waiting for instances must not hold up the emulator's other requests.
    replace(_stacks, "_runs_on_worker_thread", lambda original: lambda name: name == TYPE or original(name))
    replace(_asg, "_reconcile_instances", lambda _original: lambda _group: None)
    for action, wrap in (("DescribeAutoScalingGroups", _describe), ("StartInstanceRefresh", _start_refresh)):
        _asg._ACTION_MAP[action] = wrap(_asg._ACTION_MAP[action])
