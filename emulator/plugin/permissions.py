"""IAM: what the emulator's evaluation of policies lacks.

The emulator checks every call of a function, an instance or a user against its policies. Added here are resources and
condition keys that it does not know, roles that a call hands on (`iam:PassRole`), services of our own, and a trust
policy that names its user.
"""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextvars import ContextVar
from typing import Any
from urllib.parse import unquote

from emulator.plugin import amis
from emulator.plugin.borrowed import borrow, replace
from emulator.plugin.resources import account, region
from emulator.rights.passing import parameters, passed_by

_app = borrow("app", "AUTH", "SERVICE_HANDLERS")
_actions = borrow(
    "core.iam_actions",
    "SERVICE_TO_IAM_NAMESPACE",
    "_BOTOCORE_SERVICE_MAP",
    "access_denied_response",
    "extract_iam_action",
    "extract_resource_arn",
    "identity_denial_message",
    "request_tag_context",
    "s3_service_context",
)
_evaluator = borrow("core.iam_evaluator", "AuthError", "EvalContext", "enforce", "evaluate_resource_policy")
_responses = borrow("core.responses", "new_uuid")
_router = borrow("core.router", "extract_access_key_id")
_iam = borrow("services.iam", "_instance_profiles", "_roles")
_ec2 = borrow("services.ec2", "_launch_templates")

_IMAGE_BUILDER_ARN = re.compile(r"arn:aws:imagebuilder:[\w./:-]+")
_IMAGE_BUILDER_EXECUTION = re.compile(r"\b(wf|step)(-[0-9a-f]+){5}")

Extract = Callable[..., str]
Handler = Callable[..., Awaitable[Any]]

caller_key: ContextVar[str] = ContextVar("slipway_caller_key", default="")
"""Access key of the request at hand, also in what goes on after its answer."""


def is_enforced() -> bool:
    """Tell whether policies count in this emulator."""
    return bool(_app.AUTH)


def denial(access_key: str, action: str, resource: str, context: Mapping[str, Any] | None = None) -> str | None:
    """Return why the owner of an access key may not do something, in the words of AWS, or None if it may.

    :param action: for example `s3:CreateBucket`.
    :param resource: ARN, or `*`.
    :param context: condition keys and their values.
    """
    if not is_enforced():
        return None
    decision = _evaluator.enforce(access_key, action, action.partition(":")[0], region(), resource, dict(context or {}))
    if decision is None:
        return None
    if isinstance(decision, _evaluator.AuthError):
        return str(decision.message)
    explicit = decision.decision == "Deny"
    return str(_actions.identity_denial_message(action, decision.principal_arn, resource, explicit_deny=explicit))


def roles_behind(value: object) -> Iterator[str]:
    """Return the ARNs of the roles that a parameter stands for.

    :param value: ARN or name of a role or of an instance profile, a list of them, an `IamInstanceProfile` or a
        `LaunchTemplate` structure.
    """
    match value:
        case list():
            for each in value:
                yield from roles_behind(each)
        case {"Arn": str(arn)}:
            yield from roles_behind(arn)
        case {"Name": str(name)}:
            yield from roles_behind(name)
        case dict():
            yield from _roles_of_template(value)
        case str() if ":instance-profile/" in value or value in _iam._instance_profiles:
            profile = _iam._instance_profiles.get(value.rpartition("/")[2]) or {}
            yield from (_role_arn(str(_role_name(role))) for role in profile.get("Roles", []))
        case str():
            yield value if value.startswith("arn:") else _role_arn(value)


def _role_name(role: Any) -> Any:
    return role["RoleName"] if isinstance(role, dict) else role


def _role_arn(name: str) -> str:
    role = _iam._roles.get(name)
    return str(role["Arn"]) if role else f"arn:aws:iam::{account()}:role/{name}"


def _roles_of_template(wanted: Mapping[str, Any]) -> Iterator[str]:
    for template in _ec2._launch_templates.values():
        if wanted.get("LaunchTemplateId") in (template["LaunchTemplateId"], None) and wanted.get(
            "LaunchTemplateName"
        ) in (template["LaunchTemplateName"], None):
            profile = _version(template, str(wanted.get("Version", "$Default"))).get("IamInstanceProfile")
            if profile:
                yield from roles_behind(profile)


def _version(template: Mapping[str, Any], version: str) -> Mapping[str, Any]:
    numbers = {"$Latest": template["LatestVersionNumber"], "$Default": template["DefaultVersionNumber"]}
    number = str(numbers.get(version, version))
    for each in template["Versions"]:
        if str(each["VersionNumber"]) == number:
            data: Mapping[str, Any] = each["LaunchTemplateData"]
            return data
    return {}


def passing_denial(access_key: str, handed_on: list[tuple[object, str]]) -> str | None:
    """Return why somebody may not hand roles on, or None.

    :param handed_on: what names the roles, and the service that gets them.
    """
    for value, service in handed_on:
        for role in roles_behind(value):
            refusal = denial(access_key, "iam:PassRole", role, {"iam:PassedToService": service})
            if refusal:
                return refusal
    return None


def _guarded(service: str, original: Handler) -> Handler:
    """Remember who calls, and refuse a call that hands on a role which its caller may not pass."""

    async def handle(method: str, path: str, headers: dict[str, str], body: bytes, query: dict[str, list[str]]) -> Any:
        key = _router.extract_access_key_id(headers, query)
        token = caller_key.set(key)
        try:
            refusal = _passing_refusal(service, key, method, path, headers, body, query)
            return refusal or await original(method, path, headers, body, query)
        finally:
            caller_key.reset(token)

    return handle


def _passing_refusal(
    service: str, key: str, method: str, path: str, headers: dict[str, str], body: bytes, query: dict[str, list[str]]
) -> Any:
    if not is_enforced():
        return None
    action = _actions.extract_iam_action(service, method, path, headers, body, query)
    if action is None or not (handed_on := passed_by(action, parameters(body, query))):
        return None
    refusal = passing_denial(key, handed_on)
    if refusal is None:
        return None
    return _actions.access_denied_response(
        service, "iam:PassRole", "", _responses.new_uuid(), message=refusal, headers=headers
    )


def image_builder_arn(
    path: str, body: bytes, query: Mapping[str, list[str]], region: str = "", account: str = ""
) -> str | None:
    """Return the first resource of Image Builder that a call names, or None; executions are named by their ids.

    A distribution configuration is the one thing that is made by API here: it is to be what its name says.
    """
    if path.endswith("/CreateDistributionConfiguration"):
        return f"arn:aws:imagebuilder:{region}:{account}:distribution-configuration/{json.loads(body)['name']}"
    text = unquote(path) + json.dumps(query) + body.decode(errors="replace")
    if named := _IMAGE_BUILDER_ARN.search(text):
        return named[0]
    execution = _IMAGE_BUILDER_EXECUTION.search(text)
    kind = "workflow-execution" if execution and execution[1] == "wf" else "workflow-step-execution"
    return f"arn:aws:imagebuilder:{region}:{account}:{kind}/{execution[0]}" if execution else None


def parameter_arn(body: bytes, region: str, account: str) -> str | None:
    """Return the resource of reading parameters by path, or of reading a public one, which belongs to no account.

    None for any other call, whose resource the emulator knows.
    Source: https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-public-parameters.html
    """
    try:
        request = json.loads(body)
        path, name = request.get("Path"), request.get("Name")
    except (ValueError, AttributeError):
        return None
    if isinstance(path, str):
        return f"arn:aws:ssm:{region}:{account}:parameter{path.rstrip('/')}"
    if isinstance(name, str) and name.startswith("/aws/service/"):
        return f"arn:aws:ssm:{region}::parameter{name}"
    return None


def log_stream_arn(body: bytes, region: str, account: str) -> str | None:
    """Return the stream whose events a call of CloudWatch Logs reads, or None if the body names none by its name.

    Source: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatchlogs.html
    """
    try:
        request = json.loads(body)
        group, stream = request.get("logGroupName"), request.get("logStreamName")
    except (ValueError, AttributeError):
        return None
    if not (isinstance(group, str) and isinstance(stream, str)):
        return None
    return f"arn:aws:logs:{region}:{account}:log-group:{group}:log-stream:{stream}"


def _with_resources(original: Extract) -> Extract:
    # A call whose resource is unknown is checked against all resources, and no policy that names one would allow it.
    def extract(
        service: str,
        method: str,
        path: str,
        headers: dict[str, str],
        body: bytes,
        query: dict[str, list[str]],
        region: str,
        account: str,
    ) -> str:
        target = headers.get("x-amz-target", "")
        named = None
        if service == "ssm" and target.endswith((".GetParametersByPath", ".GetParameter")):
            named = parameter_arn(body, region, account)
        elif service == "ec2" and (image := _image_to_remove(body, query)):
            # Without an account, since an image may be shared.
            named = f"arn:aws:ec2:{region}::image/{image}"
        elif service == "logs" and target.endswith(".GetLogEvents"):
            named = log_stream_arn(body, region, account)
        elif service == "imagebuilder":
            named = image_builder_arn(path, body, query, region, account)
        return named or original(service, method, path, headers, body, query, region, account)

    return extract


def _image_to_remove(body: bytes, query: Mapping[str, list[str]]) -> str:
    """Return the id of the image that a call of EC2 deregisters; empty for any other call."""
    asked = parameters(body, query)
    return str(asked.get("ImageId", "")) if asked.get("Action") == "DeregisterImage" else ""


def _with_facts(original: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any]]:
    def context(service: str, action: str, body: bytes, query: dict[str, list[str]]) -> dict[str, Any]:
        found = original(service, action, body, query)
        if action == "ec2:RunInstances" and (kind := parameters(body, query).get("InstanceType")):
            found = {**found, "ec2:InstanceType": kind}
        if action == "ec2:DeregisterImage":
            tags = amis.tags_of(region(), _image_to_remove(body, query))
            found = {**found, **{f"aws:ResourceTag/{key}": value for key, value in tags.items()}}
        return found

    return context


def _with_conditional_writes(original: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any]]:
    """A policy may demand that an object is written only where there is none, or only in the place of a known one.

    Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes-enforce.html
    """

    def context(
        action: str, query: dict[str, Any] | None, path: str = "", headers: dict[str, str] | None = None
    ) -> dict[str, Any]:
        found = original(action, query, path, headers)
        if action == "s3:PutObject":
            sent = {name.lower(): value for name, value in (headers or {}).items()}
            conditions = {name: sent[name] for name in ("if-match", "if-none-match") if name in sent}
            found = {**found, **{f"s3:{name}": value for name, value in conditions.items()}}
        return found

    return context


def _with_named_trust(original: Callable[..., Any]) -> Callable[..., Any]:
    """A role whose trust policy names a user or role itself may be assumed by it without a policy of its own."""

    def enforce(access_key: str, action: str, service: str, region: str, *rest: Any, **named: Any) -> Any:
        decision = original(access_key, action, service, region, *rest, **named)
        if action != "sts:AssumeRole" or getattr(decision, "decision", "") != "ImplicitDeny":
            return decision
        resource = str(rest[0] if rest else named.get("resource_arn", "*"))
        asked = _evaluator.EvalContext(decision.principal_arn, "", account(), action, resource, region)
        trust = _evaluator.evaluate_resource_policy(trust_policy(resource), asked, named_only=True)
        return None if trust.decision == "Allow" else decision

    return enforce


def trust_policy(role: str) -> dict[str, Any]:
    """Return a role's trust policy as that of a resource, whose statements say what they are about.

    :param role: ARN or name.
    """
    document = (_iam._roles.get(role.rpartition("/")[2]) or {}).get("AssumeRolePolicyDocument") or "{}"
    policy = json.loads(document) if isinstance(document, str) else document
    statements = policy.get("Statement", [])
    listed = [statements] if isinstance(statements, dict) else statements
    return {**policy, "Statement": [{**statement, "Resource": "*"} for statement in listed]}


def install() -> None:
    """Apply the corrections of this module."""
    replace(_actions, "extract_resource_arn", _with_resources)
    replace(_actions, "request_tag_context", _with_facts)
    replace(_actions, "s3_service_context", _with_conditional_writes)
    replace(_evaluator, "enforce", _with_named_trust)


def guard() -> None:
    """Check each service that there is by now, also ours, which the emulator would not check."""
    for service, handler in list(_app.SERVICE_HANDLERS.items()):
        if service not in _actions.SERVICE_TO_IAM_NAMESPACE:
            _actions.SERVICE_TO_IAM_NAMESPACE[service] = service
            _actions._BOTOCORE_SERVICE_MAP[service] = [service]
        _app.SERVICE_HANDLERS[service] = _guarded(service, handler)
