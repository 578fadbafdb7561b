"""What nobody should send, to every route of every function: refused with what and why, never a failure.

Which routes there are, and which fields they take, is read from each function's own OpenAPI document, so that a new one
is tried by itself. What of all this a schema cannot forbid stands in tables here. What is wrong is wrong alone, in a
request that is accepted without it. Pages and their forms are in :mod:`.test_bad_forms`.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
import json
import tracemalloc

import pytest
from aws_lambda_powertools import Logger

from contract import routes
from contract.components import Function
from contract.modes import Engine
from lambda_src.cache_service import routes as cache_routes
from lambda_src.cache_service.logic import Cache
from lambda_src.html_service import routes as html_routes
from lambda_src.html_service.text_service import Transformed
from lambda_src.semantic_text_service import routes as semantic_routes
from lambda_src.semantic_text_service.embedded import EmbeddedEngine
from lambda_src.shared.settings import ServiceSettings
from tests.unit.lambda_src.cache_service.conftest import NoZip
from tests.unit.lambda_src.cache_service.stores import MemoryStore
from tests.unit.lambda_src.proxy_management.people import Board

TEN_MEGABYTES = 10 * 1024 * 1024
JSON, BYTES = "application/json", "application/octet-stream"
TOO_MUCH_MEMORY = 50 * 1024 * 1024
"""A bomb of 200 MB is refused long before that."""


class Echo:
    """Gives each text back."""

    def transform(self, mode, texts, parameters, caller):  # noqa: ARG002 - takes what the real one takes
        return Transformed(list(texts))


def built(function):
    """Return a function's application, on stores in memory."""
    told = {
        "settings": ServiceSettings(function.value, "1", "test"),
        "logger": Logger(service=f"{function.value}-tried", stream=io.StringIO()),
    }
    match function:
        case Function.HTML_SERVICE:
            return html_routes.build_application(texts=Echo(), **told)
        case Function.SEMANTIC_TEXT_SERVICE:
            return semantic_routes.build_application(engines={Engine.EMBEDDED: EmbeddedEngine()}, **told)
        case Function.CACHE_SERVICE:
            cache = Cache(MemoryStore(lambda: 0.0), lambda: 0.0)
            terms = cache_routes.Terms(ttl_seconds=60, longest_ttl_seconds=86_400)
            return cache_routes.build_application(cache=cache, terms=terms, exporter=NoZip(), **told)
        case Function.PROXY_MANAGEMENT:
            return Board().app


APPLICATIONS = {function: built(function) for function in Function}


def send(function, method, path, body=b"", *, query=None, headers=None):
    """Call a function as its URL does; return the status and the answer."""
    event = {
        "version": "2.0",
        "rawPath": path,
        "rawQueryString": "",
        "queryStringParameters": query or {},
        "headers": {"content-type": JSON, **(headers or {})},
        "requestContext": {"http": {"method": method, "path": path}, "requestId": "1", "stage": "$default"},
        "body": base64.b64encode(body).decode(),
        "isBase64Encoded": True,
    }
    reply = APPLICATIONS[function](event, None)
    return reply["statusCode"], reply["body"]


def refused(function, method, path, body=b"", **more):
    """Return the error that a request is refused with; it says what and why."""
    status, answer = send(function, method, path, body, **more)
    assert 400 <= status < 500, f"{method} {path} answered {status}: {answer[:500]}"
    error = json.loads(answer)["error"]
    assert error["code"]
    assert len(error["message"]) > 10
    assert len(answer) < 20_000
    return error


def documents():
    for function in Function:
        _, text = send(function, "GET", "/openapi.json")
        yield function, json.loads(text)


ENTRY = b"{}"
NAMES = {
    "engine": Engine.EMBEDDED.value,
    "namespace": "some-name",
    "strategy": "key_based",
    "key": "some-name",
    "cache_id": "key_based.some-name",
    "cache_hash": hashlib.sha256(ENTRY).hexdigest()[:16],
    "name": "some-name",
    "instance_id": "some-name",
    "process_id": "some-name",
}
"""What stands in the place of what varies in paths: the entry, and what is kept with it, of :func:`keep_an_entry`."""

ONE_SEGMENT = {"segments": [None]}
"""As many as the page of an example has."""


def keep_an_entry():
    """Have the cache keep what :data:`NAMES` name."""
    for path in ("key_based/store/json/some-name", "children/key_based.some-name/some-name"):
        method = "PUT" if "children" in path else "POST"
        assert send(Function.CACHE_SERVICE, method, f"/some-name/{path}", ENTRY)[0] == 200


class Operation:
    """One route, as its function describes it."""

    def __init__(self, function, document, path, method):
        self.function, self.method, self.template = function, method.upper(), path
        self._schemas = document["components"]["schemas"]
        described = document["paths"][path][method]
        self.parameters = described.get("parameters", [])
        content = described.get("requestBody", {}).get("content", {})
        self.body = content[JSON]["schema"] if JSON in content else None
        self.takes_bytes = BYTES in content
        self.varying = [each["name"] for each in self.parameters if each["in"] == "path"]
        # Only one strategy has versions.
        self.names = NAMES | ({"strategy": "temporal_versioned"} if path == routes.CACHE_VERSIONS else {})
        self.path = path.format(**self.names)

    def __str__(self):
        return f"{self.function.value} {self.method} {self.template}"

    def refused(self, body=b"", **more):
        return refused(self.function, self.method, self.path, body, **more)

    def path_with(self, **names):
        """Return the path with other names in it."""
        return self.template.format(**{**self.names, **names})

    def needed_query(self):
        """Return the parameters that it cannot do without; its strategy needs a key."""
        in_query = [each for each in self.parameters if each["in"] == "query"]
        needed = [each for each in in_query if each["required"] or each["name"] == "key"]
        return {each["name"]: NAMES.get(each["name"]) or str(self._example(each["schema"])) for each in needed}

    def needed_body(self):
        """Return a body that is accepted."""
        if self.body is not None:
            return json.dumps(self.example()).encode()
        return ENTRY if self.takes_bytes else b""

    def fields(self):
        """Return the names of the body's fields with their schemas."""
        return self._resolved(self.body).get("properties", {})

    def example(self):
        """Return a body that has what it needs."""
        more = ONE_SEGMENT if self.template == routes.SEGMENTS_TO_HTML else {}
        return {**self._example(self.body), **more}

    def _resolved(self, schema):
        while "$ref" in schema:
            schema = self._schemas[schema["$ref"].rpartition("/")[2]]
        return schema

    def _example(self, schema):
        schema = self._resolved(schema)
        for choices in ("anyOf", "oneOf"):
            if choices in schema:
                return self._example(schema[choices][0])
        if "const" in schema or "enum" in schema:
            return schema.get("const", schema.get("enum", [None])[0])
        match schema.get("type"):
            case "object":
                needed = schema.get("required", ())
                return {name: self._example(schema["properties"][name]) for name in needed}
            case "array":
                return [self._example(schema["items"])] * schema.get("minItems", 0)
            case "string":
                return "a" * max(schema.get("minLength", 0), 4)
            case "integer" | "number":
                return schema.get("minimum", 0)
            case "boolean":
                return True
        return None


OPERATIONS = [
    Operation(function, document, path, method)
    for function, document in documents()
    for path, methods in document["paths"].items()
    for method in methods
]
OF_JSON = [operation for operation in OPERATIONS if operation.body is not None]
OF_BYTES = [operation for operation in OPERATIONS if operation.takes_bytes]


@pytest.mark.parametrize("operation", OPERATIONS, ids=str)
def test_what_is_right_is_accepted(operation):
    keep_an_entry()
    body, query = operation.needed_body(), operation.needed_query()
    status, answer = send(operation.function, operation.method, operation.path, body, query=query)
    assert status == 200, answer[:500]


NO_BODY = {
    "nothing": b"",
    "no JSON": b"{",
    "null bytes": b"\0" * 1000,
    "a null byte after it": b"{}\0",
    "JSON in UTF-16": "{}".encode("utf-16"),
    "JSON in another charset": '{"é": 1}'.encode("latin-1"),
    "gzip in the place of JSON": gzip.compress(b"{}"),
    "truncated gzip": gzip.compress(b"{}" * 1000)[:20],
    "a list": b"[]",
    "a number": b"1",
    "NaN": b"NaN",
    "100,000 lists in each other": b"[" * 100_000,
    "100,000 lists in each other, closed": b"[" * 100_000 + b"]" * 100_000,
    "100,000 objects in each other": b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    "a number of 100,000 digits": b'{"a": ' + b"9" * 100_000 + b"}",
    "100,000 names": json.dumps(dict.fromkeys(map(str, range(100_000)), 0)).encode(),
    "half a character": b'{"a": "\\ud800"}',
}
"""Bodies that no route takes where it takes JSON."""


@pytest.mark.parametrize("operation", OF_JSON, ids=str)
def test_what_is_no_such_body_is_refused(operation):
    for body in NO_BODY.values():
        assert operation.refused(body)["details"]


OF_NEWER_SENDERS = {routes.REPORT_STATISTICS}
"""Where fields that only a newer proxy knows are left out."""


@pytest.mark.parametrize("operation", OF_JSON, ids=str)
def test_each_field_wrong_is_named(operation):
    fields, body = operation.fields(), operation.example()
    assert fields
    for name, schema in fields.items():
        wrong = "no object" if schema.get("type") == "object" or "$ref" in schema else {"no such": "thing"}
        error = operation.refused(json.dumps({**body, name: wrong}).encode())
        assert any(each["path"].startswith(f"body.{name}") for each in error["details"]), error
    if operation.template not in OF_NEWER_SENDERS:
        error = operation.refused(json.dumps({**body, "no_such_field": 1}).encode())
        assert [each["path"] for each in error["details"]] == ["body.no_such_field"]


def largest_body(function):
    """Return how many bytes a function says that it takes."""
    _, status = send(function, "GET", "/info/status")
    return json.loads(status)["facts"]["max_body_bytes"]


@pytest.mark.parametrize("operation", OF_JSON + OF_BYTES, ids=str)
def test_a_byte_too_much_is_refused(operation):
    error = operation.refused(b"x" * (largest_body(operation.function) + 1), query=operation.needed_query())
    assert error["code"] == "too-large"


@pytest.mark.parametrize("operation", [each for each in OF_JSON if "html" in each.fields()], ids=str)
def test_a_page_of_ten_megabytes_and_a_byte_is_refused(operation):
    page = base64.b64encode(b"x" * (TEN_MEGABYTES + 1)).decode()
    error = operation.refused(json.dumps({**operation.example(), "html": page}).encode())
    assert any(each["path"].startswith("body") for each in error["details"]), error


IN_QUERY = [
    (operation, parameter["name"], parameter["schema"])
    for operation in OPERATIONS
    for parameter in operation.parameters
    if parameter["in"] == "query"
]


@pytest.mark.parametrize(("operation", "name", "schema"), IN_QUERY, ids=lambda each: str(each)[:60])
def test_each_parameter_wrong_is_refused_and_named(operation, name, schema):
    keep_an_entry()
    for wrong in ("9" * 5000, "half a character \ud800"):
        error = operation.refused(operation.needed_body(), query={**operation.needed_query(), name: wrong})
        assert [each["path"] for each in error["details"]] == [f"query.{name}"], (error, schema)


def test_every_method_that_a_path_does_not_know_is_refused():
    for operation in OPERATIONS:
        status, _ = send(operation.function, "PATCH", operation.path)
        assert status == 405, operation


IN_PATH = [(operation, name) for operation in OPERATIONS for name in operation.varying]
NO_NAMES = ("", "x" * 2000, "a\0b", "half a character \ud800", "no%ffUTF-8")
NAMES_OF_FEW = ("..", ".", "%2e%2e", "..%2f..%2fpages", "a%00b", "é", "{namespace}", "a b", " ")
ANY_TEXT = {"key", "name"}
"""What callers name as they like: what looks as if it led elsewhere is a name of its own."""


@pytest.mark.parametrize(("operation", "name"), IN_PATH, ids=str)
def test_paths_of_others_and_none_are_refused(operation, name):
    """Each name alone, in a request that is accepted with the right one."""
    keep_an_entry()
    body, query = operation.needed_body(), operation.needed_query()
    for wrong in NO_NAMES if name in ANY_TEXT else NO_NAMES + NAMES_OF_FEW:
        path = operation.path_with(**{name: wrong})
        error = refused(operation.function, operation.method, path, body, query=query)
        assert {each["path"] for each in error["details"]} <= {f"path.{name}"}, (wrong, error)


@pytest.mark.parametrize("name", NAMES_OF_FEW)
def test_a_key_that_looks_like_a_path_is_a_name_of_its_own(name):
    keep_an_entry()
    store, retrieve = (f"/some-name/key_based/{rest}/{name}" for rest in ("store/string", "retrieve"))
    assert send(Function.CACHE_SERVICE, "POST", store, b"of this key")[0] == 200
    for path, kept in ((retrieve, b"of this key"), ("/some-name/key_based/retrieve/some-name", ENTRY)):
        status, answer = send(Function.CACHE_SERVICE, "GET", path)
        assert (status, base64.b64decode(answer)) == (200, kept)


BOMB = gzip.compress(b"\0" * 200 * 1024 * 1024, 1)
PAGE, ZIPPED = {"mode": "xxx"}, {"content-encoding": "gzip"}
TRANSFORM, RATE = "/text-transformation/transform", "/semantic-classification/{engine}/multi/rate"
TEXTS = b'{"texts": ["a"]}'
UNKNOWN = [
    (Function.HTML_SERVICE, "/html/transform", b"<p>a", {"mode": "no-such-mode"}, {}, "mode"),
    (Function.HTML_SERVICE, "/html/transform", b"x" * (TEN_MEGABYTES + 1), PAGE, {}, ""),
    (Function.HTML_SERVICE, "/html/transform", gzip.compress(b"<p>a" * 100)[:-9], PAGE, ZIPPED, ""),
    (Function.HTML_SERVICE, "/html/transform", b"<p>a", PAGE, ZIPPED, ""),
    (Function.HTML_SERVICE, "/html/transform", b"<p>a", PAGE, {"content-encoding": "br"}, ""),
    (Function.HTML_SERVICE, "/dict/to/html", b'{"html_dict": {"nodes": []}, "charset": "no-such"}', {}, {}, "charset"),
    (Function.SEMANTIC_TEXT_SERVICE, TRANSFORM, b'{"mode": "no-such", "texts": ["a"]}', {}, {}, "mode"),
    (Function.SEMANTIC_TEXT_SERVICE, RATE.format(engine="no-such"), TEXTS, {}, {}, "engine"),
    (Function.SEMANTIC_TEXT_SERVICE, RATE.format(engine="comprehend"), TEXTS, {}, {}, "engine"),
    (Function.CACHE_SERVICE, "/no such namespace/key_based/store/string/a", b"a", {}, {}, "namespace"),
    (Function.CACHE_SERVICE, "/pages/no-such-strategy/store/string/a", b"a", {}, {}, "strategy"),
    (Function.CACHE_SERVICE, "/pages/key_based/store/no-such-kind/a", b"a", {}, {}, ""),
    (Function.CACHE_SERVICE, "/pages/key_based/store/json/a", b"[" * 100_000, {}, {}, "body"),
    (Function.CACHE_SERVICE, "/pages/key_based/store/string/a", b"\xff", {}, {}, "body"),
]  # fmt: skip
"""Function, path, body, query, headers, and what of it the answer names, where it has a name."""


@pytest.mark.parametrize(
    ("function", "path", "body", "query", "headers", "named"), UNKNOWN, ids=[str(row) for row in range(len(UNKNOWN))]
)
def test_what_does_not_exist_is_named(function, path, body, query, headers, named):
    error = refused(function, "POST", path, body, query=query, headers=headers)
    if named:
        assert any(named in each["path"] for each in error["details"]), error


def test_a_bomb_does_not_go_off():
    tracemalloc.start()
    try:
        refused(Function.HTML_SERVICE, "POST", "/html/transform", BOMB, query=PAGE, headers=ZIPPED)
        assert tracemalloc.get_traced_memory()[1] < TOO_MUCH_MEMORY
    finally:
        tracemalloc.stop()


def test_broken_base64_is_refused():
    http = {"method": "POST", "path": "/html/transform"}
    event = {
        "rawPath": http["path"],
        "headers": {},
        "queryStringParameters": PAGE,
        "body": "%%%",
        "isBase64Encoded": True,
        "requestContext": {"http": http, "requestId": "1", "stage": "$default"},
    }
    assert APPLICATIONS[Function.HTML_SERVICE](event, None)["statusCode"] == 422
