"""Which version is newer, by the examples of those who made the rules."""

from __future__ import annotations

import pytest

from slipway.domain.bills import Group
from slipway.engine.bills.ordering import is_newer

NEWER = [
    (Group.SYSTEM, "1.0", "1.0~rc1"),
    (Group.SYSTEM, "1:0.1", "2.0"),
    (Group.SYSTEM, "3.0.13-0ubuntu3.10", "3.0.13-0ubuntu3.9"),
    (Group.SYSTEM, "1.0-1+deb13u1", "1.0-1"),
    (Group.SYSTEM, "1.0+b1", "1.0"),
    (Group.PROXY, "1.10", "1.9"),
    (Group.PROXY, "1.0", "1.0rc1"),
    (Group.HEALTH, "1!0.1", "2026.1"),
    (Group.HEALTH, "1.0.post1", "1.0"),
    (Group.APPLICATION, "0.10.0+0000", "0.9.0+ffff"),
]


@pytest.mark.parametrize(("group", "new", "old"), NEWER)
def test_the_newer_of_two_versions_is_known(group: Group, new: str, old: str) -> None:
    assert is_newer(group, new, old) is True
    assert is_newer(group, old, new) is False


@pytest.mark.parametrize(
    ("group", "new", "old"),
    [
        (Group.SYSTEM, "1.0", "1.0-0"),
        (Group.SYSTEM, "not a version", "1"),
        (Group.SYSTEM, "", "1"),
        (Group.PROXY, "1.0", "1"),
        (Group.PROXY, "weird", "1"),
        (Group.APPLICATION, "0.1.0+ffff", "0.1.0+0000"),
        (Group.SNAP, "2", "1"),
        (Group.OTHER, "2", "1"),
    ],
)
def test_where_the_rules_do_not_say_nobody_guesses(group: Group, new: str, old: str) -> None:
    assert is_newer(group, new, old) is None
