"""AWS::EC2::Instance, which the emulator lacks."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from emulator.plugin import instance_states, launching, stack_updates
from emulator.plugin.borrowed import borrow, replace
from emulator.plugin.instance_states import enter, find
from emulator.plugin.launching import Data, RefusedError
from emulator.plugin.resources import Created, Properties, ResourceType, register, tag_map

_ec2 = borrow("services.ec2", "_resolve_iam_instance_profile", "_tags")
_stacks = borrow("services.cloudformation.stacks", "_runs_on_worker_thread")

TYPE = "AWS::EC2::Instance"
WAIT_SECONDS = 30.0
_DATA = (
    "ImageId", "InstanceType", "KeyName", "SecurityGroupIds", "NetworkInterfaces", "BlockDeviceMappings", "UserData",
    "SubnetId", "Monitoring", "MetadataOptions",
)  # fmt: skip
_REPLACING = ("ImageId", "KeyName", "SubnetId", "NetworkInterfaces", "LaunchTemplate", "AvailabilityZone")


def _data(properties: Properties) -> tuple[Data, dict[str, str]]:
    """Return how to launch the instance: its own properties over those of the launch template, if it names one."""
    own: Data = {name: properties[name] for name in _DATA if name in properties}
    if isinstance(own.get("Monitoring"), bool | str):
        own["Monitoring"] = {"Enabled": own["Monitoring"]}
    if properties.get("IamInstanceProfile"):
        own["IamInstanceProfile"] = {"Name": properties["IamInstanceProfile"]}
    specification = properties.get("LaunchTemplate")
    if not specification:
        return own, {}
    data, template, version = launching.resolve_template(specification)
    tags = {"aws:ec2launchtemplate:id": template, "aws:ec2launchtemplate:version": str(version)}
    return {**data, **own}, tags


def _create(logical_id: str, properties: Properties, stack: str) -> Created:
    try:
        data, tags = _data(properties)
        record = launching.launch(data, tags={**tags, **tag_map(properties)})
    except RefusedError as error:
        raise ValueError(f"{error} (Service: Ec2, Status Code: 400, Error Code: {error.code})") from error
    name = record["InstanceId"]
    _await(name, "running")
    stack_updates.await_signals(stack, logical_id, TYPE)
    return name, _attributes(record)


def _attributes(record: Data) -> dict[str, Any]:
    return {
        "InstanceId": record["InstanceId"],
        "AvailabilityZone": record["Placement"]["AvailabilityZone"],
        "PrivateDnsName": record["PrivateDnsName"],
        "PrivateIp": record["PrivateIpAddress"],
        "PublicDnsName": record["PublicDnsName"],
        "PublicIp": record["PublicIpAddress"],
        "VpcId": record["VpcId"],
        "State.Code": str(record["State"]["Code"]),
        "State.Name": record["State"]["Name"],
    }


def _await(name: str, state: str) -> None:
    deadline = time.monotonic() + WAIT_SECONDS
    while instance_states.state_of(name) not in (state, "terminated", ""):
        if time.monotonic() > deadline:
            raise ValueError(f"instance {name} is {instance_states.state_of(name)} and does not get {state}")
        time.sleep(0.05)
    if instance_states.state_of(name) != state and state != "terminated":
        raise ValueError(f"Instance {name} failed to stabilize. Current state: {instance_states.state_of(name)}")


def _update(name: str, old: Properties, new: Properties, *_stack: str) -> Created:
    record = find(name)
    if record is None:
        raise ValueError(f"The instance ID '{name}' does not exist")
    kept = [tag for tag in _ec2._tags.get(name, []) if tag["Key"] not in tag_map(old)]
    _ec2._tags[name] = [*kept, *({"Key": key, "Value": value} for key, value in tag_map(new).items())]
    profile = new.get("IamInstanceProfile", "")
    if profile != old.get("IamInstanceProfile", ""):
        record["IamInstanceProfile"] = _ec2._resolve_iam_instance_profile(iam_name=profile)[0]
    wanted = {"InstanceType": new.get("InstanceType", record["InstanceType"]), "UserData": new.get("UserData", "")}
    if any(record[key] != value for key, value in wanted.items()):
        _restart(record, wanted)
    return name, _attributes(record)


def _restart(record: Data, changes: dict[str, str]) -> None:
    """Stop an instance, change it, and start it again, as CloudFormation does; user data does not run again."""
    was_running = record["State"]["Name"] == "running"
    if was_running:
        enter(record, "stopping", "Client.UserInitiatedShutdown")
        _await(record["InstanceId"], "stopped")
    record.update(changes)
    if was_running:
        enter(record, "pending")
        _await(record["InstanceId"], "running")


def _delete(name: str, _properties: Properties) -> None:
    instance_states.terminate(name)
    _await(name, "terminated")


def install() -> None:
    """Add the type."""
    register((ResourceType(TYPE, _create, _update, _delete, replacing=_REPLACING),))

    def on_worker_thread(original: Callable[[str], bool]) -> Callable[[str], bool]:
        return lambda name: name == TYPE or original(name)

    # Waiting for an instance must not hold up the emulator's other requests.
    replace(_stacks, "_runs_on_worker_thread", on_worker_thread)
