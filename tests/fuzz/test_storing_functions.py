"""The cache service against requests that its own OpenAPI document allows, and forbids."""

from __future__ import annotations

import io

import schemathesis
from aws_lambda_powertools import Logger
from hypothesis import HealthCheck, settings
from schemathesis.specs.openapi.checks import content_type_conformance, positive_data_acceptance

from contract import routes
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
KNOWN = {
    "namespace": "0",
    "strategy": Strategy.TEMPORAL_VERSIONED.value,
    "key": "0",
    "cache_id": "key_based.0",
    "cache_hash": "0" * 16,
    "name": "0",
}
"""Names of which no request is refused; a schema cannot say which these are."""

TEXT, OF_JSON = "a body has to be text in UTF-8", "a body has to be JSON"
NEEDS_KEY, NEEDS_ID = "this strategy needs a key", "`after` has to be an id that a store has given out"
DEPENDS_ON_MORE = {
    routes.CACHE_STORE.replace("{kind}", "string"): TEXT,
    routes.CACHE_STORE_BY_KEY.replace("{kind}", "string"): TEXT,
    routes.CACHE_STORE.replace("{kind}", "json"): OF_JSON,
    routes.CACHE_STORE_BY_KEY.replace("{kind}", "json"): OF_JSON,
    routes.CACHE_STORE.replace("{kind}", "binary"): NEEDS_KEY,
    routes.CACHE_LIST: NEEDS_ID,
    routes.CACHE_STATISTICS: NEEDS_ID,
    routes.CACHE_EXPORT: NEEDS_ID,
}
"""Where something may be refused that a schema cannot forbid, and why."""

TYPED_BY_CALLERS = {
    routes.CACHE_RETRIEVE,
    routes.CACHE_RETRIEVE_BY_HASH,
    routes.CACHE_RETRIEVE_BY_KEY,
    routes.CACHE_RETRIEVE_ANY_KEY,
    routes.CACHE_CHILD,
}
"""What is given back has the type that it was stored with, whichever that is."""


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
schema = schemathesis.openapi.from_wsgi("/openapi.json", as_wsgi(_cache()))


@schema.parametrize()
@few
def test_cache_service_with_any_names(case):
    """Judged by all checks of schemathesis but one: few names can be part of an object's."""
    case.call_and_validate(excluded_checks=[positive_data_acceptance, *_excluded(case)])


@schema.parametrize()
@few
def test_cache_service_with_known_names(case):
    """Judged by all checks of schemathesis."""
    case.path_parameters = {name: KNOWN[name] for name in case.path_parameters or {}}
    case.call_and_validate(excluded_checks=_excluded(case))


def _excluded(case):
    told = {positive_data_acceptance: DEPENDS_ON_MORE, content_type_conformance: TYPED_BY_CALLERS}
    return [check for check, paths in told.items() if case.operation.path in paths]


def test_each_exception_is_of_an_operation_that_there_is():
    assert set(schema.raw_schema["paths"]) > DEPENDS_ON_MORE.keys() | TYPED_BY_CALLERS
