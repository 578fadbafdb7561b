"""Which actions of AWS a part of our code needs, read out of its source: the calls of boto3's clients that it makes.

It reads calls as people write them, `client("s3")` and `store.put_object(…)`. A client of a service that no call is
found for, or of which the name is computed, is an error, so that a new way of writing them cannot hide anything.
"""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterable, Iterator

import botocore.session
from botocore import xform_name
from botocore.model import ServiceModel

from tests.architecture.repository import files, imports, module, tree

_SESSION = botocore.session.get_session()
_SERVICES = frozenset(_SESSION.get_available_services())

PREFIXES = {"elbv2": "elasticloadbalancing", "cloudwatch": "cloudwatch"}
"""Services whose actions begin otherwise than their signatures are named."""

ACTIONS = {
    "s3:CompleteMultipartUpload": ("s3:PutObject",),
    "s3:CopyObject": ("s3:GetObject", "s3:PutObject"),
    "s3:CreateMultipartUpload": ("s3:PutObject",),
    "s3:DeleteObjects": ("s3:DeleteObject",),
    "s3:HeadBucket": ("s3:ListBucket",),
    "s3:HeadObject": ("s3:GetObject",),
    "s3:ListObjects": ("s3:ListBucket",),
    "s3:ListObjectsV2": ("s3:ListBucket",),
    "s3:UploadPart": ("s3:PutObject",),
    "secretsmanager:BatchGetSecretValue": ("secretsmanager:BatchGetSecretValue", "secretsmanager:GetSecretValue"),
}
"""Operations whose action has another name. Source: the Service Authorization Reference."""

TRANSFERS = {
    "download_file": ("s3:GetObject",),
    "download_fileobj": ("s3:GetObject",),
    "upload_file": ("s3:PutObject",),
    "upload_fileobj": ("s3:PutObject",),
}
"""Methods of boto3's S3 client that are no operations."""

SIGNED_CALLS = {"lambda": ("lambda:InvokeFunction", "lambda:InvokeFunctionUrl")}
"""What a request needs that our code signs itself, by the service that it signs for: URLs of functions need both."""


class UnreadableError(Exception):
    """A call of AWS is written in a way that cannot be read; the message says where, and how to write it."""


def actions_of(names: Iterable[str]) -> frozenset[str]:
    """Return the actions that the calls in files need.

    :param names: paths from the root of the repository.
    :raises UnreadableError: if a client is made or used in a way that hides what is called.
    """
    return actions_in({name: tree(name) for name in names})


def actions_in(trees: dict[str, ast.Module]) -> frozenset[str]:
    """As :func:`actions_of`, for syntax trees by the name that errors give them."""
    calls = [(name, call) for name, parsed in trees.items() for call in ast.walk(parsed) if isinstance(call, ast.Call)]
    services = {service: name for name, call in calls for service in _clients(name, call)}
    found: dict[str, set[str]] = {service: set() for service in services}
    for _, call in calls:
        for service in services:
            found[service].update(_actions(service, call))
    if unused := [f"{name}: {service}" for service, name in services.items() if not found[service]]:
        raise UnreadableError(
            f"clients without a call that can be read: {', '.join(unused)}; call their methods plainly"
        )
    signed = {action for _, call in calls for action in _signed(call, trees)}
    return frozenset(signed.union(*found.values()))


def closure(start: str) -> set[str]:
    """Return a file of ours and all files of ours that it imports, directly or not."""
    by_module = {module(name): name for name in files(".py")}
    reached, waiting = set(), [start]
    while waiting:
        name = waiting.pop()
        if name in reached:
            continue
        reached.add(name)
        targets = {part for found in imports(name) for part in (found.target, found.target.rpartition(".")[0])}
        waiting += [by_module[target] for target in targets if target in by_module]
    return reached


def _name_of(call: ast.Call) -> str:
    match call.func:
        case ast.Attribute(attr=name) | ast.Name(id=name):
            return name
    return ""


def _clients(name: str, call: ast.Call) -> Iterator[str]:
    """Yield the service that a call makes a client of."""
    made = _name_of(call)
    where = f"{name}:{call.lineno}"
    if made == "resource" and isinstance(call.func, ast.Attribute) and _is_boto3(call.func.value):
        raise UnreadableError(f"{where}: a resource of boto3 hides what it calls; use a client")
    if made.lstrip("_") not in ("client", "create_client"):
        return
    match call.args:
        case [ast.Constant(value=str(service)), *_] if service in _SERVICES:
            yield service
        case [_, *_] if made in ("client", "create_client"):
            raise UnreadableError(f"{where}: write the service's name there, so that it can be read")


def _is_boto3(value: ast.expr) -> bool:
    return isinstance(value, ast.Name) and value.id in ("boto3", "session")


def _actions(service: str, call: ast.Call) -> Iterator[str]:
    """Yield the actions that a call needs, if it is one of the service's methods."""
    if not isinstance(call.func, ast.Attribute):
        return
    method = call.func.attr
    if service == "s3" and method in TRANSFERS:
        yield from TRANSFERS[method]
    if method == "get_waiter":
        raise UnreadableError(f"line {call.lineno}: a waiter hides what it calls; call that")
    if method in ("get_paginator", "generate_presigned_url"):
        match call.args:
            case [ast.Constant(value=str(method)), *_]:
                pass
    if operation := _operations(service).get(method):
        action = f"{prefix_of(service)}:{operation}"
        yield from ACTIONS.get(action, (action,))


@functools.cache
def _operations(service: str) -> dict[str, str]:
    """Return a service's operations by the names of the client's methods."""
    return {xform_name(name): name for name in _model(service).operation_names}


@functools.cache
def _model(service: str) -> ServiceModel:
    return _SESSION.get_service_model(service)


def prefix_of(service: str) -> str:
    """Return what a service's actions begin with."""
    return PREFIXES.get(service) or _model(service).signing_name


def _signed(call: ast.Call, trees: dict[str, ast.Module]) -> Iterator[str]:
    if _name_of(call) != "SigV4Auth":
        return
    match call.args:
        case [_, ast.Constant(value=str(service)), *_]:
            yield from SIGNED_CALLS[service]
        case [_, ast.Name(id=name), *_]:
            yield from SIGNED_CALLS[_constant(name, trees)]
        case _:
            raise UnreadableError("SigV4Auth: write the service's name there, or that of a constant")


def _constant(name: str, trees: dict[str, ast.Module]) -> str:
    for parsed in trees.values():
        for node in parsed.body:
            match node:
                case ast.Assign(targets=[ast.Name(id=found)], value=ast.Constant(value=str(value))) if found == name:
                    return value
    raise UnreadableError(f"SigV4Auth: {name} is no constant text of these files")
