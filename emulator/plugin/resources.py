"""How to add a CloudFormation resource type to the emulator, or correct one.

A new type is one :class:`ResourceType` in the table of its area's module. A correction wraps the handlers that are
there already (:func:`amend`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from emulator.plugin.borrowed import borrow

_cfn = borrow(
    "services.cloudformation.provisioners",
    "_RESOURCE_HANDLERS",
    "_REPLACING_PROPERTIES",
    "_STACK_TAG_PROPERTY",
    "_physical_name",
    "_tag_map",
)
_responses = borrow("core.responses", "get_account_id", "get_region")

Properties = dict[str, Any]
Attributes = dict[str, Any]
Created = tuple[str, Attributes]
"""Physical id (what `Ref` gives) and what `Fn::GetAtt` gives."""

Create = Callable[[str, Properties, str], Created]
"""Gets logical id, properties and stack name."""

Update = Callable[[str, Properties, Properties, str], Created]
"""Gets physical id, old properties, new properties and stack name."""

Delete = Callable[[str, Properties], None]
"""Gets physical id and properties."""


@dataclass(frozen=True)
class ResourceType:
    """One CloudFormation resource type.

    :param name: for example `AWS::EC2::EIP`.
    :param create: makes the resource.
    :param update: changes it in place.
    :param delete: removes it; must not mind that it is gone.
    :param replacing: properties whose change makes a new resource.
    :param tags: how its `Tags` property looks, or None where it has none.
    """

    name: str
    create: Create
    update: Update
    delete: Delete
    replacing: tuple[str, ...] = ()
    tags: Literal["list", "map"] | None = "list"


def register(types: tuple[ResourceType, ...]) -> None:
    """Add resource types to the emulator."""
    for resource in types:
        _cfn._RESOURCE_HANDLERS[resource.name] = {
            "create": resource.create,
            "update": resource.update,
            "delete": resource.delete,
        }
        _cfn._REPLACING_PROPERTIES[resource.name] = resource.replacing
        if resource.tags:
            _cfn._STACK_TAG_PROPERTY[resource.name] = ("Tags", resource.tags)


def amend(
    type_name: str,
    *,
    create: Callable[[Create], Create] | None = None,
    update: Callable[[Callable[..., Created]], Callable[..., Created]] | None = None,
    delete: Callable[[Delete], Delete] | None = None,
) -> None:
    """Wrap handlers that a type has already; each argument gets the original and returns the wrapped one."""
    handlers = _cfn._RESOURCE_HANDLERS[type_name]
    for key, wrap in (("create", create), ("update", update), ("delete", delete)):
        if wrap is not None:
            handlers[key] = wrap(handlers[key])


def after(step: Callable[[Created, Properties], Created]) -> dict[str, Any]:
    """Return the arguments for :func:`amend` that let a step finish each create and each update.

    :param step: gets what the original handler returned and the new properties, returns what to report instead.
    """

    def wrap_create(original: Create) -> Create:
        return lambda logical_id, properties, stack: step(original(logical_id, properties, stack), properties)

    def wrap_update(original: Callable[..., Created]) -> Callable[..., Created]:
        def update(physical_id: str, old: Properties, new: Properties, *rest: Any) -> Created:
            return step(original(physical_id, old, new, *rest), new)

        return update

    return {"create": wrap_create, "update": wrap_update}


def rename_physical_ids(type_name: str, shown: Callable[[str, Attributes], str], native: Callable[[str], str]) -> None:
    """Have `Ref` of a type give another id than the emulator's own.

    :param shown: gets the emulator's id and the attributes, returns what `Ref` gives on AWS.
    :param native: the way back.
    """

    def outward(created: Created, _properties: Properties) -> Created:
        physical_id, attributes = created
        return shown(physical_id, attributes), attributes

    def inward_update(original: Callable[..., Created]) -> Callable[..., Created]:
        return lambda physical_id, *rest: original(native(physical_id), *rest)

    def inward_delete(original: Delete) -> Delete:
        return lambda physical_id, properties: original(native(physical_id), properties)

    amend(type_name, update=inward_update, delete=inward_delete)
    amend(type_name, **after(outward))


def physical_name(stack: str, logical_id: str, limit: int = 128) -> str:
    """Return the name that CloudFormation gives to a resource whose template names none."""
    return str(_cfn._physical_name(stack, logical_id, max_len=limit))


def tag_map(properties: Properties) -> dict[str, str]:
    """Return the `Tags` property, list or map, as a map."""
    tags: dict[str, str] = _cfn._tag_map(properties.get("Tags"))
    return tags


def account() -> str:
    """Return the account id of the request at hand."""
    return str(_responses.get_account_id())


def region() -> str:
    """Return the region of the request at hand."""
    return str(_responses.get_region())


def unique_hex(*parts: str, length: int = 17) -> str:
    """Return hexadecimal digits that look like those in an AWS id, the same for the same parts."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:length]


def expect_success(resource: str, response: tuple[int, Mapping[str, str], bytes]) -> bytes:
    """Return the body of an in-process API response.

    :raises ValueError: if the call failed; CloudFormation shows the text.
    """
    status, _headers, body = response
    if status >= 400:
        raise ValueError(f"{resource}: {body.decode(errors='replace')}")
    return body
