"""Lambda: what is refused as on AWS, and function addresses that work on this machine."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Awaitable, Callable, Mapping
from contextvars import ContextVar
from typing import Any
from urllib.parse import unquote

from emulator.functions.report import ASYNCHRONOUS_REQUEST_BYTES, REQUEST_BYTES, too_large_request
from emulator.plugin.borrowed import borrow, replace
from emulator.plugin.resources import Create, Created, Properties, after, amend, rename_physical_ids
from emulator.plugin.service_roles import may_assume, may_do

_lambda = borrow(
    "services.lambda_svc",
    "_FUNCTION_URL_TEXT_TYPES",
    "_build_function_url_event",
    "_create_function",
    "_create_function_url_config",
    "_fetch_code_from_s3",
    "_function_url_id",
    "_function_url_proxy_response",
    "_function_urls",
    "_functions",
    "_reserved_concurrency",
    "_update_code",
    "_update_config",
    "_url_config_key",
    "_vpc_config_with_id",
    "handle_function_url_request",
    "handle_request",
    "lambda_execute_result_to_api_proxy_response",
)
_app = borrow("app", "pin_signed_request")
_ec2 = borrow("services.ec2", "_security_groups", "_subnets")
_evaluator = borrow("core.iam_evaluator", "request_caller_arn")
_runtime = borrow("core.lambda_runtime", "Worker", "_detect_runtime_binary")
_responses = borrow("core.responses", "error_response_json", "json_response")

URL_PATH = "/_aws/lambda-url/"
RUNNABLE = ("python", "nodejs", "provided")
"""How the names of the runtimes begin that can run here; others would answer with made-up results."""

_PLACE_ERROR = "Error occurred while {}. EC2 Error Code: {}. EC2 Error Message: The {} '{}' does not exist"
_NETWORK_ACTIONS = ("CreateNetworkInterface", "DescribeNetworkInterfaces", "DeleteNetworkInterface")
_FAILED = "slipwayFailed"
_INVOCATION_PATH = re.compile(r"/2015-03-31/functions/[^/]+/invocations/?")
Response = tuple[int, Mapping[str, Any], bytes]


def _unrunnable(settings: Properties) -> str | None:
    """Return why a function could not run here, or None if it could."""
    runtime = str(settings.get("Runtime") or "")
    if settings.get("PackageType") == "Image":
        return "functions from container images cannot run in the embedded AWS; package the function as a ZIP archive"
    if runtime and not runtime.startswith(RUNNABLE):
        allowed = ", ".join(f"{name}*" for name in RUNNABLE)
        return f"runtime {runtime} cannot run in the embedded AWS; it runs {allowed}: choose one of these"
    return None


def _missing_code(code: Properties) -> str | None:
    """Return AWS's words for code that is not in its bucket, or None if it is there."""
    place = (code.get("S3Bucket"), code.get("S3Key"), code.get("S3ObjectVersion"))
    if not code.get("S3Bucket") or _lambda._fetch_code_from_s3(*place) is not None:
        return None
    return (
        "Error occurred while GetObject. S3 Error Code: NoSuchKey. S3 Error Message: The specified key does not exist. "
        f"({code['S3Bucket']}/{code['S3Key']})"
    )


def _missing_place(properties: Properties) -> str | None:
    """Return AWS's words for a subnet or a security group that does not exist, or None if all do."""
    place = properties.get("VpcConfig") or {}
    for subnet in place.get("SubnetIds", []):
        if subnet not in _ec2._subnets:
            return _PLACE_ERROR.format("DescribeSubnets", "InvalidSubnetID.NotFound", "subnet ID", subnet)
    for group in place.get("SecurityGroupIds", []):
        if group not in _ec2._security_groups:
            return _PLACE_ERROR.format("DescribeSecurityGroups", "InvalidGroup.NotFound", "security group", group)
    return None


def _unfit_role(settings: Properties) -> str | None:
    """Return AWS's words for a role that Lambda may not have, or that may not put the function into its network."""
    role = settings.get("Role") or ""
    if not may_assume("lambda.amazonaws.com", role):
        return "The role defined for the function cannot be assumed by Lambda."
    if not (settings.get("VpcConfig") or {}).get("SubnetIds"):
        return None
    lacking = [action for action in _NETWORK_ACTIONS if not may_do(role, f"ec2:{action}")]
    return f"The provided execution role does not have permissions to call {lacking[0]} on EC2" if lacking else None


def _unfit_change(name: str, changes: Properties) -> str | None:
    function = _lambda._functions.get(name)
    concerned = function is not None and {"Role", "VpcConfig"} & set(changes)
    return _unfit_role({**function["config"], **changes}) if concerned else None


def _refuse(message: str) -> Response:
    refused: Response = _responses.error_response_json("InvalidParameterValueException", message, 400)
    return refused


def _check_creation(original: Callable[[Properties], Response]) -> Callable[[Properties], Response]:
    """What cannot run is refused, and does not answer the first call with something made up."""

    def create(data: Properties) -> Response:
        problem = _unrunnable(data) or _unfit_role(data) or _missing_code(data.get("Code") or {})
        return _refuse(problem) if problem else original(data)

    return create


def _check_update(
    problem_of: Callable[[str, Properties], str | None],
) -> Callable[[Callable[[str, Properties], Response]], Callable[[str, Properties], Response]]:
    def wrap(original: Callable[[str, Properties], Response]) -> Callable[[str, Properties], Response]:
        def update(name: str, data: Properties) -> Response:
            problem = problem_of(name, data)
            return _refuse(problem) if problem else original(name, data)

        return update

    return wrap


def _require_parts(original: Create) -> Create:
    """Code or a network that is not there fails the stack, as it does on AWS, and not the first call."""

    def create(logical_id: str, properties: Properties, stack: str) -> Created:
        code = properties.get("Code") or {}
        problem = _unrunnable(properties) or _unfit_role(properties) or _missing_code(code)
        if problem := problem or _missing_place(properties):
            raise ValueError(problem)
        return original(logical_id, properties, stack)

    return create


def _require_place(original: Callable[..., Created]) -> Callable[..., Created]:
    def update(name: str, old: Properties, new: Properties, *rest: Any) -> Created:
        if problem := _unfit_role(new) or _missing_place(new):
            raise ValueError(problem)
        return original(name, old, new, *rest)

    return update


def _with_place(created: Created, properties: Properties) -> Created:
    """The network of a template, which the emulator drops; it is described, and calls go by this machine's."""
    _lambda._functions[created[0]]["config"]["VpcConfig"] = _lambda._vpc_config_with_id(properties.get("VpcConfig"))
    return created


def _with_concurrency(created: Created, properties: Properties) -> Created:
    reserved = properties.get("ReservedConcurrentExecutions")
    _lambda._functions[created[0]]["concurrency"] = None if reserved is None else int(reserved)
    return created


def _reserved_for_all_versions(original: Callable[..., int | None]) -> Callable[..., int | None]:
    """What is reserved for a function bounds its versions together; the emulator looks at `$LATEST` only."""

    def reserved(function: dict[str, Any], settings: dict[str, Any]) -> int | None:
        return original(_lambda._functions.get(settings.get("FunctionName"), function), settings)

    return reserved


replace(_lambda, "_reserved_concurrency", _reserved_for_all_versions)


def local_url(endpoint_url: str, url_id: str) -> str:
    """Return the address at which this emulator serves a function."""
    return f"{endpoint_url}{URL_PATH}{url_id}/"


def url_id(url: str) -> str | None:
    """Return the id within a function's local address, or None if it is none."""
    _before, found, rest = url.partition(URL_PATH)
    return rest.strip("/") if found else None


def _serve_locally(endpoint_url: str) -> None:
    def make_create(original: Callable[..., Any]) -> Callable[..., Any]:
        def create(name: str, data: dict[str, Any], qualifier: str | None) -> Any:
            reply = original(name, data, qualifier)
            if reply[0] >= 400:
                return reply
            settings = _lambda._function_urls[_lambda._url_config_key(name, qualifier)]
            settings["FunctionUrl"] = local_url(endpoint_url, _lambda._function_url_id(settings["FunctionUrl"]))
            if qualifier:
                settings["FunctionArn"] = f"{settings['FunctionArn']}:{qualifier}"
            return _responses.json_response(settings, status=201)

        return create

    replace(_lambda, "_create_function_url_config", make_create)
    replace(_lambda, "_function_url_id", lambda original: lambda url: url_id(url) or original(url))


def _url_key(arn: str) -> str:
    """Return the emulator's id of a function address, from the ARN of the function or of its alias."""
    return arn.split(":function:", 1)[-1]


def _find_node(original: Callable[[str], tuple[str, str]]) -> Callable[[str], tuple[str, str]]:
    def choose(runtime: str) -> tuple[str, str]:
        binary, script = original(runtime)
        return shutil.which(binary) or binary, script

    return choose


def _limit_calls(original: Callable[..., Awaitable[Response]]) -> Callable[..., Awaitable[Response]]:
    """A call that sends more than Lambda takes is refused."""

    async def handle(method: str, path: str, headers: Mapping[str, str], body: bytes, *rest: Any) -> Response:
        is_asynchronous = str(_header(headers, "x-amz-invocation-type")).lower() == "event"
        limit = ASYNCHRONOUS_REQUEST_BYTES if is_asynchronous else REQUEST_BYTES
        if len(body) > limit and _INVOCATION_PATH.fullmatch(path):
            return _too_large(limit)
        return await original(method, path, headers, body, *rest)

    return handle


def _limit_addresses(original: Callable[..., Awaitable[Response]]) -> Callable[..., Awaitable[Response]]:
    """The same for calls over a function's address, where what is no text is sent on as base64."""

    async def handle(
        url: str, method: str, path: str, headers: Mapping[str, str], body: bytes, *rest: Any, **named: Any
    ) -> Response:
        kind = str(_header(headers, "content-type")).partition(";")[0].strip().lower()
        is_text = kind.startswith("text/") or kind in _lambda._FUNCTION_URL_TEXT_TYPES
        if (len(body) if is_text else 4 * len(body) // 3) > REQUEST_BYTES:
            return _too_large(REQUEST_BYTES)
        return await original(url, method, path, headers, body, *rest, **named)

    return handle


def _with_signer(original: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any]]:
    """An address for signed requests only tells its function who has signed.

    Source: https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html#urls-payloads
    """

    def build(
        url_id: str, account_id: str, region: str, method: str, path: str, headers: dict[str, str], *rest: Any,
        anonymous: bool = False, **named: Any,
    ) -> dict[str, Any]:  # fmt: skip
        event = original(url_id, account_id, region, method, path, headers, *rest, anonymous=anonymous, **named)
        if not anonymous:
            arn = _evaluator.request_caller_arn(headers)
            signer = {"accountId": arn.split(":")[4], "userArn": arn, "cognitoIdentity": None}
            event["requestContext"]["authorizer"] = {"iam": signer}
        return event

    return build


_sent_path: ContextVar[str] = ContextVar("sent_path", default="")


def _keep_sent_path(original: Callable[..., None]) -> Callable[..., None]:
    def keep(method: str, raw_path: str, *rest: Any, **named: Any) -> None:
        _sent_path.set(raw_path)
        original(method, raw_path, *rest, **named)

    return keep


def _with_sent_path(original: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any]]:
    """An address hands a path on as it was sent, with its escapes; the emulator without, as an HTTP API does.

    Source: captures of events, https://github.com/middleapi/standard-server/pull/93
    """

    def build(url_id: str, account_id: str, region: str, method: str, path: str, *rest: Any, **named: Any) -> Any:
        event = original(url_id, account_id, region, method, path, *rest, **named)
        _before, _found, sent = _sent_path.get().rpartition(f"{URL_PATH}{url_id}")
        return {**event, "rawPath": sent} if unquote(sent) == path else event

    return build


def _mark_failures(original: Callable[..., tuple[Any, Any]]) -> Callable[..., tuple[Any, Any]]:
    def convert(result: dict[str, Any]) -> tuple[Any, Any]:
        reply, problem = original(result)
        fault = result.get("body")
        if result.get("error") and isinstance(fault, dict) and "errorType" in fault:
            reply = {**reply, _FAILED: True}
        return reply, problem

    return convert


def _hide_failures(original: Callable[..., Response]) -> Callable[..., Response]:
    """Who calls a function's address is not told why it failed."""

    def shape(reply: dict[str, Any] | None, cors_headers: dict[str, str]) -> Response:
        if reply and reply.get(_FAILED):
            return 502, {"Content-Type": "application/json", **cors_headers}, b"Internal Server Error"
        return original(reply, cors_headers)

    return shape


def _header(headers: Mapping[str, str], name: str) -> str:
    return next((value for key, value in headers.items() if key.lower() == name), "")


def _too_large(limit: int) -> Response:
    headers = {"Content-Type": "application/json", "x-amzn-ErrorType": "RequestTooLargeException"}
    return 413, headers, json.dumps(too_large_request(limit)).encode()


def install(endpoint_url: str) -> None:
    """Apply the corrections of this module.

    :param endpoint_url: address at which the emulator will serve.
    """
    amend("AWS::Lambda::Function", create=_require_parts, update=_require_place)
    amend("AWS::Lambda::Function", **after(_with_concurrency))
    amend("AWS::Lambda::Function", **after(_with_place))
    rename_physical_ids("AWS::Lambda::Url", lambda _key, attributes: attributes["FunctionArn"], native=_url_key)
    _serve_locally(endpoint_url)
    # The emulator waits 50 ms after each call of a Node.js function for the first line of its log.
    _runtime.Worker._drain_stderr_bounded.__defaults__ = (0.002, 0.001, 0.25)
    replace(_runtime, "_detect_runtime_binary", _find_node)
    replace(_lambda, "_create_function", _check_creation)
    replace(_lambda, "_update_code", _check_update(lambda _name, code: _missing_code(code)))
    replace(_lambda, "_update_config", _check_update(lambda name, data: _unrunnable(data) or _unfit_change(name, data)))
    replace(_lambda, "handle_request", _limit_calls)
    replace(_lambda, "handle_function_url_request", _limit_addresses)
    replace(_lambda, "_build_function_url_event", _with_signer)
    replace(_lambda, "_build_function_url_event", _with_sent_path)
    replace(_app, "pin_signed_request", _keep_sent_path)
    replace(_lambda, "lambda_execute_result_to_api_proxy_response", _mark_failures)
    replace(_lambda, "_function_url_proxy_response", _hide_failures)
