"""CloudWatch Logs: a log group with deletion protection is not deleted, neither by its stack nor by a call."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from emulator.faults.answers import Refusal, handler_words
from emulator.plugin.borrowed import borrow, replace
from emulator.plugin.resources import Created, Delete, Properties, after, amend

_logs = borrow(
    "services.cloudwatch_logs", "_create_log_group", "_delete_log_group", "_describe_log_groups", "_log_groups"
)
_responses = borrow("core.responses", "error_response_json", "json_response", "new_uuid")

Body = dict[str, Any]
Response = tuple[int, dict[str, str], bytes]
Call = Callable[[Body], Response]
_MEMBER = "deletionProtectionEnabled"


def _set(name: str, enabled: Any) -> None:
    _logs._log_groups[name][_MEMBER] = str(enabled).lower() == "true"


def _refusal(name: Any) -> Refusal | None:
    if not _logs._log_groups.get(name, {}).get(_MEMBER):
        return None
    return Refusal("ValidationException", 400, f"Log group {name} has deletion protection enabled.")


def _creating(original: Call) -> Call:
    def create(request: Body) -> Response:
        reply = original(request)
        if reply[0] < 400:
            _set(request["logGroupName"], request.get(_MEMBER, False))
        return reply

    return create


def _deleting(original: Call) -> Call:
    def delete(request: Body) -> Response:
        if refused := _refusal(request.get("logGroupName")):
            answer: Response = _responses.error_response_json(refused.code, refused.message, refused.status)
            return answer
        return original(request)

    return delete


def _describing(original: Call) -> Call:
    def describe(request: Body) -> Response:
        status, headers, body = original(request)
        if status >= 400:
            return status, headers, body
        answer = json.loads(body)
        for group in answer["logGroups"]:
            group[_MEMBER] = _logs._log_groups[group["logGroupName"]].get(_MEMBER, False)
        described: Response = _responses.json_response(answer)
        return described

    return describe


def _put_protection(request: Body) -> Response:
    # The group is told by its name or by its ARN.
    name = str(request.get("logGroupIdentifier", "")).rpartition("log-group:")[2]
    answer: Response
    if name not in _logs._log_groups:
        text = f"The specified log group does not exist: {name}"
        answer = _responses.error_response_json("ResourceNotFoundException", text, 400)
        return answer
    _set(name, request.get(_MEMBER, False))
    answer = _responses.json_response({})
    return answer


OPERATIONS = {"PutLogGroupDeletionProtection": _put_protection}


def _protect(created: Created, properties: Properties) -> Created:
    _set(created[0], properties.get("DeletionProtectionEnabled", False))
    return created


def _keep(original: Delete) -> Delete:
    def delete(name: str, properties: Properties) -> None:
        if refused := _refusal(name):
            raise ValueError(handler_words(refused, "logs", _responses.new_uuid()))
        original(name, properties)

    return delete


def install() -> None:
    """Apply the corrections of this module."""
    replace(_logs, "_create_log_group", _creating)
    replace(_logs, "_delete_log_group", _deleting)
    replace(_logs, "_describe_log_groups", _describing)
    amend("AWS::Logs::LogGroup", **after(_protect), delete=_keep)
