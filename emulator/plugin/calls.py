"""What is about to happen inside the emulator, said in the terms of the rules of :mod:`emulator.faults`.

It only looks: at a request, at a resource operation of a stack, at the stack that a resource belongs to.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from emulator.faults.catalogue import Moment
from emulator.faults.durations import Operation as Kind
from emulator.faults.rules import Call
from emulator.plugin.borrowed import borrow
from emulator.plugin.deployer import registry_permissions
from emulator.plugin.resources import Properties, account, physical_name, region
from emulator.plugin.vocabulary import routes
from emulator.rights.needs import Subject, decisive_action, needs, rights_of

_app = borrow("app", "_routing_params", "_S3_PATH_EVENTS")
_router = borrow("core.router", "detect_service")
_iam = borrow(
    "core.iam_actions",
    "extract_iam_action",
    "extract_resource_arn",
    "_action_from_query",
    "_action_from_target",
)
_evaluator = borrow("core.iam_evaluator", "request_caller_arn")
_cfn = borrow("services.cloudformation", "_stacks")
_stacks = borrow(
    "services.cloudformation.stacks",
    "_delete_resource",
    "_provision_keeping_seed",
)

_MULTIPART = {
    "PUT": "UploadPart",
    "POST": "CompleteMultipartUpload",
    "DELETE": "AbortMultipartUpload",
    "GET": "ListParts",
}
_KINDS: dict[Moment, Kind] = {Moment.CREATE: "create", Moment.UPDATE: "update", Moment.DELETE: "delete"}
_SERVICES = {"cloudwatch": "monitoring"}
"""By the prefix of IAM's actions, where the router calls the service otherwise."""

Query = dict[str, Any]


@dataclass(frozen=True)
class Request:
    """One request as the emulator's dispatcher gets it.

    :param query: parsed query string; each value is a list.
    """

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    query: Query

    @functools.cached_property
    def _parameters(self) -> Query:
        found: Query = _app._routing_params(self.method, self.path, self.headers, self.body, self.query)
        return found

    @functools.cached_property
    def service(self) -> str:
        """The service as the router calls it."""
        return str(_router.detect_service(self.method, self.path, self.headers, self._parameters))

    @property
    def action(self) -> str:
        """The API operation; empty if it cannot be told."""
        named = _iam._action_from_query(self._parameters, self.body, self.headers.get("content-type", ""))
        named = named or _iam._action_from_target(self.headers)
        if named:
            return str(named)
        return self._s3_operation() if self.service == "s3" else self._routed(needing_query=False)

    @functools.cached_property
    def arn(self) -> str:
        """The resource's ARN; `*` where there is none."""
        found = _iam.extract_resource_arn(
            self.service, self.method, self.path, self.headers, self.body, self._parameters, region(), account()
        )
        return str(found or "*")

    @property
    def right(self) -> str:
        """What IAM calls the operation, for example `s3:ListAllMyBuckets`."""
        arguments = (self.service, self.method, self.path, self.headers, self.body, self._parameters)
        return str(_iam.extract_iam_action(*arguments) or f"{self.service}:{self.action}")

    @property
    def caller(self) -> str:
        """The ARN of who asks."""
        return str(_evaluator.request_caller_arn(self.headers, self.query))

    def _s3_operation(self) -> str:
        if "uploadId" in self.query:
            return "UploadPartCopy" if "x-amz-copy-source" in self.headers else _MULTIPART.get(self.method, "")
        if routed := self._routed(needing_query=True):
            return routed
        if self.method == "PUT" and "x-amz-copy-source" in self.headers:
            return "CopyObject"
        depth = len([part for part in self.path.split("/", 2) if part])
        return str(_app._S3_PATH_EVENTS.get((self.method, depth), ""))

    def _routed(self, *, needing_query: bool) -> str:
        """The operation whose address in botocore's model fits best; the most literal one wins."""
        path = self.path.rstrip("/") or "/"
        fitting = [
            (specificity + len(required), operation)
            for method, pattern, operation, specificity, required in routes(self.service)
            if method == self.method
            and pattern.match(path)
            and (required or not needing_query)
            and all(_fits(self.query, name, value) for name, value in required.items())
        ]
        return max(fitting)[1] if fitting else ""


def _fits(query: Query, name: str, value: str) -> bool:
    given = query.get(name)
    return given is not None and (not value or (given[0] if isinstance(given, list) else given) == value)


@dataclass(frozen=True)
class Operation:
    """CloudFormation makes, changes or removes one resource.

    :param physical_id: None while there is none.
    :param previous: properties so far.
    :param properties: properties to be.
    """

    moment: Moment
    type: str
    logical_id: str
    physical_id: str | None
    previous: Properties
    properties: Properties
    stack: str

    @classmethod
    def of(cls, function: Callable[..., Any], arguments: tuple[Any, ...]) -> Operation:
        """Return what one of the emulator's provisioning functions would do with its arguments."""
        if function is _stacks._provision_keeping_seed:
            type_name, logical_id, properties, stack = arguments
            return cls(Moment.CREATE, type_name, logical_id, None, {}, properties, stack)
        if function is _stacks._delete_resource:
            type_name, physical_id, properties, stack, logical_id = arguments
            return cls(Moment.DELETE, type_name, logical_id, physical_id, properties, {}, stack)
        type_name, physical_id, old, new, stack, logical_id, _attributes = arguments
        return cls(Moment.UPDATE, type_name, logical_id, physical_id, old, new, stack)

    @property
    def changes(self) -> bool:
        """Whether there is anything to do."""
        return self.previous != self.properties or self.moment is Moment.DELETE

    def call(self) -> Call:
        """Return it as rules see it."""
        named = (
            value
            for name, value in {**self.previous, **self.properties}.items()
            if name.endswith("Name") and isinstance(value, str)
        )
        names = {self.logical_id, *names_of(self.physical_id or ""), *named}
        return Call(self.moment, self._acts(), frozenset(filter(None, names)), self.stack, self.type)

    def _acts(self) -> tuple[tuple[str, str], ...]:
        """What CloudFormation calls for it; the same tables say which rights it needs."""
        kind = _KINDS[self.moment]
        if rights_of(self.type) is None:
            actions = [decisive_action(registry_permissions(self.type, kind)) or ":"]
        else:
            name = physical_name(self.stack, self.logical_id)
            subject = Subject(self.type, self.physical_id, name, account(), region())
            actions = [need.action for need in needs(subject, kind, self.previous, self.properties)]
        return tuple((_SERVICES.get(prefix, prefix), act) for prefix, _, act in (one.partition(":") for one in actions))


@dataclass(frozen=True)
class Owned:
    """A resource that a stack holds."""

    stack: str
    logical_id: str
    type: str
    physical_id: str
    properties: Properties


def call_of(request: Request) -> tuple[Call, Owned | None]:
    """Return a request as rules see it, and the stack's resource that it is about."""
    names = names_of(request.arn)
    acts = ((request.service, request.action),)
    owned = owner_of(names)
    if owned is None:
        return Call(Moment.REQUEST, acts, names), None
    names |= {owned.logical_id, owned.physical_id}
    return Call(Moment.REQUEST, acts, names, owned.stack, owned.type), owned


def invocation_of(configuration: dict[str, Any]) -> Call:
    """Return the run of a function as rules see it."""
    arn = str(configuration.get("FunctionArn", ""))
    names = names_of(arn) | {str(configuration.get("FunctionName", ""))}
    owned = owner_of(names)
    more = {owned.logical_id} if owned else set()
    return Call(
        Moment.INVOKE, (("lambda", "Invoke"),), names | more, owned.stack if owned else "", "AWS::Lambda::Function"
    )


def names_of(arn: str) -> frozenset[str]:
    """Return what a resource may be called: its ARN, and what stands in it after the account."""
    if not arn.startswith("arn:"):
        return frozenset({arn} - {"", "*"})
    resource = arn.split(":", 5)[-1]
    pieces = re.split("[:/]", resource)
    return frozenset({arn, resource, pieces[0], resource[len(pieces[0]) + 1 :], pieces[-1]} - {"", "*"})


def owner_of(names: frozenset[str]) -> Owned | None:
    """Return the stack's resource that goes by one of the names, in the account and region of the request."""
    for name, stack in _cfn._stacks.items():
        for logical_id, resource in list(stack.get("_resources", {}).items()):  # functions ask from other threads
            physical_id = str(resource.get("PhysicalResourceId", ""))
            known_as = {physical_id, resource.get("Attributes", {}).get("Arn")}
            if physical_id.startswith("http"):  # a queue's address ends with its name
                known_as.add(physical_id.rpartition("/")[2])
            if not names.isdisjoint(known_as):
                return Owned(name, logical_id, resource["ResourceType"], physical_id, resource.get("Properties", {}))
    return None
