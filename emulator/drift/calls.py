"""What one call of a service tells of a resource, and how."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Read:
    """One call.

    :param service: name of the service in boto3.
    :param operation: method of its client.
    :param parameters: arguments; `{id}` is the physical id, and any property of the template may be named.
    :param member: JMESPath expression for the resource in the answer; may name the same as the parameters.
    :param properties: by property, the expression for it in the resource.
    :param optional: whether an answer that there is no such thing means only that these properties are not set.
    """

    service: str
    operation: str
    parameters: Mapping[str, object]
    member: str
    properties: Mapping[str, str]
    optional: bool = False


def same(*names: str, **others: str) -> dict[str, str]:
    """Return the expressions that take members under their own names, and others from elsewhere."""
    return {name: name for name in names} | others


TAGS = same("Tags")
