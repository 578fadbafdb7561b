"""CloudFormation acts with the rights of the role that it was given, or else of whoever called it; as on AWS.

A stack remembers its role: later operations act with it too, whoever calls them. What each operation needs stands in
:mod:`emulator.rights`; a resource that may not be made, changed or deleted fails with the words of AWS.
"""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

from emulator.plugin import moments
from emulator.plugin.borrowed import borrow, replace
from emulator.plugin.operations import before_create, before_update
from emulator.plugin.permissions import caller_key, denial, is_enforced, passing_denial
from emulator.plugin.resources import Properties, account, physical_name, region, unique_hex
from emulator.plugin.service_roles import may_assume
from emulator.rights.needs import Need, Operation, Subject, decisive_action, needs, passed, rights_of
from emulator.strict.registry import installed

_cloudformation = borrow("services.cloudformation", "_change_sets", "_stacks")
_handlers = borrow("services.cloudformation.handlers", "_ACTION_HANDLERS", "_resolve_stack")
_helpers = borrow("services.cloudformation.helpers", "_error", "_p")
_operations = borrow("services.cloudformation.stacks", "_delete_resource", "_provision_resource", "_update_resource")
_provisioners = borrow("services.cloudformation.provisioners", "_replacing_change")
_responses = borrow("core.responses", "new_uuid")
_iam = borrow("services.iam", "_gen_secret", "_gen_session_token", "_roles")
_sts = borrow("services.sts", "register_session")

_SERVICE = "cloudformation.amazonaws.com"
SESSION_SECONDS = 43200.0
"""How long CloudFormation acts with a role without another operation: as long as a session of a role can last."""
_actor: ContextVar[str] = ContextVar("slipway_cloudformation_actor", default="")
"""Access key of whoever the stack operation at hand acts for; its background task inherits it."""

Handle = Callable[[dict[str, Any]], Any]


def _session_of(role_arn: str) -> str:
    """Return the access key of CloudFormation's session of a role: one for each, whose secret nobody knows."""
    name = role_arn.rpartition("/")[2]
    role = _iam._roles.get(name) or {}
    key = "ASIA" + unique_hex(_SERVICE, role_arn, length=16).upper()
    _sts.register_session(
        key,
        {
            "Arn": f"arn:aws:sts::{account()}:assumed-role/{name}/AWSCloudFormation",
            "UserId": f"{role.get('RoleId', name)}:AWSCloudFormation",
            "SecretAccessKey": _iam._gen_secret(),
            "SessionToken": _iam._gen_session_token(),
            "AccountId": account(),
            "PrincipalType": "AssumedRole",
            "Expiration": moments.seconds() + SESSION_SECONDS,
        },
    )
    return key


def _acting(original: Handle) -> Handle:
    """Have a stack operation act for the role that it is given, that its stack remembers, or for its caller."""

    def handle(params: dict[str, Any]) -> Any:
        given = _helpers._p(params, "RoleARN")
        role = given or _remembered(params)
        if given and not may_assume(_SERVICE, given, _facts(params)):
            return _helpers._error("ValidationError", f"Role {given} is invalid or cannot be assumed")
        token = _actor.set(_session_of(role) if role else caller_key.get())
        try:
            answer = original(params)
        finally:
            _actor.reset(token)
        if given and answer[0] == 200:
            _remember(params, given)
        return answer

    return handle


def _facts(params: dict[str, Any]) -> dict[str, str]:
    """Return what CloudFormation says of itself when it assumes a role; the id of a new stack is not known yet."""
    name, stack = _helpers._p(params, "StackName"), _stack(params, _change_set(params) or {})
    new = f"arn:aws:cloudformation:{region()}:{account()}:stack/{name}/{_responses.new_uuid()}"
    return {"aws:sourceaccount": account(), "aws:sourcearn": str(stack["StackId"] if stack else new)}


def _remembered(params: dict[str, Any]) -> str:
    change_set = _change_set(params) or {}
    stack = _stack(params, change_set) or {}
    return str(change_set.get("_role") or stack.get("RoleARN") or "")


def _remember(params: dict[str, Any], role: str) -> None:
    change_set = _change_set(params)
    if change_set is not None:
        change_set["_role"] = role
    stack = _stack(params, change_set or {})
    if stack is not None and (change_set is None or stack.get("StackStatus") == "REVIEW_IN_PROGRESS"):
        stack["RoleARN"] = role


def _stack(params: dict[str, Any], change_set: dict[str, Any]) -> dict[str, Any] | None:
    name = _helpers._p(params, "StackName") or change_set.get("StackId")
    found: dict[str, Any] | None = _handlers._resolve_stack(name) if name else None
    return found


def _change_set(params: dict[str, Any]) -> dict[str, Any] | None:
    name, stack = _helpers._p(params, "ChangeSetName"), _helpers._p(params, "StackName")
    for identifier, change_set in _cloudformation._change_sets.items():
        names = (change_set.get("ChangeSetName"), identifier)
        if name and name in names and stack in (change_set.get("StackName"), change_set.get("StackId"), ""):
            found: dict[str, Any] = change_set
            return found
    return None


def _executing(original: Handle) -> Handle:
    """A change set's role becomes the one of its stack when it is executed."""

    def execute(params: dict[str, Any]) -> Any:
        change_set = _change_set(params) or {}
        stack = _stack(params, change_set)
        answer = original(params)
        if answer[0] == 200 and stack is not None and change_set.get("_role"):
            stack["RoleARN"] = change_set["_role"]
        return answer

    return execute


def _telling_roles(original: Handle) -> Handle:
    """DescribeStacks tells with which role a stack is deployed."""

    def describe(params: dict[str, Any]) -> Any:
        status, headers, body = original(params)
        if status == 200:
            for stack in _cloudformation._stacks.values():
                if stack.get("RoleARN"):
                    identity = f"<StackId>{stack['StackId']}</StackId>".encode()
                    body = body.replace(identity, identity + f"<RoleARN>{stack['RoleARN']}</RoleARN>".encode())
        return status, headers, body

    return describe


def registry_permissions(type_name: str, operation: Operation) -> tuple[str, ...]:
    """Return the permissions of a type's handler in the CloudFormation registry, in its order."""
    handlers = (installed().schema(type_name, region()) or {}).get("handlers", {})
    return tuple(handlers.get(operation, {}).get("permissions", ()))


def _needed(subject: Subject, operation: Operation, before: Properties, after: Properties) -> list[Need]:
    if rights_of(subject.type_name) is None:
        action = decisive_action(registry_permissions(subject.type_name, operation))
        return [Need(action, "*")] if action else []
    return needs(subject, operation, before, after)


def _require(subject: Subject, operation: Operation, before: Properties, after: Properties) -> None:
    """Refuse what the actor may not do.

    :raises ValueError: with the reason that the stack's event shows.
    """
    actor = _actor.get()
    if not actor or not is_enforced():
        return
    refusal = passing_denial(actor, passed(subject, before, after))
    for need in _needed(subject, operation, before, after):
        role = _role_of(need.resource)
        context = {**_boundary_of(role), **dict(need.context), **_VIA_CLOUDFORMATION}
        refusal = refusal or denial(actor, need.action, role.get("Arn", need.resource), context)
    if refusal:
        service = subject.type_name.split("::")[1]
        raise ValueError(
            f'Resource handler returned message: "{refusal} (Service: {service}, Status Code: 403, Request ID: '
            f'{_responses.new_uuid()})" (RequestToken: {_responses.new_uuid()}, HandlerErrorCode: AccessDenied)'
        )


def _role_of(resource: str) -> dict[str, Any]:
    """Return the role that an ARN means, whose path the ARN may lack; nothing if there is none."""
    role: dict[str, Any] | None = _iam._roles.get(resource.rpartition("/")[2]) if ":role/" in resource else None
    return role or {}


def _boundary_of(role: dict[str, Any]) -> dict[str, str]:
    """Return the condition key that whoever changes a role meets: the boundary that it has."""
    boundary = role.get("PermissionsBoundary")
    return {"iam:PermissionsBoundary": str(boundary)} if boundary else {}


_VIA_CLOUDFORMATION = {"aws:CalledVia": [_SERVICE], "aws:CalledViaFirst": _SERVICE, "aws:CalledViaLast": _SERVICE}


def _subject(type_name: str, identifier: str | None, stack: str | None, logical_id: str | None) -> Subject:
    name = physical_name(stack or "", logical_id or "")
    return Subject(type_name, identifier, name, account(), region())


def _may_create(type_name: str, logical_id: str, properties: Properties, stack: str) -> None:
    _require(_subject(type_name, None, stack, logical_id), "create", {}, properties)


def _may_update(
    type_name: str, identifier: str, before: Properties, after: Properties, stack: str, logical_id: str
) -> None:
    if _provisioners._replacing_change(type_name, before, after):
        _may_create(type_name, logical_id, after, stack)
    else:
        _require(_subject(type_name, identifier, stack, logical_id), "update", before, after)


def _checked_delete(original: Callable[..., Any]) -> Callable[..., Any]:
    def delete(
        type_name: str, identifier: str, properties: Properties, stack: str | None = None, logical_id: str | None = None
    ) -> Any:
        _require(_subject(type_name, identifier, stack, logical_id), "delete", properties, {})
        return original(type_name, identifier, properties, stack, logical_id)

    return delete


def install() -> None:
    """Apply the corrections of this module."""
    replace(_operations, "_provision_resource", before_create(_may_create))
    replace(_operations, "_update_resource", before_update(_may_update))
    replace(_operations, "_delete_resource", _checked_delete)
    handlers = _handlers._ACTION_HANDLERS
    for action in (
        "CreateStack", "UpdateStack", "DeleteStack", "CreateChangeSet", "ExecuteChangeSet", "ContinueUpdateRollback",
        "RollbackStack",
    ):  # fmt: skip
        handlers[action] = _acting(handlers[action])
    handlers["ExecuteChangeSet"] = _executing(handlers["ExecuteChangeSet"])
    handlers["DescribeStacks"] = _telling_roles(handlers["DescribeStacks"])
