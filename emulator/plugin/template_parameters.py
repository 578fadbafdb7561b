"""What CloudFormation refuses about parameters: those that a template has not, and values that SSM has not."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from emulator.plugin.borrowed import borrow, replace

_USERS = [
    borrow(f"services.cloudformation.{name}", "_resolve_parameters") for name in ("handlers", "changesets", "engine")
]
_MISSING = re.compile(r"SSM parameter '(?P<name>[^']+)' does not exist")


def install() -> None:
    """Apply the corrections of this module."""
    for module in _USERS:
        replace(module, "_resolve_parameters", _resolving)


def _resolving(original: Callable[..., Any]) -> Callable[..., Any]:
    def resolve(template: dict[str, Any], provided: list[dict[str, Any]], previous: Any = None) -> Any:
        known = template.get("Parameters") or {}
        unknown = sorted({str(each["Key"]) for each in provided if "Key" in each and each["Key"] not in known})
        if unknown:
            raise ValueError(f"Parameters: [{', '.join(unknown)}] do not exist in the template")
        try:
            return original(template, provided, previous)
        except ValueError as error:
            if (missing := _MISSING.search(str(error))) is None:
                raise
            message = f"Unable to fetch parameters [{missing['name']}] from parameter store for this account."
            raise ValueError(message) from error

    return resolve
