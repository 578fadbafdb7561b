"""How a group launches its instances: of which type and market, in which subnet, with which tags."""

from __future__ import annotations

from collections import Counter
from typing import Any

from emulator.plugin import activities, instance_states, launching, moments
from emulator.plugin.borrowed import borrow
from emulator.plugin.launching import Data, RefusedError
from emulator.plugin.resources import region

_ec2 = borrow("services.ec2", "_subnets")

Record = dict[str, Any]
RETRY_SECONDS = 5.0
"""Pause after an instance could not be launched; AWS makes longer ones."""


def launch(record: Record, cause: str, *, is_warm: bool) -> None:
    """Launch an instance of a group, or note why that is not possible.

    :param cause: in AWS's words; `{at}` stands for now.
    :param is_warm: whether it is for the warm pool.
    """
    try:
        data, template, version = launching.resolve_template(record["LaunchTemplate"])
        subnet = _subnet(record)
        tags = _tags(record, template, version)
        machine = launching.launch(_mixed(record, data), subnet=subnet, tags=tags)
    except RefusedError as error:
        record["NextLaunch"] = moments.seconds() + RETRY_SECONDS
        activities.fail(record, cause, f"{error}.".replace("..", "."))
        return
    name, zone = machine["InstanceId"], machine["Placement"]["AvailabilityZone"]
    details = {"Subnet ID": subnet, "Availability Zone": zone}
    text = f"Launching a new EC2 instance{' into warm pool' if is_warm else ''}: {name}"
    record["Instances"].append(
        {
            "InstanceId": name,
            "InstanceType": machine["InstanceType"],
            "LifecycleState": "Warmed:Pending" if is_warm else "Pending",
            "HealthStatus": "Healthy",
            "AvailabilityZone": zone,
            "ProtectedFromScaleIn": record["NewInstancesProtectedFromScaleIn"],
            "LaunchTemplate": {**record["LaunchTemplate"], "Version": str(version)},
            "LaunchConfigurationName": "",
            "Template": f"{template} {version}",
            "Since": moments.seconds(),
            "Activity": activities.start(record, text, cause, details),
        }
    )


def _mixed(record: Record, data: Data) -> Data:
    """Return the launch template's data with what the group's mixed instances policy says of the next instance."""
    policy = record.get("MixedInstancesPolicy") or {}
    overrides = (policy.get("LaunchTemplate") or {}).get("Overrides") or []
    chosen = {key: value for key, value in (overrides[0] if overrides else {}).items() if key == "InstanceType"}
    if not policy or not _is_spot(record, policy.get("InstancesDistribution") or {}):
        return {**data, **chosen}
    return {**data, **chosen, "InstanceMarketOptions": {"MarketType": "spot"}}


def _is_spot(record: Record, distribution: Record) -> bool:
    base = int(distribution.get("OnDemandBaseCapacity") or 0)
    share = distribution.get("OnDemandPercentageAboveBaseCapacity")
    percent = 100 if share in (None, "") else int(share)
    machines = [instance_states.find(member["InstanceId"]) or {} for member in record["Instances"]]
    on_demand = sum("InstanceLifecycle" not in machine for machine in machines)
    above = max(0, record["DesiredCapacity"] - base)
    return bool(on_demand >= base + -(-above * percent // 100))


def _subnet(record: Record) -> str:
    """Return the subnet with the fewest instances of the group."""
    named = [subnet for subnet in record["VPCZoneIdentifier"].split(",") if subnet]
    zones = record["AvailabilityZones"] or [f"{region()}a"]
    subnets = named or [
        name
        for name, subnet in _ec2._subnets.items()
        if subnet.get("DefaultForAz") and subnet["AvailabilityZone"] in zones
    ]
    taken = Counter(
        (instance_states.find(member["InstanceId"]) or {}).get("SubnetId")
        for member in record["Instances"]
        if not member["LifecycleState"].removeprefix("Warmed:").startswith("Terminat")
    )
    return min(subnets, key=lambda subnet: taken[subnet], default="")


def _tags(record: Record, template: str, version: int) -> dict[str, str]:
    return {
        **{tag["Key"]: tag["Value"] for tag in record["Tags"] if tag.get("PropagateAtLaunch")},
        "aws:autoscaling:groupName": record["AutoScalingGroupName"],
        "aws:ec2launchtemplate:id": template,
        "aws:ec2launchtemplate:version": str(version),
    }
