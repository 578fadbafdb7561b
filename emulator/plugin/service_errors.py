"""What a service refused stands in a stack's events in AWS's words; the emulator shows the bytes of the answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from emulator.faults.answers import handler_words
from emulator.plugin.borrowed import borrow, replace
from emulator.strict.service_errors import refusal_in

_provisioners = borrow(
    "services.cloudformation.provisioners", "_delete_resource", "_provision_resource", "_update_resource"
)
_stacks = borrow("services.cloudformation.stacks", "_delete_resource", "_provision_resource", "_update_resource")
_responses = borrow("core.responses", "new_uuid")


def _worded(original: Callable[..., Any]) -> Callable[..., Any]:
    def work(type_name: str, *arguments: Any) -> Any:
        try:
            return original(type_name, *arguments)
        except ValueError as error:
            service = type_name.split("::")[1] if type_name.startswith("AWS::") else ""
            refused = refusal_in(str(error), service)
            if refused is None:
                raise
            raise ValueError(handler_words(refused, service.lower(), _responses.new_uuid())) from error

    return work


def install() -> None:
    """Apply the corrections of this module."""
    for module in (_stacks, _provisioners):
        for name in ("_provision_resource", "_update_resource", "_delete_resource"):
            replace(module, name, _worded)
