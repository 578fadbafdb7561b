"""`Fn::GetStackOutput`: what another stack puts out, in this region or in the one that the function names.

The emulator knows the function and looks in the stack's own region only. Unlike an export, an output that is read so
may change and go at any time; who has read it keeps what it was until it is updated itself.
Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-getstackoutput.html
"""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

from emulator.plugin.borrowed import borrow, replace

_cloudformation = borrow("services.cloudformation", "_stacks")
_responses = borrow("core.responses", "get_account_id", "get_region")
_resolvers: tuple[ModuleType, ...] = tuple(
    borrow(f"services.cloudformation.{name}", "_resolve_refs")
    for name in ("engine", "changesets", "handlers", "stacks")
)

Resolve = Callable[..., Any]


def _across_regions(original: Resolve) -> Resolve:
    def resolve(value: Any, *scope: Any, **named: Any) -> Any:
        match value:
            case {"Fn::GetStackOutput": {"StackName": _, "OutputName": _} as wanted} if len(value) == 1:
                return _output(**{key: original(part, *scope, **named) for key, part in wanted.items()})
        return original(value, *scope, **named)

    return resolve


def _output(StackName: str, OutputName: str, Region: str = "", RoleArn: str = "") -> str:  # noqa: N803 - CloudFormation's
    """Return an output's value; a role for another account's stack is not needed here, where all may read all."""
    del RoleArn
    region = Region or _responses.get_region()
    stack = _cloudformation._stacks.get_scoped(_responses.get_account_id(), region, StackName)
    if stack is None or stack["StackStatus"] == "DELETE_COMPLETE":
        raise ValueError(f"Stack '{StackName}' does not exist in {region}, so its output '{OutputName}' cannot be read")
    for output in stack.get("Outputs", []):
        if output["OutputKey"] == OutputName:
            return str(output["OutputValue"])
    raise ValueError(f"Output '{OutputName}' not found in stack '{StackName}' in {region}")


def install() -> None:
    """Apply the corrections of this module wherever the resolver is known by its own name."""
    for module in _resolvers:
        replace(module, "_resolve_refs", _across_regions)
