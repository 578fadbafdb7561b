"""The emulator as the hypervisor sees it: which instances EC2 wants, what they may know, and what became of them.

The hypervisor works in a thread of its own; everything here that touches the emulator's state runs on the emulator's
loop, between two requests.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from emulator.instances.guard import Guard
from emulator.instances.hypervisor import Instance, Machine, Scope
from emulator.instances.local import LocalInstance, Surroundings
from emulator.instances.metadata import Identity, RoleCredentials
from emulator.plugin import balancing, groups, instance_states, interruptions, launching, moments
from emulator.plugin.borrowed import borrow
from emulator.plugin.service_roles import may_assume

_ec2 = borrow("services.ec2", "_instances", "_tags")
_iam = borrow("services.iam", "_lookup_instance_profile")
_sts = borrow("services.sts", "_sessions", "register_session")
_responses = borrow("core.responses", "request_scope")

CREDENTIALS_LIFETIME = timedelta(hours=1)
_RENEW_BEFORE = timedelta(minutes=20)
_guard = Guard(moments.seconds)


class EmulatedCloud:
    """Implements :class:`emulator.instances.hypervisor.Ec2`, and lets the Auto Scaling groups do their work.

    :param surroundings: what all instances have in common.
    :param loop: the emulator's loop.
    :param now: the clock, in UTC.
    :param changed: called when state has changed that has to be saved.
    """

    def __init__(
        self,
        surroundings: Surroundings,
        loop: asyncio.AbstractEventLoop,
        now: Callable[[], datetime],
        changed: Callable[[], None],
    ) -> None:
        self._now = now
        self._surroundings = surroundings
        self._loop = loop
        self._changed = changed

    def tend(self) -> bool:
        """Let groups and interruptions take their next steps; tell whether all instances are as they should be."""

        def work() -> bool:
            if groups.tend_all() + interruptions.carry_out():
                self._changed()
            return groups.are_settled()

        return self._on_loop(work)

    def instances(self) -> list[Instance]:
        """See :class:`emulator.instances.hypervisor.Ec2`."""
        return self._on_loop(_instances)

    def boot(self, instance: Instance) -> Machine:
        """See :class:`emulator.instances.hypervisor.Ec2`."""
        scope, name = instance.scope, instance.instance_id
        identity = self._in_scope(scope, lambda: _identity(scope, name))
        credentials = self._credentials_of(identity, scope)
        return LocalInstance(
            self._surroundings, identity, credentials, lambda: self._in_scope(scope, lambda: _changing(name))
        )

    def entered(self, instance: Instance, state: str, reason: str = "") -> None:
        """See :class:`emulator.instances.hypervisor.Ec2`."""
        self._in_scope(instance.scope, lambda: _enter(instance, state, reason))
        self._changed()

    def begin(self) -> None:
        """Take up the saved state of an earlier run, whose machines have all ended."""
        self._on_loop(_begin)

    def _credentials_of(self, identity: Identity, scope: Scope) -> Callable[[], RoleCredentials | None]:
        held: list[tuple[RoleCredentials, datetime]] = []

        def credentials() -> RoleCredentials | None:
            now = self._now()
            if not held or held[-1][1] - now < _RENEW_BEFORE:
                expires = now + CREDENTIALS_LIFETIME
                fresh = self._in_scope(scope, lambda: _open_session(identity, expires))
                held[:] = [(fresh, expires)] if fresh else []
            return held[-1][0] if held else None

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


def _instances() -> list[Instance]:
    return [
        Instance(Scope(account, region), name, record["State"]["Name"], bool(record.get("Reboots")))
        for (account, region, name), record in list(_ec2._instances.all_items())
        if record.get(launching.HOSTED) and record["State"]["Name"] != "terminated"
    ]


def _enter(instance: Instance, state: str, reason: str) -> None:
    record = instance_states.find(instance.instance_id)
    if record is None:
        return
    record.pop("Reboots", None)
    # What was asked for meanwhile counts: it is done at the next look.
    if record["State"]["Name"] == instance.state:
        instance_states.enter(record, state, reason)
    if record["State"]["Name"] == "terminated":
        balancing.forget(instance.instance_id)
        launching.release(instance.instance_id)
        _close_sessions(instance.scope, instance.instance_id)
        if instance.state == "pending":
            groups.pause(instance.instance_id)


def _begin() -> None:
    """Members of groups make room for others, as after a failure of their machines; other instances are booted again.

    Their disks are gone with the earlier run, so that these boot as new ones.
    """
    groups.forget_members()
    for (account, region, name), record in list(_ec2._instances.all_items()):
        if not record.get(launching.HOSTED):
            continue
        record.pop("Reboots", None)
        _close_sessions(Scope(account, region), name)
        with _responses.request_scope(account, region):
            _guard.attempt(f"restart of {name}", partial(_resume, record), None)


def _resume(record: dict[str, Any]) -> None:
    match record["State"]["Name"]:
        case "pending" | "running":
            instance_states.enter(record, "pending")
        case "stopping":
            instance_states.enter(record, "stopped")
        case "shutting-down":
            instance_states.enter(record, "terminated")


def _identity(scope: Scope, instance_id: str) -> Identity:
    record = _ec2._instances[instance_id]
    launching.readdress(record)
    profile = _iam._lookup_instance_profile("", (record["IamInstanceProfile"] or {}).get("Arn", ""))
    tags = {tag["Key"]: tag["Value"] for tag in _ec2._tags.get(instance_id, [])} if record["MetadataTags"] else {}
    return Identity(
        instance_id=instance_id,
        account=scope.account,
        region=scope.region,
        zone=record["Placement"]["AvailabilityZone"],
        image_id=record["ImageId"],
        instance_type=record["InstanceType"],
        private_address=record["PrivateIpAddress"],
        architecture=record["Architecture"],
        launched=str(record["LaunchTime"]),
        role=profile["Roles"][0] if profile and profile["Roles"] else "",
        profile_arn=profile["Arn"] if profile else "",
        user_data=decoded(record["UserData"]),
        tags=tags,
        market=record.get("InstanceLifecycle", "on-demand"),
    )


def decoded(user_data: str) -> str:
    """Return user data as the script that it is; it travels as base64."""
    try:
        return base64.b64decode(user_data, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return user_data


def _changing(instance_id: str) -> dict[str, str]:
    """Return what an instance's metadata tells that changes during its life."""
    return {**interruptions.documents(instance_id), **groups.documents(instance_id)}


def _open_session(identity: Identity, expires: datetime) -> RoleCredentials | None:
    """Return credentials of an instance's role; none if EC2 may not assume it."""
    if not may_assume("ec2.amazonaws.com", identity.role):
        return None
    credentials = RoleCredentials(
        access_key_id="ASIA" + secrets.token_hex(8).upper(),
        secret_access_key=secrets.token_urlsafe(30),
        session_token=secrets.token_urlsafe(64),
        expiration=expires.strftime("%Y-%m-%dT%H:%M:%SZ"),
    )
    session = {
        "Arn": f"arn:aws:sts::{identity.account}:assumed-role/{identity.role}/{identity.instance_id}",
        "Expiration": expires.timestamp(),
        "UserId": f"{identity.role}:{identity.instance_id}",
        "SecretAccessKey": credentials.secret_access_key,
        "SessionToken": credentials.session_token,
    }
    _sts.register_session(credentials.access_key_id, session)
    return credentials


def _close_sessions(scope: Scope, instance_id: str) -> None:
    """End the sessions of an instance that has ended, so that nobody can go on with its credentials."""
    account, name = f"arn:aws:sts::{scope.account}:assumed-role/", f"/{instance_id}"
    for key, session in list(_sts._sessions.items()):
        arn = str(session.get("Arn", ""))
        if arn.startswith(account) and arn.endswith(name):
            del _sts._sessions[key]
