"""The document that each function gives of itself."""

import json
from enum import StrEnum
from typing import Annotated

import pytest
from pydantic import BaseModel, ConfigDict, Field

from lambda_src.shared.openapi import describe
from lambda_src.shared.operations import BINARY, Operation


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


class Body(BaseModel):
    """What is painted."""

    model_config = ConfigDict(extra="forbid")

    colour: Colour
    size: Annotated[int, Field(ge=1)] = 1


class Query(BaseModel):
    colour: Colour
    dry: bool = True


class Reply(BaseModel):
    painted: list[Body]


OPERATIONS = [
    Operation("POST", "/paint/{wall}", "Paint.", body=Body, query=Query, reply=Reply),
    Operation("GET", "/paint/{wall}", "Look.", reply=BINARY),
    Operation("PUT", "/paint/{wall}", "Put a picture there.", body=BINARY),
]


@pytest.fixture
def document(settings):
    return describe(settings, OPERATIONS)


def test_who_it_is(document):
    assert document["openapi"] == "3.1.0"
    assert document["info"] == {"title": "some-service", "version": "1.2.3"}


def test_a_path_has_its_methods_and_what_varies_in_it(document):
    assert set(document["paths"]) == {"/paint/{wall}"}
    assert set(document["paths"]["/paint/{wall}"]) == {"post", "get", "put"}
    wall = {"name": "wall", "in": "path", "required": True, "schema": {"type": "string"}}
    assert document["paths"]["/paint/{wall}"]["get"]["parameters"] == [wall]


def test_the_query_stands_with_what_is_needed_and_what_is_not(document):
    parameters = {each["name"]: each for each in document["paths"]["/paint/{wall}"]["post"]["parameters"]}
    assert parameters["colour"]["required"]
    assert parameters["colour"]["schema"] == {"$ref": "#/components/schemas/Colour"}
    assert not parameters["dry"]["required"]


def test_bodies_and_replies_refer_to_models(document):
    operation = document["paths"]["/paint/{wall}"]["post"]
    body = operation["requestBody"]["content"]["application/json"]["schema"]
    reply = operation["responses"]["200"]["content"]["application/json"]["schema"]
    error = operation["responses"]["default"]["content"]["application/json"]["schema"]
    known = document["components"]["schemas"]
    assert [each["$ref"].rpartition("/")[2] in known for each in (body, reply, error)] == [True] * 3
    assert known["Body"]["properties"]["size"]["minimum"] == 1


def test_bytes_are_bytes(document):
    methods = document["paths"]["/paint/{wall}"]
    assert "application/octet-stream" in methods["get"]["responses"]["200"]["content"]
    assert "application/octet-stream" in methods["put"]["requestBody"]["content"]
    assert (methods["put"]["requestBody"]["required"], methods["post"]["requestBody"]["required"]) == (False, True)


def test_all_references_lead_somewhere_and_the_text_is_always_the_same(document, settings):
    text = json.dumps(document)
    known = {f"#/components/schemas/{name}" for name in document["components"]["schemas"]}
    assert {part.partition('"')[0] for part in text.split('"$ref": "')[1:]} <= known
    assert json.dumps(describe(settings, OPERATIONS)) == text
