"""Mistakes that types cannot see; that they are told with line and place beside all others: test_documents.py."""

from __future__ import annotations

from typing import Any

import pytest

from local.image.slips import slips


def of(*steps: dict[str, Any], **more: Any) -> list[str]:
    return [message for _, message in slips({"phases": [{"name": "build", "steps": list(steps)}], **more})]


def bash(name: str, command: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "action": "ExecuteBash", "inputs": {"commands": [command]}, **more}


def test_what_is_there_may_be_referred_to() -> None:
    loop = {"name": "Each", "forEach": ["{{ Given }}"]}
    first, second = bash("First", "{{ loop.index }} {{ Each.value }}", loop=loop), bash("Second", "{{ Fixed }}")
    third = bash("Third", "{{ build.First.outputs.stdout }} {{ build.Second.inputs.commands[0] }}")
    values: dict[str, Any] = {"parameters": [{"Given": {}}], "constants": [{"Fixed": {}}]}
    assert of(first, second, third, **values) == []


@pytest.mark.parametrize(
    ("reference", "told"),
    [
        ("Nobody", "is no parameter"),
        ("build.Later.outputs.stdout", "nothing of an earlier step"),
        ("loop.value", "is no parameter"),
        ("build.First.outputs.content", "ExecuteBash has the outputs stdout"),
        ("build.First.result", "is incomplete"),
    ],
)
def test_a_reference_to_nothing_is_told(reference: str, told: str) -> None:
    (message,) = of(bash("First", "true"), bash("Use", f"{{{{ {reference} }}}}"), bash("Later", "true"))
    assert message.startswith(f"{{{{ {reference} }}}} ")
    assert told in message


@pytest.mark.parametrize("malformed", [{}, {"phases": 1}, {"phases": [1, {"name": 2, "steps": [3, {"name": []}]}]}])
def test_what_only_types_can_tell_is_passed_over(malformed: dict[str, Any]) -> None:
    assert list(slips(malformed)) == []
