"""EC2's calls about instances: launch, stop, start, reboot and terminate real process trees, and tell of them.

A call only says what is wanted; :mod:`emulator.instances.hypervisor` does it.
"""

from __future__ import annotations

import base64
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from emulator.plugin import instance_states, launching, moments
from emulator.plugin.borrowed import borrow, replace
from emulator.plugin.instance_states import enter, find
from emulator.plugin.launching import Data, RefusedError
from emulator.plugin.resources import account

_ec2 = borrow(
    "services.ec2",
    "_ACTION_MAP",
    "_cleanup_terminated",
    "_error",
    "_esc",
    "_instance_xml",
    "_instances",
    "_matches_filters",
    "_p",
    "_parse_lt_data",
    "_parse_member_list",
    "_tags",
    "_xml",
)
_responses = borrow("core.responses", "request_scope")

CONSOLE_BYTES = 64 * 1024
"""As much of the console as AWS keeps."""
VISIBLE_SECONDS = 3600.0
"""How long an instance is shown after its end; AWS says about an hour, of the console too."""
VISIBLE_INSTANCES = 50
"""How many of them at most, so that a group whose instances fail at once does not fill the disk."""

Params = dict[str, Any]
Change = Callable[[Data], None]
_consoles: list[Path] = []


def _run(params: Params) -> Any:
    try:
        records = _repeated(params) or _launch(params)
    except RefusedError as error:
        return _ec2._error(error.code, str(error), 400)
    items = "".join(_ec2._instance_xml(record) for record in records)
    inner = f"<instancesSet>{items}</instancesSet><ownerId>{account()}</ownerId><groupSet/>"
    return _ec2._xml(
        200, "RunInstancesResponse", f"<reservationId>r-{records[0]['InstanceId'][2:]}</reservationId>{inner}"
    )


def _repeated(params: Params) -> list[Data]:
    """Return the instances of an earlier, same request: its token makes it harmless to repeat it."""
    token = _ec2._p(params, "ClientToken")
    return [record for record in _ec2._instances.values() if token and record.get("ClientToken") == token]


def _launch(params: Params) -> list[Data]:
    least, most = int(_ec2._p(params, "MinCount") or 1), int(_ec2._p(params, "MaxCount") or 1)
    if least > most:
        text = f"Value ({least}) for parameter MinCount is not valid. MinCount must not exceed MaxCount."
        raise RefusedError("InvalidParameterCombination", text)
    data, tags = requested(params)
    records: list[Data] = []
    try:
        while len(records) < most:
            records.append(launching.launch(data, subnet=_ec2._p(params, "SubnetId"), tags=tags))
    except RefusedError:
        if len(records) < least:
            for record in records:
                instance_states.terminate(record["InstanceId"])
            raise
    for index, record in enumerate(records):
        record.update(AmiLaunchIndex=index, ClientToken=_ec2._p(params, "ClientToken"))
    return records


def requested(params: Params) -> tuple[Data, dict[str, str]]:
    """Return what RunInstances asks for: its own parameters over those of the launch template, if it names one."""
    prefixed = {f"Request.{key}": value for key, value in params.items()}
    own: Data = _ec2._parse_lt_data(prefixed, "Request")
    names = {
        key: _ec2._p(params, f"LaunchTemplate.{key}") for key in ("LaunchTemplateId", "LaunchTemplateName", "Version")
    }
    if not (names["LaunchTemplateId"] or names["LaunchTemplateName"]):
        return own, {}
    data, template, version = launching.resolve_template(names)
    specified = (data.get("TagSpecifications") or []) + (own.get("TagSpecifications") or [])
    tags = {"aws:ec2launchtemplate:id": template, "aws:ec2launchtemplate:version": str(version)}
    return {**data, **own, "TagSpecifications": specified}, tags


def _changing(
    action: str, allowed: tuple[str, ...], change: Change, harmless: tuple[str, ...]
) -> Callable[[Params], Any]:
    """Return the call that changes instances.

    :param allowed: states from which it may be called.
    :param change: what it does to an instance's record.
    :param harmless: states in which it changes nothing.
    """

    def call(params: Params) -> Any:
        names = _ec2._parse_member_list(params, "InstanceId")
        records = {name: find(name) for name in names}
        for name, record in records.items():
            if record is None:
                return _ec2._error("InvalidInstanceID.NotFound", f"The instance ID '{name}' does not exist", 400)
            state = record["State"]["Name"]
            if state not in allowed + harmless:
                text = f"The instance '{name}' is not in a state from which it can be {action}: it is {state}."
                return _ec2._error("IncorrectInstanceState", text, 400)
        before = {name: dict(record["State"]) for name, record in records.items() if record}
        for record in records.values():
            if record and record["State"]["Name"] in allowed:
                change(record)
        return _changed(action, before)

    return call


def _changed(action: str, before: dict[str, Data]) -> Any:
    if action == "rebooted":
        return _ec2._xml(200, "RebootInstancesResponse", "<return>true</return>")
    items = "".join(
        f"<item><instanceId>{name}</instanceId>{_state_xml('previousState', state)}"
        f"{_state_xml('currentState', _ec2._instances[name]['State'])}</item>"
        for name, state in before.items()
    )
    root = {"stopped": "StopInstancesResponse", "started": "StartInstancesResponse"}
    return _ec2._xml(200, root.get(action, "TerminateInstancesResponse"), f"<instancesSet>{items}</instancesSet>")


def _state_xml(tag: str, state: Data) -> str:
    return f"<{tag}><code>{state['Code']}</code><name>{state['Name']}</name></{tag}>"


def _start(record: Data) -> None:
    record["LaunchTime"] = moments.text()
    enter(record, "pending")


def _reboot(record: Data) -> None:
    record["Reboots"] = True


_USER = "Client.UserInitiatedShutdown"
_CHANGES = {
    "StopInstances": (
        "stopped",
        ("pending", "running"),
        lambda record: enter(record, "stopping", _USER),
        ("stopping", "stopped"),
    ),
    "StartInstances": ("started", ("stopped",), _start, ("pending", "running")),
    "RebootInstances": ("rebooted", ("pending", "running"), _reboot, ()),
    "TerminateInstances": (
        "terminated",
        ("pending", "running", "stopping", "stopped"),
        lambda record: enter(record, "shutting-down", _USER),
        ("shutting-down", "terminated"),
    ),
}


def _console_output(consoles: Path) -> Callable[[Params], Any]:
    def get(params: Params) -> Any:
        name = _ec2._p(params, "InstanceId")
        if find(name) is None:
            return _ec2._error("InvalidInstanceID.NotFound", f"The instance ID '{name}' does not exist", 400)
        console = consoles / name / "console.log"
        text = console.read_bytes()[-CONSOLE_BYTES:] if console.exists() else b""
        shown = f"<instanceId>{name}</instanceId><timestamp>{moments.text()}</timestamp>"
        return _ec2._xml(200, "GetConsoleOutputResponse", f"{shown}<output>{base64.b64encode(text).decode()}</output>")

    return get


def _attribute(original: Callable[[Params], Any]) -> Callable[[Params], Any]:
    def describe(params: Params) -> Any:
        record = find(_ec2._p(params, "InstanceId"))
        if record is None or _ec2._p(params, "Attribute") != "userData":
            return original(params)
        value = f"<value>{_ec2._esc(record['UserData'])}</value>" if record["UserData"] else ""
        shown = f"<instanceId>{record['InstanceId']}</instanceId><userData>{value}</userData>"
        return _ec2._xml(200, "DescribeInstanceAttributeResponse", shown)

    return describe


def _instance_xml(original: Callable[[Data], str]) -> Callable[[Data], str]:
    def shown(record: Data) -> str:
        tags = "enabled" if record.get("MetadataTags") else "disabled"
        more = (
            "<metadataOptions><state>applied</state><httpTokens>required</httpTokens><httpEndpoint>enabled</httpEndpoint>"
            f"<instanceMetadataTags>{tags}</instanceMetadataTags></metadataOptions>"
        )
        if record.get("InstanceLifecycle"):
            more += f"<instanceLifecycle>{record['InstanceLifecycle']}</instanceLifecycle>"
            more += f"<spotInstanceRequestId>{record['SpotInstanceRequestId']}</spotInstanceRequestId>"
        if record.get("ClientToken"):
            more += f"<clientToken>{_ec2._esc(record['ClientToken'])}</clientToken>"
        more += f"<reason>{_ec2._esc(record.get('StateTransitionReason', ''))}</reason>"
        if record.get("StateReason"):
            why = record["StateReason"]
            more += (
                f"<stateReason><code>{why['Code']}</code><message>{_ec2._esc(why['Message'])}</message></stateReason>"
            )
        text = original(record).rstrip().removesuffix("</item>").replace("<ipAddress></ipAddress>", "")
        return f"{text}{more}</item>"

    return shown


_FILTERS: dict[str, Callable[[Data], object]] = {
    "instance-id": lambda record: record["InstanceId"],
    "instance-lifecycle": lambda record: record.get("InstanceLifecycle"),
    "availability-zone": lambda record: record["Placement"]["AvailabilityZone"],
    "private-ip-address": lambda record: record["PrivateIpAddress"],
    "subnet-id": lambda record: record["SubnetId"],
    "vpc-id": lambda record: record["VpcId"],
}
"""What the emulator does not filter by itself."""


def _matching(original: Callable[[Data, dict[str, list[str]]], bool]) -> Callable[[Data, dict[str, list[str]]], bool]:
    def matches(record: Data, filters: dict[str, list[str]]) -> bool:
        own = [(read(record), filters[name]) for name, read in _FILTERS.items() if name in filters]
        return all(value in wanted for value, wanted in own) and original(record, filters)

    return matches


def _describe_status(params: Params) -> Any:
    names = _ec2._parse_member_list(params, "InstanceId")
    for name in names:
        if find(name) is None:
            return _ec2._error("InvalidInstanceID.NotFound", f"The instance ID '{name}' does not exist", 400)
    every = _ec2._p(params, "IncludeAllInstances").lower() == "true"
    shown = [
        _status_xml(record)
        for name, record in list(_ec2._instances.items())
        if (not names or name in names) and (every or record["State"]["Name"] == "running")
    ]
    items = "".join(shown)
    return _ec2._xml(200, "DescribeInstanceStatusResponse", f"<instanceStatusSet>{items}</instanceStatusSet>")


def _status_xml(record: Data) -> str:
    runs = record["State"]["Name"] == "running"
    details = "<details><item><name>reachability</name><status>passed</status></item></details>" if runs else ""
    status = f"<status>{'ok' if runs else 'not-applicable'}</status>{details}"
    return (
        f"<item><instanceId>{record['InstanceId']}</instanceId>"
        f"<availabilityZone>{record['Placement']['AvailabilityZone']}</availabilityZone>"
        f"{_state_xml('instanceState', record['State'])}"
        f"<systemStatus>{status}</systemStatus><instanceStatus>{status}</instanceStatus></item>"
    )


def forget_old() -> None:
    """Drop instances that ended long ago, of all accounts and regions, with their disks."""
    ended: dict[tuple[str, str], list[Data]] = {}
    for (owner, region, _name), record in list(_ec2._instances.all_items()):
        if record["State"]["Name"] == "terminated":
            ended.setdefault((owner, region), []).append(record)
    for scope, records in ended.items():
        with _responses.request_scope(*scope):
            for record in _too_old(records):
                _forget(record["InstanceId"])


def _too_old(ended: list[Data]) -> list[Data]:
    newest = sorted(ended, key=lambda record: record.get("_terminated_at", 0.0), reverse=True)
    limit = moments.seconds() - VISIBLE_SECONDS
    return newest[VISIBLE_INSTANCES:] + [
        record for record in newest[:VISIBLE_INSTANCES] if record.get("_terminated_at", 0.0) < limit
    ]


def _forget(instance_id: str) -> None:
    _ec2._instances.pop(instance_id, None)
    _ec2._tags.pop(instance_id, None)
    for folder in _consoles:
        shutil.rmtree(folder / instance_id, ignore_errors=True)


def install(consoles: Path) -> None:
    """Put these calls in place of the emulator's own.

    :param consoles: folder with the root folders of instances, named after them.
    """
    _consoles[:] = [consoles]
    _ec2._ACTION_MAP["RunInstances"] = _run
    for action, (done, allowed, change, harmless) in _CHANGES.items():
        _ec2._ACTION_MAP[action] = _changing(done, allowed, change, harmless)
    _ec2._ACTION_MAP["GetConsoleOutput"] = _console_output(consoles)
    _ec2._ACTION_MAP["DescribeInstanceStatus"] = _describe_status
    _ec2._ACTION_MAP["DescribeInstanceAttribute"] = _attribute(_ec2._ACTION_MAP["DescribeInstanceAttribute"])
    replace(_ec2, "_instance_xml", _instance_xml)
    replace(_ec2, "_matches_filters", _matching)
    replace(_ec2, "_cleanup_terminated", lambda _original: forget_old)
