"""The cache service against requests that its own OpenAPI document allows, and forbids."""

from __future__ import annotations

import io

import schemathesis
from aws_lambda_powertools import Logger
from hypothesis import HealthCheck, settings
from schemathesis.specs.openapi.checks import content_type_conformance, positive_data_acceptance

from contract.cache import Strategy
from lambda_src.cache_service.addresses import Address
from lambda_src.cache_service.logic import Cache
from lambda_src.cache_service.routes import Terms, build_application
from lambda_src.cache_service.writing import Order
from lambda_src.shared.settings import ServiceSettings
from tests.fuzz.function_server import as_wsgi
from tests.unit.lambda_src.cache_service.conftest import NOON, NoZip
from tests.unit.lambda_src.cache_service.stores import MemoryStore

EXAMPLES = 8
EXCLUDED = [
    positive_data_acceptance,  # what varies in a path becomes part of an object's name, which few names may
    content_type_conformance,  # an entry has the type that it was stored with
]


def _cache():
    """Return the service, with an entry of each strategy, and something under it, in namespace `0`."""
    cache = Cache(MemoryStore(), lambda: NOON)
    for strategy in Strategy:
        receipt = cache.store(Order("0", strategy, "0", b"text", "text/plain", 60))
        cache.children.store("0", Address.of_id(receipt.cache_id), "0", b"child", "text/plain")
    logger = Logger(service="cache-fuzzed", stream=io.StringIO())
    told = ServiceSettings("cache-service", "1", "test")
    return build_application(told, cache, exporter=NoZip(), terms=Terms(60), logger=logger)


few = settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))


@schemathesis.openapi.from_wsgi("/openapi.json", as_wsgi(_cache())).parametrize()
@few
def test_cache_service(case):
    case.call_and_validate(excluded_checks=EXCLUDED)
