"""The emulator as the fleet of local instances sees it: which groups there are, and where to tell what became of them.

The fleet works in a thread of its own; everything here that touches the emulator's state runs on the emulator's loop,
between two requests.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import itertools
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from emulator.balancer.health import Health
from emulator.instances.addresses import reserve
from emulator.instances.fleet import Group, Member, Scope, TargetGroup
from emulator.instances.local import LocalInstance, Surroundings
from emulator.instances.metadata import Identity, RoleCredentials
from emulator.plugin import balancing
from emulator.plugin.borrowed import borrow

_asg = borrow("services.autoscaling", "_asgs")
_alb = borrow("services.alb", "_tgs")
_ec2 = borrow(
    "services.ec2",
    "_images",
    "_instances",
    "_launch_instances_internal",
    "_resolve_iam_instance_profile",
    "_resolve_launch_template_data",
    "_subnets",
    "_tags",
    "_terminate_instances",
    "_volumes",
)
_iam = borrow("services.iam", "_lookup_instance_profile")
_sts = borrow("services.sts", "register_session")
_responses = borrow("core.responses", "request_scope")

CREDENTIALS_LIFETIME = timedelta(hours=1)
_RENEW_BEFORE = timedelta(minutes=20)


@dataclass(frozen=True)
class _Template:
    identifier: str
    version: int
    data: dict[str, Any]


class EmulatedCloud:
    """Implements :class:`emulator.instances.fleet.Cloud`.

    :param surroundings: what all instances have in common.
    :param loop: the emulator's loop.
    :param now: the clock, in UTC.
    """

    def __init__(
        self, surroundings: Surroundings, loop: asyncio.AbstractEventLoop, now: Callable[[], datetime]
    ) -> None:
        self._now = now
        self._surroundings = surroundings
        self._loop = loop
        self._turn = itertools.count()
        self._addresses: dict[str, Any] = {}

    def groups(self) -> list[Group]:
        """See :class:`emulator.instances.fleet.Cloud`."""
        return self._on_loop(_groups)

    def launch(self, group: Group) -> Member:
        """See :class:`emulator.instances.fleet.Cloud`."""
        address = reserve()
        try:
            identity = self._in_scope(group.scope, lambda: _register(group, address.text, next(self._turn)))
            running = LocalInstance(self._surroundings, identity, self._credentials_of(identity, group.scope))
            self._addresses[identity.instance_id] = address
        except BaseException:
            address.release()
            raise
        return Member(
            instance_id=identity.instance_id,
            address=address.text,
            group=group.name,
            scope=group.scope,
            template=group.template,
            launched=time.monotonic(),
            running=running,
        )

    def register(self, group: Group, members: list[Member]) -> None:
        """See :class:`emulator.instances.fleet.Cloud`."""
        self._in_scope(group.scope, lambda: _register_targets(group, members))

    def health(self, group: Group, member: Member) -> list[Health]:
        """See :class:`emulator.instances.fleet.Cloud`."""
        arns = [target.arn for target in group.target_groups]
        return self._in_scope(group.scope, lambda: [balancing.health(arn, member.instance_id) for arn in arns])

    def publish(self, group: Group, members: list[Member]) -> None:
        """See :class:`emulator.instances.fleet.Cloud`."""
        self._in_scope(group.scope, lambda: _publish(group, members))

    def forget(self, member: Member) -> None:
        """See :class:`emulator.instances.fleet.Cloud`."""
        self._in_scope(member.scope, lambda: _unregister(member.instance_id))
        self._addresses.pop(member.instance_id).release()

    def ended_by_user(self, member: Member) -> bool:
        """See :class:`emulator.instances.fleet.Cloud`."""
        return self._in_scope(member.scope, lambda: not _is_running(member.instance_id))

    def forget_earlier_runs(self) -> None:
        """Make known that all instances that the saved state still holds are gone."""
        self._on_loop(_forget_earlier_runs)

    def _credentials_of(self, identity: Identity, scope: Scope) -> Callable[[], RoleCredentials]:
        held: list[tuple[RoleCredentials, datetime]] = []

        def credentials() -> RoleCredentials:
            now = self._now()
            if not held or held[-1][1] - now < _RENEW_BEFORE:
                expires = now + CREDENTIALS_LIFETIME
                fresh = self._in_scope(scope, lambda: _open_session(identity, expires))
                held[:] = [(fresh, expires)]
            return held[-1][0]

        return credentials

    def _on_loop[T](self, function: Callable[[], T]) -> T:
        async def call() -> T:
            return function()

        return asyncio.run_coroutine_threadsafe(call(), self._loop).result(timeout=30)

    def _in_scope[T](self, scope: Scope, function: Callable[[], T]) -> T:
        def scoped() -> T:
            with _responses.request_scope(scope.account, scope.region):
                return function()

        return self._on_loop(scoped)


def _forget_earlier_runs() -> None:
    for (account, region, _name), group in _asg._asgs.all_items():
        with _responses.request_scope(account, region):
            for instance in group["Instances"]:
                _unregister(instance["InstanceId"])
        group["Instances"] = []


def _groups() -> list[Group]:
    found = []
    for (account, region, name), record in _asg._asgs.all_items():
        with _responses.request_scope(account, region):
            template = _template_of(record)
            if template is not None:
                found.append(_group(Scope(account, region), name, record, template))
    return found


def _group(scope: Scope, name: str, record: dict[str, Any], template: _Template) -> Group:
    refreshes = record.get("InstanceRefreshes") or [{}]
    uses_balancer = record["HealthCheckType"] == "ELB"
    targets = [_alb._tgs[arn] for arn in record.get("TargetGroupARNs", []) if arn in _alb._tgs]
    return Group(
        scope=scope,
        name=name,
        template=f"{template.identifier} {template.version} {refreshes[0].get('InstanceRefreshId', '')}",
        desired=record["DesiredCapacity"],
        target_groups=tuple(TargetGroup(target["TargetGroupArn"], target["Port"]) for target in targets),
        grace_seconds=float(record["HealthCheckGracePeriod"]) if uses_balancer else None,
    )


def _template_of(record: dict[str, Any]) -> _Template | None:
    data, template, _error = _ec2._resolve_launch_template_data(record.get("LaunchTemplate") or {})
    if template is None:
        return None
    wanted = str(record["LaunchTemplate"].get("Version") or "$Default")
    named = {"$Default": template["DefaultVersionNumber"], "$Latest": template["LatestVersionNumber"]}
    return _Template(template["LaunchTemplateId"], int(named.get(wanted, wanted)), data)


def _register(group: Group, address: str, turn: int) -> Identity:
    """Make an instance known to EC2 and return who it is."""
    record = _asg._asgs[group.name]
    template = _template_of(record)
    data = template.data if template else {}
    subnets = [subnet for subnet in record["VPCZoneIdentifier"].split(",") if subnet]
    subnet = subnets[turn % len(subnets)] if subnets else ""
    zone = _ec2._subnets.get(subnet, {}).get("AvailabilityZone") or f"{group.scope.region}a"
    profile = _profile(data)
    instance = _ec2._launch_instances_internal(
        data.get("ImageId", "ami-00000000"),
        data.get("InstanceType", "t3.micro"),
        subnet,
        1,
        user_data=data.get("UserData", ""),
        sg_ids=_security_groups(data),
        requested_private_ip=address,
        iam_profile=_ec2._resolve_iam_instance_profile(iam_arn=profile["Arn"])[0] if profile else None,
    )[0]
    architecture = _ec2._images.get(instance["ImageId"], {}).get("Architecture", "x86_64")
    # It can be reached at its loopback address, and at no other.
    instance.update(PublicIpAddress="", PublicDnsName="", Architecture=architecture)
    instance["Placement"]["AvailabilityZone"] = zone
    tags = _instance_tags(group, record, template)
    _ec2._tags[instance["InstanceId"]] = [{"Key": key, "Value": value} for key, value in tags.items()]
    return Identity(
        instance_id=instance["InstanceId"],
        account=group.scope.account,
        region=group.scope.region,
        zone=zone,
        image_id=instance["ImageId"],
        instance_type=instance["InstanceType"],
        private_address=address,
        architecture=architecture,
        launched=str(instance["LaunchTime"]),
        role=profile["Roles"][0] if profile and profile["Roles"] else "",
        profile_arn=profile["Arn"] if profile else "",
        user_data=decoded(data.get("UserData", "")),
        tags=tags,
    )


def decoded(user_data: str) -> str:
    """Return user data as the script that it is; it travels as base64."""
    try:
        return base64.b64decode(user_data, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return user_data


def _profile(data: dict[str, Any]) -> dict[str, Any] | None:
    wanted = data.get("IamInstanceProfile", {})
    found: dict[str, Any] | None = _iam._lookup_instance_profile(wanted.get("Name", ""), wanted.get("Arn", ""))
    return found


def _security_groups(data: dict[str, Any]) -> list[str]:
    interfaces = data.get("NetworkInterfaces", [])
    return data.get("SecurityGroupIds") or [name for face in interfaces for name in face.get("Groups", [])]


def _instance_tags(group: Group, record: dict[str, Any], template: _Template | None) -> dict[str, str]:
    tags = {tag["Key"]: tag["Value"] for tag in record["Tags"] if tag.get("PropagateAtLaunch")}
    for specification in template.data.get("TagSpecifications", []) if template else []:
        if specification.get("ResourceType") == "instance":
            tags |= {tag["Key"]: str(tag["Value"]) for tag in specification.get("Tags", [])}
    tags["aws:autoscaling:groupName"] = group.name
    if template:
        tags["aws:ec2launchtemplate:id"] = template.identifier
        tags["aws:ec2launchtemplate:version"] = str(template.version)
    return tags


def _register_targets(group: Group, members: list[Member]) -> None:
    for target in group.target_groups:
        for member in members:
            balancing.register(target.arn, member.instance_id, target.port)


def _publish(group: Group, members: list[Member]) -> None:
    record = _asg._asgs.get(group.name)
    if record is None:
        return
    record["Instances"] = [_shown(record, member) for member in members]
    _finish_refresh(group, record, members)


def _shown(record: dict[str, Any], member: Member) -> dict[str, Any]:
    instance = _ec2._instances[member.instance_id]
    template = dict(record["LaunchTemplate"])
    template["Version"] = member.template.split(" ")[1]
    unhealthy = any(health.state == "unhealthy" for health in member.health)
    return {
        "InstanceId": member.instance_id,
        "LifecycleState": "InService" if member.in_service else "Pending",
        "HealthStatus": "Unhealthy" if unhealthy else "Healthy",
        "AvailabilityZone": instance["Placement"]["AvailabilityZone"],
        "ProtectedFromScaleIn": record["NewInstancesProtectedFromScaleIn"],
        "LaunchTemplate": template,
        "LaunchConfigurationName": "",
    }


def _finish_refresh(group: Group, record: dict[str, Any], members: list[Member]) -> None:
    current = [member for member in members if member.template == group.template and member.in_service]
    if len(current) != len(members) or len(current) < group.desired:
        return
    for refresh in record.get("InstanceRefreshes", []):
        if refresh["Status"] == "InProgress":
            refresh.update(Status="Successful", StatusReason="Refresh completed", PercentageComplete=100)


def _is_running(instance_id: str) -> bool:
    record = _ec2._instances.get(instance_id)
    return record is not None and record["State"]["Name"] == "running"


def _unregister(instance_id: str) -> None:
    record = _ec2._instances.get(instance_id)
    if record is not None:
        _ec2._terminate_instances({"InstanceId.1": [instance_id]})
        for device in record.get("BlockDeviceMappings", []):
            _ec2._volumes.pop(device["Ebs"]["VolumeId"], None)
    balancing.forget(instance_id)


def _open_session(identity: Identity, expires: datetime) -> RoleCredentials:
    credentials = RoleCredentials(
        access_key_id="ASIA" + secrets.token_hex(8).upper(),
        secret_access_key=secrets.token_urlsafe(30),
        session_token=secrets.token_urlsafe(64),
        expiration=expires.strftime("%Y-%m-%dT%H:%M:%SZ"),
    )
    session = {
        "Arn": f"arn:aws:sts::{identity.account}:assumed-role/{identity.role}/{identity.instance_id}",
        "UserId": f"{identity.role}:{identity.instance_id}",
        "SecretAccessKey": credentials.secret_access_key,
        "SessionToken": credentials.session_token,
    }
    _sts.register_session(credentials.access_key_id, session)
    return credentials
