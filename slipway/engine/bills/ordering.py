"""Tell the newer of two versions, by the rules of whoever gave them. Guesses nothing.

Debian's rules come from `debian-inspector`, which is free of the conditions of python-debian's licence (GPL), and needs
no dpkg on this machine. https://www.debian.org/doc/debian-policy/ch-controlfields.html#version and
https://packaging.python.org/en/latest/specifications/version-specifiers/
"""

from __future__ import annotations

from debian_inspector import version as debian  # type: ignore[import-untyped]
from packaging.version import InvalidVersion, Version

from slipway.domain.bills import Group


def is_newer(group: Group, new: str, old: str) -> bool | None:
    """Tell whether a version is newer than another of the same part; none where the rules do not say."""
    match group:
        case Group.SYSTEM:
            return _ordered(_debian_order(new, old))
        case Group.PROXY | Group.HEALTH:
            return _ordered(_python_order(new, old))
        case Group.APPLICATION:
            # What stands behind the plus is the hash of the sources, which has no order.
            return _ordered(_python_order(new.partition("+")[0], old.partition("+")[0]))
        case Group.SNAP | Group.OTHER:
            return None


def _ordered(order: int) -> bool | None:
    return order > 0 if order else None


def _debian_order(new: str, old: str) -> int:
    try:
        return int(debian.compare_versions(new, old))
    except ValueError:
        return 0


def _python_order(new: str, old: str) -> int:
    try:
        one, other = Version(new), Version(old)
    except InvalidVersion:
        return 0
    return (one > other) - (one < other)
