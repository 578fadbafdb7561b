"""What CloudWatch learns of instances and groups: processor use, from the real processes, and sizes."""

from __future__ import annotations

import asyncio
import os
from collections import Counter
from pathlib import Path
from typing import Any

from emulator.instances.cpu import processes, used_seconds, utilization
from emulator.plugin import metrics, moments
from emulator.plugin.borrowed import borrow
from emulator.processes import ProcessIdentity

_asg = borrow("services.autoscaling", "_asgs")
_ec2 = borrow("services.ec2", "_instances")
_responses = borrow("core.responses", "request_scope")

INTERVAL_SECONDS = 5.0
Sample = tuple[float, float]
"""Moment and processor time used until then, both in seconds."""


async def keep_measuring(instances: Path) -> None:
    """Measure all instances and groups again and again, for ever.

    :param instances: folder with the root folders of instances, named after them.
    """
    before: dict[str, Sample] = {}
    while True:
        samples = await asyncio.to_thread(_measure, instances)
        _tell(before, samples)
        before = samples
        await asyncio.sleep(INTERVAL_SECONDS)


def _measure(instances: Path) -> dict[str, Sample]:
    found = processes()
    samples = {}
    for file in instances.glob("i-*/processes/machine.json"):
        machine = ProcessIdentity.load(file)
        if machine is not None and any(process.pid == machine.pid for process in found):
            samples[file.parent.parent.name] = (moments.seconds(), used_seconds(machine.pid, found))
    return samples


def _tell(before: dict[str, Sample], samples: dict[str, Sample]) -> None:
    groups = {}
    for (account, region, name), record in list(_asg._asgs.all_items()):
        groups.update({member["InstanceId"]: name for member in record["Instances"]})
        if record.get("MetricsCollection"):
            with _responses.request_scope(account, region):
                _tell_sizes(name, record)
    for (account, region, name), _record in list(_ec2._instances.all_items()):
        if name not in before or name not in samples:
            continue
        elapsed, used = (after - earlier for after, earlier in zip(samples[name], before[name], strict=True))
        percent = utilization(used, elapsed, os.cpu_count() or 1)
        with _responses.request_scope(account, region):
            metrics.emit("AWS/EC2", "CPUUtilization", percent, "Percent", {"InstanceId": name})
            if name in groups:
                dimensions = {"AutoScalingGroupName": groups[name]}
                metrics.emit("AWS/EC2", "CPUUtilization", percent, "Percent", dimensions)


def _tell_sizes(name: str, record: dict[str, Any]) -> None:
    states = Counter(member["LifecycleState"].partition(":")[0] for member in record["Instances"])
    sizes = {
        "GroupMinSize": record["MinSize"],
        "GroupMaxSize": record["MaxSize"],
        "GroupDesiredCapacity": record["DesiredCapacity"],
        "GroupInServiceInstances": states["InService"],
        "GroupPendingInstances": states["Pending"],
        "GroupTerminatingInstances": states["Terminating"],
        "GroupTotalInstances": states["InService"] + states["Pending"] + states["Terminating"],
    }
    wanted = {each[0] for each in record["MetricsCollection"]}
    for metric, value in sizes.items():
        if metric in wanted:
            metrics.emit("AWS/AutoScaling", metric, float(value), "None", {"AutoScalingGroupName": name})
