"""The examples of the service's page, sent to the service."""

import json
import re
from pathlib import Path
from urllib.parse import parse_qsl

import pytest

from lambda_src.html_service.routes import build_application
from lambda_src.html_service.text_service import Transformed
from lambda_src.semantic_text_service.logic import mask

DOCUMENT = Path(__file__).parents[4] / "docs" / "services" / "html-service.md"
EXAMPLE = re.compile(r"^### `POST (\S+)`\n(.*?)(?=^##|\Z)", re.MULTILINE | re.DOTALL)
FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


class Texts:
    def transform(self, mode, texts, parameters, caller):  # noqa: ARG002 - takes what the real one takes
        return Transformed([mask(text) for text in texts])


def examples():
    return [pytest.param(*found, id=found[0]) for found in EXAMPLE.findall(DOCUMENT.read_text())]


@pytest.fixture
def call(caller):
    return caller(build_application, Texts())


@pytest.mark.parametrize(("address", "said"), examples())
def test_example(call, address, said):
    path, _, query = address.partition("?")
    (kind, request), (_, answer) = FENCE.findall(said)
    if kind == "json":
        reply = call("POST", path, json.loads(request))
        assert reply.json == json.loads(answer)
    else:
        reply = call("POST", path, request.rstrip("\n").encode(), query=dict(parse_qsl(query)))
        assert reply.data.decode() == answer.rstrip("\n")


def test_every_route_has_an_example(call):
    described = {path for path, methods in call("GET", "/openapi.json").json["paths"].items() if "post" in methods}
    assert {example.values[0].partition("?")[0] for example in examples()} == described
