"""IAM types: what `Ref` gives for an instance profile, and the permissions boundary of a role."""

from __future__ import annotations

from emulator.plugin.borrowed import borrow
from emulator.plugin.resources import Created, Properties, after, amend, rename_physical_ids

_iam = borrow("services.iam", "_instance_profiles", "_roles", "_boundary_policy_error")


def _arn(name: str) -> str:
    profile = _iam._instance_profiles.get(name)
    return str(profile["Arn"]) if profile else name


def _bound(created: Created, properties: Properties) -> Created:
    boundary = properties.get("PermissionsBoundary")
    if boundary and (refusal := _iam._boundary_policy_error(boundary)):
        raise ValueError(refusal[2].decode(errors="replace"))
    _iam._roles[created[0]]["PermissionsBoundary"] = boundary
    return created


def install() -> None:
    """Apply the corrections of this module."""
    rename_physical_ids("AWS::IAM::InstanceProfile", lambda arn, _attributes: arn.rpartition("/")[2], native=_arn)
    amend("AWS::IAM::Role", **after(_bound))
