"""The OpenAPI document of a function, made of its operations and their models when somebody asks for it.

Powertools has a generator too. It comes with its own validation, whose import alone takes as long as all our code, so
that each cold start would pay for a document that hardly anybody reads.
Source: OpenAPI Specification 3.1.0, https://spec.openapis.org/oas/v3.1.0
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from lambda_src.shared.errors import Detail
from lambda_src.shared.operations import BINARY, PAGE, Content, Operation
from lambda_src.shared.settings import ServiceSettings

VERSION = "3.1.0"
JSON = "application/json"
ANY_BYTES = "application/octet-stream"

_REFERENCE = "#/components/schemas/{model}"
_IN_PATH = re.compile(r"\{(\w+)\}")

type _Json = dict[str, Any]
type _Schemas = Mapping[tuple[type, JsonSchemaMode], _Json]


class Problem(BaseModel):
    """What is wrong with a request, or with the service."""

    code: str
    message: str
    details: list[Detail]


class ErrorReply(BaseModel):
    """Every answer with a status from 400."""

    error: Problem


def describe(settings: ServiceSettings, operations: Sequence[Operation]) -> _Json:
    """Return the document, without pages; the same operations give the same text."""
    operations = [operation for operation in operations if operation.reply != PAGE]
    made, definitions = models_json_schema(_models(operations), ref_template=_REFERENCE)
    schemas: _Schemas = dict(made.items())
    paths: dict[str, _Json] = {}
    for operation in operations:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _describe(operation, schemas)
    return {
        "openapi": VERSION,
        "info": {"title": settings.name, "version": settings.version},
        "paths": paths,
        "components": {"schemas": definitions.get("$defs", {})},
    }


def _models(operations: Iterable[Operation]) -> list[tuple[type[BaseModel], JsonSchemaMode]]:
    found: dict[tuple[type[BaseModel], JsonSchemaMode], None] = {(ErrorReply, "serialization"): None}
    for operation in operations:
        for content, mode in (
            (operation.body, "validation"), (operation.query, "validation"), (operation.reply, "serialization")
        ):  # fmt: skip
            if isinstance(content, type):
                found[content, mode] = None  # type: ignore[index]
    return list(found)


def _describe(operation: Operation, schemas: _Schemas) -> _Json:
    described: _Json = {
        "operationId": f"{operation.method.lower()}{operation.path.replace('/', '-')}",
        "summary": operation.summary,
        "responses": {
            "200": {"description": "Done.", **_content(operation.reply, schemas, "serialization")},
            "default": {"description": "What is wrong, and why.", **_content(ErrorReply, schemas, "serialization")},
        },
    }
    if parameters := [*_path_parameters(operation.path), *_query_parameters(operation.query)]:
        described["parameters"] = parameters
    if operation.body is not None:
        is_needed = operation.body != BINARY  # no bytes are bytes too
        described["requestBody"] = {"required": is_needed, **_content(operation.body, schemas, "validation")}
    return described


def _content(content: Content, schemas: _Schemas, mode: JsonSchemaMode) -> _Json:
    match content:
        case None:
            return {}
        case type():
            return {"content": {JSON: {"schema": schemas[content, mode]}}}
        case _:
            assert content == BINARY  # noqa: S101 - for readers: there is nothing else
            return {"content": {ANY_BYTES: {"schema": {"type": "string", "format": "binary"}}}}


def _path_parameters(path: str) -> list[_Json]:
    names = _IN_PATH.findall(path)
    return [{"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in names]


def _query_parameters(query: type[BaseModel] | None) -> list[_Json]:
    if query is None:
        return []
    schema = query.model_json_schema(ref_template=_REFERENCE)
    required = schema.get("required", [])
    return [
        {"name": name, "in": "query", "required": name in required, "schema": each}
        for name, each in schema["properties"].items()
    ]
