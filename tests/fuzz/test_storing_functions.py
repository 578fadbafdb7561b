"""The cache service against requests that its own OpenAPI document allows, and forbids."""

from __future__ import annotations

import io

import schemathesis
from aws_lambda_powertools import Logger
from hypothesis import HealthCheck, settings
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    positive_data_acceptance,
    response_schema_conformance,
    status_code_conformance,
)

from lambda_src.cache_service import routes as cache_routes
from lambda_src.cache_service.logic import KeyBasedCache
from lambda_src.shared.settings import ServiceSettings
from tests.fuzz.function_server import as_wsgi

EXAMPLES = 15
EXCLUDED = [
    positive_data_acceptance,  # what varies in a path becomes part of an object's name, which few names may
    content_type_conformance,  # a cached object has the type that it was stored with
    status_code_conformance,  # a report is answered with 204
    response_schema_conformance,  # and so with no body
]


class Objects(dict):
    """A store in memory."""

    def put(self, path, item):
        self[path] = item


def _logger(name):
    return Logger(service=f"{name}-fuzzed", stream=io.StringIO())


def _cache():
    cache = KeyBasedCache(Objects(), lambda: 0.0)
    told = ServiceSettings("cache-service", "1", "test")
    return cache_routes.build_application(told, cache, ttl_seconds=60, logger=_logger("cache"))


few = settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))


@schemathesis.openapi.from_wsgi("/openapi.json", as_wsgi(_cache())).parametrize()
@few
def test_cache_service(case):
    case.call_and_validate(excluded_checks=EXCLUDED)
