"""The update policy `AutoScalingInstanceRefresh`: an update of a stack replaces a group's instances by a refresh.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-updatepolicy.html
"""

from __future__ import annotations

import copy
import time
from typing import Any

from emulator.plugin import refreshes
from emulator.plugin.borrowed import borrow

_asg = borrow("services.autoscaling", "_asgs")
_engine = borrow("services.cloudformation.engine", "_resolve_refs")

Record = dict[str, Any]
DEFAULTS: Record = {"MinHealthyPercentage": 100, "MaxHealthyPercentage": 110, "SkipMatching": True}
"""Where they are others than those of StartInstanceRefresh."""

_POLL_SECONDS = 0.05


def refresh(record: Record, policy: Record, *, stack: Record) -> None:
    """Replace the instances that are not what a changed group would launch, and wait for it.

    While a failed update is rolled back, no alarm holds it up.

    :param policy: as it stands in the template.
    :param stack: the record of the group's stack.
    :raises ValueError: if the refresh cannot begin, fails, or is cancelled.
    """
    if not any(refreshes.is_outdated(record, member) for member in record["Instances"]):
        return
    if refreshes.active(record) is not None:
        raise ValueError(refreshes.BUSY)
    preferences = {**DEFAULTS, **(_resolved(policy, stack).get("Preferences") or {})}
    if "ROLLBACK" in stack["StackStatus"]:
        preferences |= {"AlarmSpecification": {}, "BakeTime": 0}
    begun = refreshes.begin(record, preferences, before=record["LaunchTemplate"])
    while refreshes.active(record) is begun and record["AutoScalingGroupName"] in _asg._asgs:
        time.sleep(_POLL_SECONDS)
    if begun["Status"] != "Successful":
        raise ValueError(f"Instance refresh {begun['InstanceRefreshId']} is {begun['Status']}: {begun['StatusReason']}")


def _resolved(policy: Record, stack: Record) -> Record:
    found: Record = _engine._resolve_refs(
        copy.deepcopy(policy),
        stack.get("_resources", {}),
        stack.get("_resolved_params", {}),
        stack.get("_conditions", {}),
        {},
        stack["StackName"],
        stack["StackId"],
    )
    return found
