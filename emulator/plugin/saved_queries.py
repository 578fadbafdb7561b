"""Saved queries of Logs Insights: the resource type and the API on the same records."""

from __future__ import annotations

import uuid
from typing import Any

from emulator.plugin import clock, records
from emulator.plugin.borrowed import borrow
from emulator.plugin.resources import Created, Properties, ResourceType, account, region, register, unique_hex

_responses = borrow("core.responses", "error_response_json", "json_response")

KIND = "query-definition"
PAGE = 1000
Body = dict[str, Any]
Response = tuple[int, dict[str, str], bytes]


def _save(identifier: str, name: str, text: str, groups: list[str], language: str) -> str:
    record = {
        "queryDefinitionId": identifier,
        "name": name,
        "queryString": text,
        "logGroupNames": groups,
        "queryLanguage": language,
        "lastModified": int(clock.now() * 1000),
    }
    records.put(KIND, identifier, record)
    return identifier


def _create(logical_id: str, properties: Properties, stack: str) -> Created:
    identifier = str(uuid.UUID(unique_hex(account(), region(), stack, logical_id, properties["Name"], length=32)))
    return _update(identifier, {}, properties, stack)


def _update(identifier: str, _old: Properties, new: Properties, _stack: str) -> Created:
    groups = list(new.get("LogGroupNames") or [])
    _save(identifier, new["Name"], new["QueryString"], groups, new.get("QueryLanguage") or "CWLI")
    return identifier, {"QueryDefinitionId": identifier}


def _put(request: Body) -> Response:
    identifier = request.get("queryDefinitionId")
    if identifier and records.get(KIND, str(identifier)) is None:
        return _refuse("ResourceNotFoundException", f"The query definition {identifier} does not exist.")
    if not request.get("name") or not request.get("queryString"):
        return _refuse("InvalidParameterException", "name and queryString are required.")
    saved = _save(
        str(identifier or uuid.uuid4()),
        str(request["name"]),
        str(request["queryString"]),
        list(request.get("logGroupNames") or []),
        str(request.get("queryLanguage") or "CWLI"),
    )
    return _reply({"queryDefinitionId": saved})


def _describe(request: Body) -> Response:
    prefix, language = request.get("queryDefinitionNamePrefix") or "", request.get("queryLanguage")
    found = [
        record
        for record in sorted(records.everything(KIND), key=lambda record: str(record["name"]))
        if record["name"].startswith(prefix) and language in (None, record["queryLanguage"])
    ]
    start, size = int(request.get("nextToken") or 0), int(request.get("maxResults") or PAGE)
    more = {"nextToken": str(start + size)} if len(found) > start + size else {}
    return _reply({"queryDefinitions": found[start : start + size], **more})


def _delete(request: Body) -> Response:
    identifier = str(request.get("queryDefinitionId"))
    if records.get(KIND, identifier) is None:
        return _refuse("ResourceNotFoundException", f"The query definition {identifier} does not exist.")
    records.remove(KIND, identifier)
    return _reply({"success": True})


def _reply(content: Body) -> Response:
    reply: Response = _responses.json_response(content)
    return reply


def _refuse(code: str, message: str) -> Response:
    refusal: Response = _responses.error_response_json(code, message, 400)
    return refusal


OPERATIONS = {
    "PutQueryDefinition": _put,
    "DescribeQueryDefinitions": _describe,
    "DeleteQueryDefinition": _delete,
}


def install() -> None:
    """Add the resource type."""
    register(
        (
            ResourceType(
                "AWS::Logs::QueryDefinition",
                _create,
                _update,
                lambda identifier, _properties: records.remove(KIND, identifier),
                tags=None,
            ),
        )
    )
