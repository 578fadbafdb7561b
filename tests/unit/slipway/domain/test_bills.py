"""A change is of something, and everything else about it is tested where bills are compared."""

from __future__ import annotations

import pytest

from slipway.domain.bills import Change, Group, Kind, Part

PART = Part(Group.SYSTEM, "a", "1")


def test_a_change_is_of_the_part_as_it_is_now_or_was_last() -> None:
    newer = Part(Group.SYSTEM, "a", "2")

    assert Change(Kind.UPGRADED, PART, newer).part is newer
    assert Change(Kind.WENT, PART, None).part is PART
    with pytest.raises(ValueError, match="there before or is there now"):
        _ = Change(Kind.CHANGED, None, None).part
