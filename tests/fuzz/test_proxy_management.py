"""Proxy management against requests that its own OpenAPI document allows, and forbids."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta

import schemathesis
from aws_lambda_powertools import Logger
from hypothesis import HealthCheck, settings
from schemathesis.specs.openapi.checks import positive_data_acceptance

from contract import routes
from lambda_src.proxy_management.routes import build_application
from lambda_src.proxy_management.settings_history import FreshSettings, SettingsHistory
from lambda_src.proxy_management.windows import Statistics
from lambda_src.shared.settings import ServiceSettings
from tests.fuzz.function_server import as_wsgi
from tests.unit.lambda_src.proxy_management.memory import MemoryStore

EXAMPLES = 15
DEPENDS_ON_MORE = {
    ("PUT", routes.REPORT_STATISTICS): "names become part of a key, minutes are of today, and no 1.0 is a whole number",
    ("PUT", routes.FLEET_SETTINGS): "hosts have a form, not every mode rates texts, and no 1.0 is a whole number",
}
"""Where something may be refused that a schema cannot forbid, and why."""


def _service():
    history = SettingsHistory(MemoryStore())
    return build_application(
        ServiceSettings("proxy-management", "1", "test"),
        Statistics(MemoryStore(), timedelta(seconds=5)),
        history,
        FreshSettings(history, lambda: 0.0),
        clock=lambda: datetime.now(UTC),
        logger=Logger(service="management-fuzzed", stream=io.StringIO()),
    )


schema = schemathesis.openapi.from_wsgi("/openapi.json", as_wsgi(_service()))


@schema.parametrize()
@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
def test_proxy_management(case):
    """Judged by all checks of schemathesis."""
    is_excepted = (case.method, case.operation.path) in DEPENDS_ON_MORE
    case.call_and_validate(excluded_checks=[positive_data_acceptance] if is_excepted else [])


def test_each_exception_is_of_an_operation_that_there_is():
    paths = schema.raw_schema["paths"]
    assert all(method.lower() in paths[path] for method, path in DEPENDS_ON_MORE)
