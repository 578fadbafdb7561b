"""CloudFormation's words for a template's parameter whose value is an SSM parameter that is not there."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from emulator.plugin.borrowed import borrow, replace

_USERS = [borrow(f"services.cloudformation.{name}", "_resolve_parameters") for name in ("handlers", "changesets")]
_MISSING = re.compile(r"SSM parameter '(?P<name>[^']+)' does not exist")


def install() -> None:
    """Replace the emulator's own words."""
    for module in _USERS:
        replace(module, "_resolve_parameters", _resolving)


def _resolving(original: Callable[..., Any]) -> Callable[..., Any]:
    def resolve(template: dict[str, Any], provided: list[dict[str, Any]], previous: Any = None) -> Any:
        try:
            return original(template, provided, previous)
        except ValueError as error:
            if (missing := _MISSING.search(str(error))) is None:
                raise
            message = f"Unable to fetch parameters [{missing['name']}] from parameter store for this account."
            raise ValueError(message) from error

    return resolve
