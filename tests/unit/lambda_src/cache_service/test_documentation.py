"""The examples of the service's page, sent to the service one after the other."""

import json
import re
from pathlib import Path
from urllib.parse import parse_qsl

import pytest

from contract import routes
from contract.quotas import Quotas
from lambda_src.cache_service.export import Exporter
from lambda_src.cache_service.logic import Cache
from lambda_src.cache_service.quotas import Accounts
from lambda_src.cache_service.routes import MAX_BODY_BYTES, Terms, build_application
from lambda_src.cache_service.writing import Writer
from tests.unit.lambda_src.cache_service.stores import MemoryStore

DOCUMENT = Path(__file__).parents[4] / "docs" / "services" / "cache-service.md"
EXAMPLE = re.compile(r"^### `([A-Z]+) (\S+)`\n(.*?)(?=^##|\Z)", re.MULTILINE | re.DOTALL)
FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
NOON = 1_795_262_400.0  # 2026-11-21T12:00:00Z
SHARED = {routes.HEALTH, routes.STATUS, routes.OPENAPI}


class Clock:
    time = NOON

    def __call__(self):
        return self.time


class Kept:
    """Keeps no file, and has one address for all of them."""

    def begin(self, path, content_type):
        assert path.startswith("_exports/shop/")
        assert content_type == "application/zip"
        return self

    def add(self, part):
        assert part

    def finish(self):
        pass

    def url(self, path, file_name, seconds):  # noqa: ARG002 - takes what the real one takes
        assert (file_name, seconds) == ("shop-20261121T120017Z.zip", 900)
        return "https://slipway-cache.s3.eu-west-1.amazonaws.com/_exports/shop/1.zip?X-Amz-Signature=0"


def examples():
    return EXAMPLE.findall(DOCUMENT.read_text())


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def call(caller, clock):
    objects = MemoryStore(clock)
    admit = Accounts(objects, Quotas({}, None), clock).admit
    cache = Cache(objects, clock, Writer(objects, clock, lambda: "0123456789abcdef" * 2, admit), admit=admit)
    return caller(
        build_application,
        cache,
        terms=Terms(3600, 7 * 86_400),
        exporter=Exporter(objects, Kept(), clock),
    )


def test_the_page_says_how_large_an_entry_may_be():
    assert f"| {MAX_BODY_BYTES:,} bytes," in DOCUMENT.read_text()


def answer(call, method, address, request):
    """Return what an example is answered with, as it stands on the page: its kind and its words."""
    path, _, query = address.partition("?")
    body = request.removesuffix("\n").encode() if request else None
    headers = {"content-type": "text/plain"}
    reply = call(method, path, body, query=dict(parse_qsl(query)) or None, headers=headers)
    assert reply.status == 200, reply.data
    if reply.headers["content-type"].startswith("application/json"):
        told = reply.json
        if "url" in told:
            # How far the machine's library packs it is its own affair.
            told["size"] = 608
        return "json", json.dumps(told) + "\n"
    return "text", reply.data.decode() + "\n"


def test_examples(call, clock):
    for method, address, said in examples():
        fences = FENCE.findall(said)
        request = fences[0][1] if method in ("POST", "PUT") else ""
        kind, words = answer(call, method, address, request)
        assert (address, kind, words) == (address, *fences[-1])
        clock.time += 1


def test_every_route_has_an_example(call):
    described = {
        (method.upper(), path)
        for path, methods in call("GET", "/openapi.json").json["paths"].items()
        for method in methods
        if path not in SHARED
    }
    shown = {
        (method, path)
        for method, path in described
        for how, address, _ in examples()
        if how == method and re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", path), address.partition("?")[0])
    }
    alike = {(method, path) for method, path in described if "/store/" in path}
    assert described - shown <= alike
    assert len(alike & shown) >= 3
