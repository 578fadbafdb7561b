"""The semantic text service against requests that its own OpenAPI document allows, and forbids.

Whatever is sent: never a status from 500, nothing that the document does not name, nothing accepted that it forbids.
"""

from __future__ import annotations

import io

import schemathesis
from aws_lambda_powertools import Logger
from hypothesis import HealthCheck, settings
from schemathesis.specs.openapi.checks import positive_data_acceptance

from contract import routes
from contract.modes import Engine
from lambda_src.semantic_text_service.embedded import EmbeddedEngine
from lambda_src.semantic_text_service.routes import build_application
from lambda_src.shared.settings import ServiceSettings
from tests.fuzz.function_server import as_wsgi

EXAMPLES = 20


def semantic_text_service():
    logger = Logger(service="semantic-text-service-fuzzed", stream=io.StringIO())
    engines = {Engine.EMBEDDED: EmbeddedEngine()}
    return build_application(ServiceSettings("semantic-text-service", "1", "test"), engines, logger=logger)


DEPENDS_ON_MORE = {
    routes.TRANSFORM_TEXTS: "an engine has to be one that this deployment uses, and bounds have to leave something",
    routes.RATE_TEXTS: "an engine has to be one that this deployment uses",
    routes.RATE_TEXTS_FULLY: "an engine has to be one that this deployment uses",
    routes.FILTER_TEXTS: "an engine has to be one that this deployment uses, and bounds have to leave something",
    routes.FILTER_TEXTS_FULLY: "an engine has to be one that this deployment uses, and bounds have to leave something",
}
"""Where something may be refused that a schema cannot forbid, and why."""

schema = schemathesis.openapi.from_wsgi("/openapi.json", as_wsgi(semantic_text_service()))


@schema.parametrize()
@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
def test_semantic_text_service(case):
    """Judged by all checks of schemathesis."""
    # Hardly any other name would get past the first check.
    if "engine" in (case.path_parameters or {}):
        case.path_parameters["engine"] = Engine.EMBEDDED.value
    excluded = [positive_data_acceptance] if case.operation.path in DEPENDS_ON_MORE else []
    case.call_and_validate(excluded_checks=excluded)
