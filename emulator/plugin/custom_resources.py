"""Custom resources: a function that cannot answer fails its resource at once, with the reason.

CloudFormation calls the function asynchronously, so that it never learns of a crash, and waits for the answer until
`ServiceTimeout`, an hour if there is none. The emulator sees the crash; it would be unkind to wait all the same. A
function that ends well without an answer is waited for, as on AWS: something else may answer later.
"""

from __future__ import annotations

import contextvars
import json
import threading
from typing import Any

from emulator.plugin.borrowed import borrow, replace
from emulator.plugin.resources import Properties, region

_custom = borrow(
    "services.cloudformation.custom_resource",
    "_lock",
    "_normalise_resource_properties",
    "_pending",
    "_response_url",
    "deliver_response",
    "invoke_custom_resource",
    "register_token",
)
_lambda = borrow(
    "services.lambda_svc",
    "_execute_function_with_config_scope",
    "_execution_record_for_config",
    "_get_func_record_for_ref",
)
_responses = borrow("core.responses", "new_uuid")

LONGEST_SECONDS = 3600
LONGEST_ANSWER_BYTES = 4096
CANCELLED = "Resource creation cancelled"

_waiting: dict[str, str] = {}
"""Tokens of the answers that are waited for, with the id of the stack."""


def _timeout(properties: Properties) -> float:
    """Return how long to wait for an answer, in seconds; the registry's schema bounds what a template may say."""
    return min(float(properties.get("ServiceTimeout", LONGEST_SECONDS)), LONGEST_SECONDS)


def _find(service_token: Any) -> tuple[Any, Any]:
    record, config, _name = _lambda._get_func_record_for_ref(service_token)
    parts = str(service_token).split(":")
    is_elsewhere = str(service_token).startswith("arn:") and len(parts) > 3 and parts[3] != region()
    if is_elsewhere or record is None or config is None:
        raise ValueError(
            f"Invalid service token: {service_token!r} is no function of {region()}. Make the function before the "
            "custom resource, in the same region; topics are not supported by the embedded AWS"
        )
    return record, config


def _call(record: Any, event: dict[str, Any], token: str, name: str) -> None:
    """Run the function, and answer in its place if it crashes."""
    try:
        result = _lambda._execute_function_with_config_scope(record, event)
        fault = result.get("body") if result.get("error") or result.get("function_error") else None
    except Exception as error:
        fault = {"errorType": type(error).__name__, "errorMessage": str(error)}
    if fault is not None:
        told = fault if isinstance(fault, dict) else {"errorMessage": str(fault)}
        kind, message = told.get("errorType", "Error"), told.get("errorMessage", "")
        _give_up(token, f"The function {name} failed with {kind}: {message}")


def _give_up(token: str, reason: str) -> None:
    """End the wait for an answer, unless it is there."""
    with _custom._lock:
        entry = _custom._pending.get(token)
    if entry is not None and entry["result"] is None:
        _custom.deliver_response(token, {"_given_up": reason})


def _invoke(
    request_type: str,
    logical_id: str,
    props: Properties,
    _stack_name: str,
    stack_id: str,
    resource_type: str,
    physical_id: str | None = None,
    old_props: Properties | None = None,
) -> tuple[str, dict[str, Any]]:
    """Call a custom resource's function and wait for the answer; never on the event loop, which has to receive it.

    :raises ValueError: with the reason that the resource's event shows.
    """
    record, config = _find(props.get("ServiceToken", ""))
    token, request_id = _responses.new_uuid(), _responses.new_uuid()
    event: dict[str, Any] = {
        "RequestType": request_type,
        "ServiceToken": props.get("ServiceToken", ""),
        "ResponseURL": _custom._response_url(token),
        "StackId": stack_id,
        "RequestId": request_id,
        "LogicalResourceId": logical_id,
        "ResourceType": resource_type,
        "ResourceProperties": _custom._normalise_resource_properties(props),
    }
    if physical_id is not None:
        event["PhysicalResourceId"] = physical_id
    if old_props is not None:
        event["OldResourceProperties"] = _custom._normalise_resource_properties(old_props)
    answer = _answer(token, stack_id, record, config, event, _timeout(props))
    _require_success(answer, request_id)
    return answer.get("PhysicalResourceId") or physical_id or request_id, answer.get("Data") or {}


def _answer(
    token: str, stack_id: str, record: Any, config: Any, event: dict[str, Any], seconds: float
) -> dict[str, Any]:
    arrived = _custom.register_token(token)
    _waiting[token] = stack_id
    function = _lambda._execution_record_for_config(record, config)
    name = str(config.get("FunctionName", ""))
    context = contextvars.copy_context()
    # On a thread of its own, since the time counts from now, however long the function itself takes.
    threading.Thread(
        target=context.run, args=(_call, function, event, token, name), name="custom-resource", daemon=True
    ).start()
    try:
        arrived.wait(seconds)
    finally:
        _waiting.pop(token, None)
        with _custom._lock:
            entry = _custom._pending.pop(token, None)
    answer: dict[str, Any] | None = entry and entry["result"]
    if answer is None:
        raise ValueError(
            "CloudFormation did not receive a response from your Custom Resource. Please check your logs for requestId "
            f"[{event['RequestId']}]. It waited for {seconds:.0f} s, see ServiceTimeout"
        )
    return answer


def _require_success(answer: dict[str, Any], request_id: str) -> None:
    if "_given_up" in answer:
        raise ValueError(f"{answer['_given_up']} (RequestId: {request_id})")
    if answer.get("Status") != "SUCCESS":
        reason = answer.get("Reason", "the answer has no Status SUCCESS, and no Reason")
        raise ValueError(
            f"Received response status [FAILED] from custom resource. Message returned: {reason} "
            f"(RequestId: {request_id})"
        )
    if len(json.dumps(answer).encode()) > LONGEST_ANSWER_BYTES:
        raise ValueError(f"Response object is too long. It may have {LONGEST_ANSWER_BYTES} bytes")


def cancel(stack_id: str) -> None:
    """Wait no longer for the custom resources of a stack."""
    for token, owner in list(_waiting.items()):
        if owner == stack_id:
            _give_up(token, CANCELLED)


def install() -> None:
    """Apply the corrections of this module."""
    replace(_custom, "invoke_custom_resource", lambda _original: _invoke)
