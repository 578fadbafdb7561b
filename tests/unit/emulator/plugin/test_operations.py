"""Checks before a resource is made or changed."""

from __future__ import annotations

from typing import Any

import pytest

from emulator.plugin.operations import before_create, before_update


def refuse(*_arguments: Any) -> None:
    raise ValueError("refused")


def done(*arguments: Any) -> tuple[Any, ...]:
    return arguments


UPDATE = ("AWS::SNS::Topic", "id", {"A": 1}, {"A": 2}, "stack", "Topic", {"Arn": "arn"})


def test_what_is_refused_is_not_done():
    with pytest.raises(ValueError, match="refused"):
        before_create(refuse)(pytest.fail)("AWS::SNS::Topic", "Topic", {}, "stack")
    with pytest.raises(ValueError, match="refused"):
        before_update(refuse)(pytest.fail)(*UPDATE)


def test_what_passes_is_done_as_it_was_asked_for():
    seen: list[tuple[Any, ...]] = []

    assert before_create(lambda *all_: seen.append(all_))(done)("T", "Topic", {}, "stack") == (
        "T",
        "Topic",
        {},
        "stack",
    )
    assert before_update(lambda *all_: seen.append(all_))(done)(*UPDATE) == UPDATE
    assert seen == [("T", "Topic", {}, "stack"), UPDATE[:6]]


def test_what_stays_as_it_is_is_not_checked():
    same = (*UPDATE[:3], UPDATE[2], *UPDATE[4:])

    assert before_update(refuse)(done)(*same) == same
