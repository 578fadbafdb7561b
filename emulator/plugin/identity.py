"""IAM: what `Ref` gives for an instance profile."""

from __future__ import annotations

from emulator.plugin.borrowed import borrow
from emulator.plugin.resources import rename_physical_ids

_iam = borrow("services.iam", "_instance_profiles")


def _arn(name: str) -> str:
    profile = _iam._instance_profiles.get(name)
    return str(profile["Arn"]) if profile else name


def install() -> None:
    """Apply the corrections of this module."""
    rename_physical_ids("AWS::IAM::InstanceProfile", lambda arn, _attributes: arn.rpartition("/")[2], native=_arn)
