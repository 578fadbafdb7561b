"""From what CloudFormation is to do with a resource to the actions that this needs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from emulator.rights.resource_types import CUSTOM, RIGHTS, Rights

Properties = Mapping[str, object]
Operation = Literal["create", "update", "delete"]

TAG_PROPERTIES = frozenset({"Tags", "HostedZoneTags"})
_NAME = re.compile(r"{(\w+)}")
_READING = re.compile(
    r"\w+:(Get|List|Describe|Head|Batch|Search)|iam:PassRole|iam:CreateServiceLinkedRole|kms:|\w+:Tag"
)


@dataclass(frozen=True)
class Need:
    """One action that somebody must be allowed.

    :param action: for example `s3:CreateBucket`.
    :param resource: ARN, or `*`.
    :param context: condition keys and their values.
    """

    action: str
    resource: str
    context: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Subject:
    """The resource that an operation is about.

    :param type_name: for example `AWS::S3::Bucket`.
    :param identifier: its physical id, or None while there is none.
    :param name: what CloudFormation calls it where the template does not.
    :param account: id of the account.
    :param region: of the stack.
    """

    type_name: str
    identifier: str | None
    name: str
    account: str
    region: str


def needs(subject: Subject, operation: Operation, before: Properties, after: Properties) -> list[Need]:
    """Return what an operation needs, without repetition; nothing for a type that is not in the table.

    :param before: properties so far; empty for `create`.
    :param after: properties to be; empty for `delete`.
    """
    rights = rights_of(subject.type_name)
    if rights is None:
        return []
    properties = after or before
    context = _role_context(subject, properties)
    return list(
        dict.fromkeys(
            Need(action, resource, context)
            for entry in _entries(rights, operation, before, after)
            for action, resource in _checked(entry, rights, subject, properties)
        )
    )


def rights_of(type_name: str) -> Rights | None:
    """Return the rights of a type, or None if the table does not know it."""
    return CUSTOM if type_name.startswith("Custom::") else RIGHTS.get(type_name)


def decisive_action(permissions: Iterable[str]) -> str | None:
    """Return the first action of a registry handler that does more than read, for types that the table lacks."""
    return next((action for action in permissions if not _READING.match(action)), None)


def passed(subject: Subject, before: Properties, after: Properties) -> list[tuple[object, str]]:
    """Return what names the roles that an operation hands on, and the service that gets them.

    Each is the value of a property: an ARN, a name, a list of them, or a description of a launch template.
    """
    rights = rights_of(subject.type_name)
    return [
        (after[name], service)
        for name, service in (rights.passes if rights else {}).items()
        if after.get(name) and after[name] != before.get(name)
    ]


def _entries(rights: Rights, operation: Operation, before: Properties, after: Properties) -> Iterator[str]:
    if operation == "delete":
        yield rights.delete
        return
    if operation == "create":
        yield rights.create
    for name in after.keys() | before.keys():
        if after.get(name) == before.get(name):
            continue
        if name in TAG_PROPERTIES:
            yield rights.tag
        elif name in rights.sets:
            yield rights.sets[name]
        elif operation == "update":
            yield rights.changes.get(name, rights.change)


def _checked(entry: str, rights: Rights, subject: Subject, properties: Properties) -> Iterator[tuple[str, str]]:
    action, _, resource = entry.partition(" ")
    if action:
        for arn in arns(resource or rights.resource, _values(rights, subject, properties)):
            yield action, arn


def _values(rights: Rights, subject: Subject, properties: Properties) -> dict[str, object]:
    name = subject.identifier or properties.get(rights.name) or subject.name
    # Of all types only those of IAM have a path; it stands before the name.
    path = str(properties.get("Path", "/")) if subject.type_name.startswith("AWS::IAM::") else "/"
    return {
        **properties,
        "id": subject.identifier or "*",
        "name": f"{path.removeprefix('/')}{name}",
        "region": subject.region,
        "account": subject.account,
    }


def arns(pattern: str, values: Mapping[str, object]) -> list[str]:
    """Return the resources that a pattern means; a value that is an ARN itself stands for the whole.

    >>> arns("arn:aws:s3:::{Bucket}", {"Bucket": "pages"})
    ['arn:aws:s3:::pages']
    """
    found = [pattern]
    for name in _NAME.findall(pattern):
        value = values.get(name, "*")
        found = [
            _filled(arn, name, str(each)) for arn in found for each in (value if isinstance(value, list) else [value])
        ]
    return found


def _filled(arn: str, name: str, value: str) -> str:
    if value.startswith("arn:"):
        return value
    # Names of parameters begin with the slash that the pattern has already; an address stands without its scheme.
    bare = value.removeprefix("https://").removeprefix("/")
    return arn.replace(f"{{{name}}}", bare if f"/{{{name}}}" in arn else value)


def _role_context(subject: Subject, properties: Properties) -> tuple[tuple[str, str], ...]:
    boundary = properties.get("PermissionsBoundary")
    if subject.type_name == "AWS::IAM::Role" and isinstance(boundary, str):
        return (("iam:PermissionsBoundary", boundary),)
    return ()
