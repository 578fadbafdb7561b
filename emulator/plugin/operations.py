"""What stands before CloudFormation's work on one resource: checks that may refuse it.

A check raises `ValueError` with the reason that the resource's event shows; then nothing is made or changed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Properties = dict[str, Any]
Wrap = Callable[[Callable[..., Any]], Callable[..., Any]]


def before_create(check: Callable[[str, str, Properties, str], None]) -> Wrap:
    """Return what wraps the emulator's function that makes a resource.

    :param check: gets type, logical id, properties and stack.
    """

    def wrap(original: Callable[..., Any]) -> Callable[..., Any]:
        def create(type_name: str, logical_id: str, properties: Properties, stack: str) -> Any:
            check(type_name, logical_id, properties, stack)
            return original(type_name, logical_id, properties, stack)

        return create

    return wrap


def before_update(check: Callable[[str, str, Properties, Properties, str, str], None]) -> Wrap:
    """Return what wraps the emulator's function that changes a resource; it is called for what stays as it is, too.

    :param check: gets type, physical id, properties so far and to be, stack and logical id; only where they differ.
    """

    def wrap(original: Callable[..., Any]) -> Callable[..., Any]:
        def update(
            type_name: str, identifier: str, before: Properties, after: Properties, stack: str, logical_id: str,
            *rest: Any,
        ) -> Any:  # fmt: skip
            if before != after:
                check(type_name, identifier, before, after, stack, logical_id)
            return original(type_name, identifier, before, after, stack, logical_id, *rest)

        return update

    return wrap
